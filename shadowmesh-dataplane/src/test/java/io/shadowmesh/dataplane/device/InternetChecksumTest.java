package io.shadowmesh.dataplane.device;

import io.shadowmesh.dataplane.memory.GuardedMemory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.lang.foreign.Arena;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Random;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

class InternetChecksumTest
{
    private static final int ROUNDS = 3000;

    private final Arena arena = Arena.ofConfined();
    private final GuardedMemory memory = new GuardedMemory(arena, 70_000);

    @AfterEach
    void close()
    {
        memory.close();
        arena.close();
    }

    /** Against the end of the memory, so that a load too far ends the JVM. */
    private long place(final byte[] bytes)
    {
        GuardedMemory.put(memory.end() - bytes.length, bytes);
        return memory.end() - bytes.length;
    }

    private int sum(final byte[] bytes)
    {
        return TransportLayout.network(InternetChecksum.fold(InternetChecksum.sum(place(bytes), bytes.length)));
    }

    @Test
    void addsUpTheExampleOfRfc1071()
    {
        assertEquals(0xDDF2, sum(HexFormat.of().parseHex("0001f203f4f5f6f7")));
    }

    @Test
    void makesTheHeaderChecksumThatIsInAKnownHeader()
    {
        // A header of RFC 1624's time that many texts work through: its checksum is b861.
        final byte[] header = HexFormat.of().parseHex("450000730000400040110000c0a80001c0a800c7");
        assertEquals(0xB861, TransportLayout.network(InternetChecksum.ipv4Header(place(header), 20)));
        PacketBuilder.put16(header, 10, 0x5A5A);
        assertEquals(0xB861, TransportLayout.network(InternetChecksum.ipv4Header(place(header), 20)));
    }

    @Test
    void addsUpAsThePlainWayDoesAtAnyLength()
    {
        final Random random = Offloading.seeded("InternetChecksumTest");
        for (int i = 0; i < ROUNDS; i++)
        {
            final byte[] bytes = PacketBuilder.bytes(random, i < 200 ? i : random.nextInt(3000));
            if (random.nextInt(4) == 0)
            {
                Arrays.fill(bytes, (byte)(random.nextBoolean() ? 0xFF : 0));
            }
            assertEquals(PlainSegmenter.sum(bytes, 0, bytes.length, 0), sum(bytes), bytes.length + " bytes");
        }
        final byte[] longest = new byte[65_535];
        Arrays.fill(longest, (byte)0xFF);
        assertEquals(PlainSegmenter.sum(longest, 0, longest.length, 0), sum(longest));
    }

    @Test
    void foldsEveryCarry()
    {
        assertEquals(0, InternetChecksum.fold(0));
        assertEquals(0xFFFF, InternetChecksum.fold(0xFFFF));
        assertEquals(1, InternetChecksum.fold(0x10000));
        assertEquals(0xFFFF, InternetChecksum.fold(0xFFFF_FFFFL));
        assertEquals(0xFFFF, InternetChecksum.fold(0xFFFF_FFFF_FFFFL));
        assertEquals(0x7FFF, InternetChecksum.fold(Long.MAX_VALUE));
        final Random random = Offloading.seeded("InternetChecksumTest.fold");
        for (int i = 0; i < ROUNDS; i++)
        {
            final long sum = random.nextLong() >>> 1 + random.nextInt(40);
            assertEquals(sum == 0 ? 0 : (sum - 1) % 0xFFFF + 1, InternetChecksum.fold(sum));
        }
    }

    @Test
    void completesAndVerifiesWhatIsSound()
    {
        final Random random = Offloading.seeded("InternetChecksumTest.complete");
        for (int i = 0; i < ROUNDS; i++)
        {
            final PacketBuilder builder = PacketBuilder.random(random);
            builder.payload = PacketBuilder.bytes(random, random.nextInt(300));
            final byte[] expected = builder.build();
            final byte[] packet = builder.partial();
            if (random.nextBoolean())
            {
                PacketBuilder.put16(
                    packet, builder.transportOffset() + (builder.protocol == PacketBuilder.TCP ? 16 : 6), random.nextInt());
            }
            final long at = place(packet);
            assertTrue(InternetChecksum.completeTransport(at, packet.length));
            assertArrayEquals(expected, GuardedMemory.get(at, packet.length));
            assertTrue(InternetChecksum.verifyTransport(at, packet.length));
            final int bit = random.nextInt(8 * (packet.length - builder.transportOffset() - 4)) +
                8 * (builder.transportOffset() + 4);
            packet[bit / 8] = (byte)(expected[bit / 8] ^ 1 << bit % 8);
            final byte[] broken = expected.clone();
            broken[bit / 8] = packet[bit / 8];
            assertFalse(InternetChecksum.verifyTransport(place(broken), broken.length), "bit " + bit);
        }
    }

    @Test
    void udpNeverGetsTheChecksumThatSaysNone()
    {
        final PacketBuilder builder = PacketBuilder.of(false, PacketBuilder.UDP);
        builder.payload = new byte[] {0, 0};
        // The payload makes the sum all ones, so that its complement is 0.
        PacketBuilder.put16(builder.payload, 0, PacketBuilder.get16(builder.build(), 26));
        final byte[] packet = builder.partial();
        final long at = place(packet);
        assertTrue(InternetChecksum.completeTransport(at, packet.length));
        assertEquals(0xFFFF, PacketBuilder.get16(GuardedMemory.get(at, packet.length), 26));
        assertTrue(InternetChecksum.verifyTransport(at, packet.length));

        builder.protocol = PacketBuilder.TCP;
        builder.payload = new byte[] {0, 0};
        PacketBuilder.put16(builder.payload, 0, PacketBuilder.get16(builder.build(), 36));
        final byte[] tcp = builder.partial();
        final long place = place(tcp);
        assertTrue(InternetChecksum.completeTransport(place, tcp.length));
        assertEquals(0, PacketBuilder.get16(GuardedMemory.get(place, tcp.length), 36));
    }

    @Test
    void takesUdpWithoutAChecksumForUnverified()
    {
        final PacketBuilder builder = PacketBuilder.of(false, PacketBuilder.UDP);
        builder.payload = new byte[] {0, 0};
        PacketBuilder.put16(builder.payload, 0, PacketBuilder.get16(builder.build(), 26));
        final byte[] packet = builder.build();
        PacketBuilder.put16(packet, 26, 0);
        assertFalse(InternetChecksum.verifyTransport(place(packet), packet.length));
    }

    @ParameterizedTest
    @CsvSource({
        "more fragments, 6, 20", "fragment's offset, 7, 01", "other protocol, 9, 01", "version, 0, 55", "short IHL, 0, 44",
        "long IHL, 0, 4f", "total length, 3, 2d", "short data offset, 32, 40", "long data offset, 32, f0"})
    void leavesAloneWhatIsNotSoundTcp(final String what, final int offset, final String value)
    {
        final byte[] packet = PacketBuilder.tcp4().build();
        packet[offset] = (byte)HexFormat.fromHexDigits(value);
        final long at = place(packet);
        assertFalse(InternetChecksum.completeTransport(at, packet.length), what);
        assertFalse(InternetChecksum.verifyTransport(at, packet.length), what);
        assertArrayEquals(packet, GuardedMemory.get(at, packet.length));
    }

    @ParameterizedTest
    @CsvSource({"payload length, 5, 0b", "hop-by-hop options, 6, 00", "UDP length, 45, 0b"})
    void leavesAloneWhatIsNotSoundUdp(final String what, final int offset, final String value)
    {
        final byte[] packet = PacketBuilder.of(true, PacketBuilder.UDP).build();
        packet[offset] = (byte)HexFormat.fromHexDigits(value);
        final long at = place(packet);
        assertFalse(InternetChecksum.completeTransport(at, packet.length), what);
        assertArrayEquals(packet, GuardedMemory.get(at, packet.length));
    }

    @Test
    void anyLengthOfAnyPacketIsSafe()
    {
        for (final boolean ipv6 : new boolean[] {false, true})
        {
            for (final int protocol : new int[] {PacketBuilder.TCP, PacketBuilder.UDP})
            {
                final byte[] packet = PacketBuilder.of(ipv6, protocol).build();
                for (int length = 0; length < packet.length; length++)
                {
                    assertFalse(InternetChecksum.completeTransport(place(Arrays.copyOf(packet, length)), length));
                }
                assertTrue(InternetChecksum.completeTransport(place(packet), packet.length));
            }
        }
    }
}
