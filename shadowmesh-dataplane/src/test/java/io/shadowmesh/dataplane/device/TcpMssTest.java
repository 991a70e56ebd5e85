package io.shadowmesh.dataplane.device;

import io.shadowmesh.dataplane.memory.GuardedMemory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.lang.foreign.Arena;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Random;
import java.util.concurrent.ThreadLocalRandom;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** Packets lie against a page that no one may touch. */
class TcpMssTest
{
    private static final int MTU = 1333;
    private static final String MSS_1460 = "020405b4";
    private static final int IPV4_CHECKSUM = 20 + 16;

    private final Arena arena = Arena.ofConfined();
    private final GuardedMemory memory = new GuardedMemory(arena, 4096);

    @AfterEach
    void close()
    {
        memory.close();
        arena.close();
    }

    private static PacketBuilder syn(final boolean ipv6, final String options)
    {
        final PacketBuilder builder = PacketBuilder.of(ipv6, PacketBuilder.TCP);
        builder.flags = PacketBuilder.SYN;
        builder.options = HexFormat.of().parseHex(options);
        builder.payload = new byte[0];
        return builder;
    }

    private byte[] clamped(final byte[] packet, final boolean partial)
    {
        final long address = memory.end() - packet.length;
        GuardedMemory.put(address, packet);
        if (TcpMss.isSyn(address, packet.length))
        {
            TcpMss.clamp(address, packet.length, MTU, partial);
        }
        return GuardedMemory.get(address, packet.length);
    }

    @ParameterizedTest
    @CsvSource({
        "false, 020405b4, 0204050d",
        "true,  020405b4, 020404f9",
        "false, 0402020405b40101, 04020204050d0101",
        "false, 01020405b4000000, 010204050d000000",
        "true,  030307020405b401, 030307020404f901",
        "false, 020405b40402080a0011223344556677010303070000, 0204050d0402080a0011223344556677010303070000"})
    void lowersTheAnnouncementAndTheChecksumFollows(final boolean ipv6, final String options, final String expected)
    {
        final String padded = options + "0".repeat((8 - options.length() % 8) % 8);
        final String paddedExpected = expected + "0".repeat((8 - expected.length() % 8) % 8);
        for (final int flags : new int[]{PacketBuilder.SYN, PacketBuilder.SYN | PacketBuilder.ACK})
        {
            final PacketBuilder builder = syn(ipv6, padded);
            final PacketBuilder wanted = syn(ipv6, paddedExpected);
            builder.flags = flags;
            wanted.flags = flags;
            assertArrayEquals(wanted.build(), clamped(builder.build(), false));
            assertArrayEquals(wanted.partial(), clamped(builder.partial(), true), "a partial checksum stays");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {
        "0204050d", "02040218", "", "01010101", "0000020405b40000", "020305b4", "02050505b4000000", "02000000",
        "04000000020405b4", "01010102", "03030702"})
    void leavesWhatIsSmallerOrAbsentOrMakesNoSense(final String options)
    {
        final String padded = options + "0".repeat((8 - options.length() % 8) % 8);
        final byte[] packet = syn(false, padded).build();
        assertArrayEquals(packet, clamped(packet, false));
    }

    @Test
    void leavesWhatIsNoSyn()
    {
        final PacketBuilder ack = syn(false, MSS_1460);
        ack.flags = PacketBuilder.ACK;
        final PacketBuilder udp = PacketBuilder.of(false, PacketBuilder.UDP);
        udp.payload = syn(false, MSS_1460).build();
        final PacketBuilder fragment = syn(false, MSS_1460);
        fragment.fragment = 0x2000;
        final PacketBuilder later = syn(false, MSS_1460);
        later.fragment = 0x0010;
        final PacketBuilder extended = syn(true, MSS_1460);
        extended.extensions = new byte[8];
        extended.extensions[0] = PacketBuilder.TCP;
        for (final PacketBuilder builder : new PacketBuilder[]{ack, udp, fragment, later, extended})
        {
            final byte[] packet = builder.build();
            assertArrayEquals(packet, clamped(packet, false));
        }
    }

    @Test
    void readsNothingPastTheEndOfAPacketThatIsCutShort()
    {
        for (final boolean ipv6 : new boolean[]{false, true})
        {
            final byte[] whole = syn(ipv6, MSS_1460).build();
            for (int length = ipv6 ? 40 : 20; length < whole.length; length++)
            {
                final byte[] packet = Arrays.copyOf(whole, length);
                assertArrayEquals(packet, clamped(packet, false), "of " + length + " bytes");
            }
        }
    }

    /** Whatever the options are: only the announcement changes, and a checksum that was right stays right. */
    @Test
    void keepsChecksumsRightUnderAnyOptions()
    {
        final long seed = Long.getLong("shadowmesh.seed", ThreadLocalRandom.current().nextLong());
        System.out.println("TcpMssTest: -Dshadowmesh.seed=" + seed);
        final Random random = new Random(seed);
        int changed = 0;
        for (int i = 0; i < 50_000; i++)
        {
            final PacketBuilder builder = PacketBuilder.random(random);
            builder.protocol = PacketBuilder.TCP;
            builder.fragment &= 0x4000;
            builder.flags = random.nextInt(256) | PacketBuilder.SYN;
            builder.payload = PacketBuilder.bytes(random, random.nextInt(3));
            builder.options = options(random);
            final byte[] before = builder.build();
            final byte[] after = clamped(before, false);
            final int start = builder.transportOffset();
            final int sum = PlainSegmenter.sum(
                after, start, after.length, PlainSegmenter.pseudo(after, start, PacketBuilder.TCP));
            assertEquals(0xFFFF, sum & 0xFFFF, HexFormat.of().formatHex(before));
            int different = 0;
            for (int at = 0; at < before.length; at++)
            {
                final boolean checksum = at == start + 16 || at == start + 17;
                different += before[at] != after[at] && !checksum ? 1 : 0;
            }
            assertTrue(different <= 2, HexFormat.of().formatHex(before));
            changed += different > 0 ? 1 : 0;
        }
        assertTrue(changed > 5_000, changed + " were changed");
    }

    /** Mostly sound ones, the announcement at any offset. */
    private static byte[] options(final Random random)
    {
        final byte[] options = PacketBuilder.bytes(random, 4 * random.nextInt(11));
        if (options.length > 0 && random.nextInt(4) > 0)
        {
            final int at = random.nextInt(options.length - 3);
            Arrays.fill(options, 0, at, (byte)1);
            options[at] = 2;
            options[at + 1] = 4;
        }
        return options;
    }

    @Test
    void lowersWhatASuperPacketAnnouncesThatIsYetToBeSplit()
    {
        final PacketBuilder builder = syn(false, MSS_1460);
        builder.payload = new byte[3000];
        final byte[] packet = clamped(builder.partial(), true);
        assertEquals(MTU - 40, PacketBuilder.get16(packet, 42));
        assertEquals(PacketBuilder.get16(builder.partial(), IPV4_CHECKSUM), PacketBuilder.get16(packet, IPV4_CHECKSUM));
    }
}
