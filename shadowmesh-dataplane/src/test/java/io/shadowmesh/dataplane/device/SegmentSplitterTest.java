package io.shadowmesh.dataplane.device;

import io.shadowmesh.dataplane.memory.Guard;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

@ParameterizedClass
@EnumSource(Guard.class)
class SegmentSplitterTest
{
    private static final String TCP4 =
        "4500002fffff00004006f6c5c0000201c0000202" + "13880050fffffffe112233445099200084250000" + "61626364656667";
    private static final String UDP6 = "60000000000d113f" + "20010db8000000000000000000000001" +
        "20010db8000000000000000000000002" + "1f901f91000d5b93" + "68656c6c6f";
    private static final String UDP6_ADDRESSES = "20010db8000000000000000000000001" + "20010db8000000000000000000000002";

    private final Offloading offloading;

    SegmentSplitterTest(final Guard guard)
    {
        offloading = new Offloading(guard, true);
    }

    @AfterEach
    void close()
    {
        offloading.close();
    }

    private static byte[] hex(final String text)
    {
        return HexFormat.of().parseHex(text);
    }

    private List<String> split(final byte[] virtio, final String packet, final boolean partialAllowed)
    {
        return offloading.split(virtio, hex(packet), partialAllowed).stream().map(HexFormat.of()::formatHex).toList();
    }

    @Test
    void splitsTcpOverIpv4ByteForByte()
    {
        final byte[] virtio = PacketBuilder.virtio(1, 0x81, 40, 3, 20, 16);
        assertEquals(
            List.of(
                "4500002bffff00004006f6c9c0000201c0000202" + "13880050fffffffe1122334450902000eead0000" + "616263",
                "4500002b000000004006f6c9c0000201c0000202" + "13880050000000011122334450102000e9280000" + "646566",
                "45000029000100004006f6cac0000201c0000202" + "138800500000000411223344501920004c840000" + "67"),
            split(virtio, TCP4, false));
        assertFalse(offloading.splitter.isPartial());
        assertEquals(
            List.of(
                "4500002bffff00004006f6c9c0000201c0000202" + "13880050fffffffe112233445090200084210000" + "616263",
                "4500002b000000004006f6c9c0000201c0000202" + "1388005000000001112233445010200084210000" + "646566",
                "45000029000100004006f6cac0000201c0000202" + "13880050000000041122334450192000841f0000" + "67"),
            split(virtio, TCP4, true));
        assertTrue(offloading.splitter.isPartial());
    }

    @Test
    void splitsUdpOverIpv6ByteForByte()
    {
        final byte[] virtio = PacketBuilder.virtio(1, 5, 48, 2, 40, 6);
        assertEquals(
            List.of(
                "60000000000a113f" + UDP6_ADDRESSES + "1f901f91000afcde" + "6865",
                "60000000000a113f" + UDP6_ADDRESSES + "1f901f91000af8d7" + "6c6c",
                "600000000009113f" + UDP6_ADDRESSES + "1f901f910009f645" + "6f"),
            split(virtio, UDP6, false));
        assertEquals(
            List.of(
                "60000000000a113f" + UDP6_ADDRESSES + "1f901f91000a5b90" + "6865",
                "60000000000a113f" + UDP6_ADDRESSES + "1f901f91000a5b90" + "6c6c",
                "600000000009113f" + UDP6_ADDRESSES + "1f901f9100095b8f" + "6f"),
            split(virtio, UDP6, true));
        assertTrue(offloading.splitter.isPartial());
    }

    @Test
    void believesTheIpHeaderWhereNoChecksumIsWanted()
    {
        assertEquals(
            split(PacketBuilder.virtio(1, 5, 48, 2, 40, 6), UDP6, false),
            split(PacketBuilder.virtio(0, 5, 0, 2, 0, 0), UDP6, false));
    }

    @Test
    void splitsBehindExtensionHeadersWithCompleteChecksums()
    {
        final PacketBuilder builder = PacketBuilder.of(true, PacketBuilder.TCP);
        builder.firstExtension = 60;
        builder.extensions = new byte[] {6, 0, 1, 4, 0, 0, 0, 0};
        builder.payload = hex("0102030405060708090a");
        final byte[] packet = builder.partial();
        final List<byte[]> expected = PlainSegmenter.split(builder.virtio(4), packet, false);
        final List<byte[]> actual = offloading.split(builder.virtio(4), packet, true);
        assertFalse(offloading.splitter.isPartial());
        assertEquals(3, actual.size());
        for (int i = 0; i < 3; i++)
        {
            assertArrayEquals(expected.get(i), actual.get(i));
        }
        assertNull(offloading.split(PacketBuilder.virtio(0, 4, 0, 4, 0, 0), packet, true), "where does TCP begin?");
        assertNull(offloading.split(PacketBuilder.virtio(1, 4, 0, 4, 40, 16), packet, true), "not among the extensions");
        assertNull(offloading.split(PacketBuilder.virtio(1, 4, 0, 4, 46, 16), packet, true), "not between two words");
        assertNull(offloading.split(PacketBuilder.virtio(1, 4, 0, 4, 80, 16), packet, true), "not outside");
    }

    @Test
    void takesTheSumOfARoutedPacketFromWhoeverKnowsItsEnd()
    {
        final PacketBuilder builder = PacketBuilder.of(true, PacketBuilder.UDP);
        builder.firstExtension = 43;
        builder.extensions = new byte[] {17, 0, 4, 1, 0, 0, 0, 0};
        final byte[] hop = builder.destination6.clone();
        final byte[] end = builder.source6.clone();
        end[7] = 99;
        builder.destination6 = end;
        final byte[] atEnd = builder.partial();
        final List<byte[]> expected = PlainSegmenter.split(builder.virtio(3), atEnd, false);
        System.arraycopy(hop, 0, atEnd, 24, 16);
        final List<byte[]> actual = offloading.split(builder.virtio(3), atEnd, false);
        for (int i = 0; i < 2; i++)
        {
            System.arraycopy(end, 0, actual.get(i), 24, 16);
            assertArrayEquals(expected.get(i), actual.get(i));
        }
    }

    @Test
    void aPacketWithoutAnythingToDoStaysAsItIs()
    {
        final byte[] anything = hex("4500ffffdeadbeef");
        assertArrayEquals(anything, offloading.split(new byte[10], anything, true).getFirst());
        assertFalse(offloading.splitter.isPartial());
        final byte[] seen = PacketBuilder.virtio(2, 0, 0, 0, 9999, 9999);
        assertArrayEquals(anything, offloading.split(seen, anything, true).getFirst());
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aSinglePacketGetsTheChecksumThatItNeeds(final boolean partialAllowed)
    {
        for (final boolean ipv6 : new boolean[] {false, true})
        {
            for (final int protocol : new int[] {PacketBuilder.TCP, PacketBuilder.UDP})
            {
                final PacketBuilder builder = PacketBuilder.of(ipv6, protocol);
                final int offset = protocol == PacketBuilder.TCP ? 16 : 6;
                final byte[] virtio = PacketBuilder.virtio(1, 0, 0, 0, builder.transportOffset(), offset);
                final byte[] packet = builder.partial();
                PacketBuilder.put16(packet, builder.transportOffset() + offset, 0x7777);
                assertArrayEquals(
                    partialAllowed ? builder.partial() : builder.build(),
                    offloading.split(virtio, packet, partialAllowed).getFirst());
                assertEquals(partialAllowed, offloading.splitter.isPartial());
            }
        }
    }

    @Test
    void onlyWhatTheReceiverCanCheckStaysPartial()
    {
        final PacketBuilder extended = PacketBuilder.of(true, PacketBuilder.UDP);
        extended.firstExtension = 0;
        extended.extensions = new byte[] {17, 0, 1, 4, 0, 0, 0, 0};
        assertArrayEquals(
            extended.build(),
            offloading.split(PacketBuilder.virtio(1, 0, 0, 0, 48, 6), extended.partial(), true).getFirst());
        assertFalse(offloading.splitter.isPartial());

        final PacketBuilder fragment = PacketBuilder.tcp4();
        fragment.fragment = 0x2000;
        assertArrayEquals(
            fragment.build(),
            offloading.split(PacketBuilder.virtio(1, 0, 0, 0, 20, 16), fragment.partial(), true).getFirst());
        assertFalse(offloading.splitter.isPartial());

        final PacketBuilder options = PacketBuilder.tcp4();
        options.ipOptions = new byte[] {1, 1, 1, 0};
        assertArrayEquals(
            options.partial(),
            offloading.split(PacketBuilder.virtio(1, 0, 0, 0, 24, 16), options.partial(), true).getFirst());
        assertTrue(offloading.splitter.isPartial());
    }

    @Test
    void completesTheChecksumOfAPacketInsideAPacket()
    {
        final byte[] inner = PacketBuilder.of(false, PacketBuilder.UDP).partial();
        final PacketBuilder outer = PacketBuilder.of(false, PacketBuilder.UDP);
        outer.payload = inner;
        final byte[] packet = outer.partial();
        final byte[] result = offloading.split(PacketBuilder.virtio(1, 0, 0, 0, 48, 6), packet, true).getFirst();
        assertFalse(offloading.splitter.isPartial());
        System.arraycopy(PacketBuilder.of(false, PacketBuilder.UDP).build(), 0, packet, 28, inner.length);
        assertArrayEquals(packet, result);
    }

    @ParameterizedTest
    @CsvSource({
        "UFO, 1, 3, 4, 20, 16", "unknown type, 1, 2, 4, 20, 16", "ECN without TCP, 1, 128, 4, 20, 16",
        "ECN of UDP, 1, 133, 4, 20, 16", "TCPv6 of IPv4, 1, 4, 4, 20, 16", "UDP of TCP, 1, 5, 4, 20, 6",
        "no segment size, 1, 1, 0, 20, 16", "before the TCP header, 1, 1, 4, 16, 16",
        "behind its beginning, 1, 1, 4, 24, 16", "outside, 1, 1, 4, 60000, 16", "another field, 1, 1, 4, 20, 6",
        "checksum outside, 1, 0, 0, 20, 60000", "checksum at the very end, 1, 0, 0, 20, 23",
        "inside the IP header, 1, 0, 0, 18, 4"})
    void refusesAHeaderThatDoesNotFit(
        final String what, final int flags, final int type, final int gsoSize, final int start, final int offset)
    {
        final byte[] packet = PacketBuilder.tcp4().partial();
        assertEquals(44, packet.length);
        assertNull(offloading.split(PacketBuilder.virtio(flags, type, 40, gsoSize, start, offset), packet, true), what);
        assertNotNull(offloading.split(PacketBuilder.virtio(1, 1, 40, 4, 20, 16), packet, true), "what does fit");
    }

    @ParameterizedTest
    @CsvSource({
        "version, 0, 55", "short IHL, 0, 44", "IHL beyond the end, 0, 4f", "total length, 3, 2d", "fragment, 6, 20",
        "fragment's offset, 7, 01", "protocol, 9, 11", "short data offset, 32, 40", "data offset beyond the end, 32, f0"})
    void refusesAPacketThatCannotBeSplit(final String what, final int offset, final String value)
    {
        final byte[] packet = PacketBuilder.tcp4().partial();
        packet[offset] = (byte)HexFormat.fromHexDigits(value);
        assertNull(offloading.split(PacketBuilder.virtio(1, 1, 40, 3, 20, 16), packet, true), what);
    }

    @Test
    void onlyIpv6MayHaveSomethingBeforeTcp()
    {
        final PacketBuilder outer = PacketBuilder.tcp4();
        outer.protocol = PacketBuilder.UDP;
        outer.ipOptions = new byte[4];
        final byte[] inner = PacketBuilder.tcp4().partial();
        outer.payload = Arrays.copyOfRange(inner, 20, inner.length);
        final byte[] packet = outer.partial();
        assertNull(offloading.split(PacketBuilder.virtio(1, 1, 72, 2, 32, 16), packet, true), "TCP inside of UDP");

        final byte[] misnamed = PacketBuilder.of(true, PacketBuilder.TCP).partial();
        misnamed[6] = 60;
        assertNull(offloading.split(PacketBuilder.virtio(1, 4, 60, 2, 40, 16), misnamed, true), "an extension header");
    }

    @Test
    void refusesHeadersLongerThanItsRoom()
    {
        final PacketBuilder builder = PacketBuilder.of(true, PacketBuilder.TCP);
        builder.firstExtension = 60;
        builder.extensions = new byte[196 - 4];
        builder.options = new byte[4];
        assertEquals(256, builder.headerLength());
        assertNotNull(offloading.split(builder.virtio(2), builder.partial(), false));
        builder.options = new byte[8];
        assertNull(offloading.split(builder.virtio(2), builder.partial(), false));
    }

    @Test
    void refusesNothingAtAll()
    {
        final long at = offloading.place(new byte[10], new byte[1]);
        assertEquals(SegmentSplitter.MALFORMED, offloading.splitter.begin(at, 0, true));
        assertFalse(offloading.splitter.next());
    }

    @Test
    void whatTheLastPacketWasDoesNotMatterToTheNext()
    {
        split(PacketBuilder.virtio(1, 5, 48, 2, 40, 6), UDP6, true);
        assertNull(offloading.split(PacketBuilder.virtio(1, 3, 48, 2, 40, 6), hex(UDP6), true));
        assertFalse(offloading.splitter.isPartial());
        final byte[] packet = PacketBuilder.tcp4().build();
        assertArrayEquals(packet, offloading.split(new byte[10], packet, true).getFirst());
        assertFalse(offloading.splitter.isPartial());
    }

    @Test
    void headersWithoutPayloadAreOnePacket()
    {
        final PacketBuilder builder = PacketBuilder.tcp4();
        builder.payload = new byte[0];
        assertArrayEquals(builder.build(), offloading.split(builder.virtio(1000), builder.partial(), false).getFirst());
    }
}
