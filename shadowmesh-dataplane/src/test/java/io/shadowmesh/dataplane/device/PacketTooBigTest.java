package io.shadowmesh.dataplane.device;

import io.shadowmesh.dataplane.memory.GuardedMemory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.lang.foreign.Arena;
import java.util.Arrays;
import java.util.HexFormat;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

class PacketTooBigTest
{
    private static final int ICMP = 1;
    private static final int ICMPV6 = 58;

    private final Arena arena = Arena.ofConfined();
    private final GuardedMemory memory = new GuardedMemory(arena, 70_000);
    private final PacketTooBig writer = new PacketTooBig(arena);

    @AfterEach
    void close()
    {
        memory.close();
        arena.close();
    }

    private long put(final byte[] packet)
    {
        GuardedMemory.put(memory.end() - packet.length, packet);
        return memory.end() - packet.length;
    }

    private byte[] message(final byte[] packet, final int mtu)
    {
        final int length = writer.write(put(packet), packet.length, mtu);
        return GuardedMemory.get(writer.address(), length);
    }

    private boolean isOwed(final byte[] packet)
    {
        return PacketTooBig.isOwed(put(packet), packet.length);
    }

    private static PacketBuilder tcp(final boolean ipv6, final int payload)
    {
        final PacketBuilder builder = PacketBuilder.of(ipv6, PacketBuilder.TCP);
        builder.payload = new byte[payload];
        Arrays.fill(builder.payload, (byte)0x5A);
        return builder;
    }

    @Test
    void isFragmentationNeededByteForByte()
    {
        final byte[] packet = tcp(false, 4).build();
        final String expected = "45000048000000004001529b" + "0a0a0a04" + "0a0a0a03" + "0304";
        final byte[] message = message(packet, 0x0535);
        assertEquals(expected, HexFormat.of().formatHex(message, 0, 22));
        assertEquals("00000535" + HexFormat.of().formatHex(packet), HexFormat.of().formatHex(message, 24, message.length));
        assertEquals(0xFFFF, PlainSegmenter.sum(message, 0, 20, 0) & 0xFFFF);
        assertEquals(0xFFFF, PlainSegmenter.sum(message, 20, message.length, 0) & 0xFFFF);
    }

    @Test
    void isPacketTooBigByteForByte()
    {
        final byte[] packet = tcp(true, 4).build();
        final byte[] message = message(packet, 0x0535);
        assertEquals("6000000000483a40" + "fd000000000000000000000000000004" + "fd000000000000000000000000000003" + "0200",
            HexFormat.of().formatHex(message, 0, 42));
        assertEquals("00000535" + HexFormat.of().formatHex(packet), HexFormat.of().formatHex(message, 44, message.length));
        final long pseudo = PlainSegmenter.sum(message, 8, 40, 0x48 + ICMPV6);
        assertEquals(0xFFFF, PlainSegmenter.sum(message, 40, message.length, pseudo) & 0xFFFF);
    }

    @ParameterizedTest
    @ValueSource(ints = {500, 1000, 1401, 60_000})
    void quotesNoMoreThanTheRfcsAllow(final int payload)
    {
        final byte[] packet4 = tcp(false, payload).build();
        final byte[] message4 = message(packet4, 1333);
        assertEquals(Math.min(576, packet4.length + 28), message4.length);
        assertArrayEquals(Arrays.copyOf(packet4, message4.length - 28), Arrays.copyOfRange(message4, 28, message4.length));
        final byte[] packet6 = tcp(true, payload).build();
        final byte[] message6 = message(packet6, 1333);
        assertEquals(Math.min(1280, packet6.length + 48), message6.length);
        assertArrayEquals(Arrays.copyOf(packet6, message6.length - 48), Arrays.copyOfRange(message6, 48, message6.length));
        assertArrayEquals(new byte[10], GuardedMemory.get(writer.address() - 10, 10), "the virtio-net header is empty");
        assertEquals(message4.length, message(packet4, 1333).length, "nothing of a longer message is left");
    }

    @Test
    void isOwedToSendersOfIpv6AndOfIpv4WithDontFragment()
    {
        assertTrue(isOwed(tcp(false, 1400).build()));
        assertTrue(isOwed(tcp(true, 1400).build()));
        final PacketBuilder mayBeCut = tcp(false, 1400);
        mayBeCut.fragment = 0;
        assertFalse(isOwed(mayBeCut.build()));
        final PacketBuilder laterFragment = tcp(false, 1400);
        laterFragment.fragment = 0x4010;
        assertFalse(isOwed(laterFragment.build()));
    }

    @Test
    void isNotOwedForWhatDoesNotComeFromOneHostOrGoToOne()
    {
        for (final int octet : new int[]{0, 127, 224, 239, 255})
        {
            final PacketBuilder from = tcp(false, 1400);
            from.source = new byte[]{(byte)octet, 0, 0, 1};
            assertFalse(isOwed(from.build()), "from " + octet);
        }
        for (final int octet : new int[]{224, 255})
        {
            final PacketBuilder to = tcp(false, 1400);
            to.destination = new byte[]{(byte)octet, 0, 0, 1};
            assertFalse(isOwed(to.build()), "to " + octet);
        }
        final PacketBuilder unspecified = tcp(true, 1400);
        unspecified.source6 = new byte[16];
        assertFalse(isOwed(unspecified.build()));
        final PacketBuilder fromMany = tcp(true, 1400);
        fromMany.source6[0] = (byte)0xFF;
        assertFalse(isOwed(fromMany.build()));
        final PacketBuilder toMany = tcp(true, 1400);
        toMany.destination6[0] = (byte)0xFF;
        assertFalse(isOwed(toMany.build()));
    }

    @Test
    void isOwedForPingsButForNoIcmpError()
    {
        for (final int type : new int[]{0, 8})
        {
            assertTrue(isOwed(icmp(false, type)), "type " + type);
        }
        for (final int type : new int[]{3, 4, 5, 11, 12, 42})
        {
            assertFalse(isOwed(icmp(false, type)), "type " + type);
        }
        for (final int type : new int[]{128, 129})
        {
            assertTrue(isOwed(icmp(true, type)), "type " + type);
        }
        for (final int type : new int[]{1, 2, 3, 4, 127})
        {
            assertFalse(isOwed(icmp(true, type)), "type " + type);
        }
    }

    private static byte[] icmp(final boolean ipv6, final int type)
    {
        final byte[] packet = tcp(ipv6, 1400).build();
        packet[ipv6 ? 6 : 9] = (byte)(ipv6 ? ICMPV6 : ICMP);
        packet[ipv6 ? 40 : 20] = (byte)type;
        return packet;
    }
}
