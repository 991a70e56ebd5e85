package io.shadowmesh.dataplane.device;

import io.shadowmesh.dataplane.memory.Guard;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.util.function.Consumer;
import java.util.stream.Stream;

import static io.shadowmesh.dataplane.device.PacketBuilder.ACK;
import static io.shadowmesh.dataplane.device.PacketBuilder.CWR;
import static io.shadowmesh.dataplane.device.PacketBuilder.ECE;
import static io.shadowmesh.dataplane.device.PacketBuilder.FIN;
import static io.shadowmesh.dataplane.device.PacketBuilder.PSH;
import static io.shadowmesh.dataplane.device.PacketBuilder.RST;
import static io.shadowmesh.dataplane.device.PacketBuilder.SYN;
import static io.shadowmesh.dataplane.device.PacketBuilder.TCP;
import static io.shadowmesh.dataplane.device.PacketBuilder.UDP;
import static io.shadowmesh.dataplane.device.PacketBuilder.URG;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.params.provider.Arguments.arguments;

@ParameterizedClass
@EnumSource(Guard.class)
class SegmentJoinerTest
{
    private final Offloading offloading;

    SegmentJoinerTest(final Guard guard)
    {
        offloading = new Offloading(guard, true);
    }

    @AfterEach
    void close()
    {
        offloading.close();
    }

    /** The packet that follows a like one: the sequence and the identification go on. */
    private static void goOn(final PacketBuilder builder)
    {
        builder.sequence += builder.payload.length;
        builder.id++;
    }

    private int addBoth(
        final boolean ipv6, final int protocol, final Consumer<PacketBuilder> first, final Consumer<PacketBuilder> second)
    {
        offloading.clear();
        final PacketBuilder builder = PacketBuilder.of(ipv6, protocol);
        builder.options = new byte[] {1, 1, 8, 10, 0, 0, 0, 1, 0, 0, 0, 2};
        first.accept(builder);
        assertEquals(SegmentJoiner.ADDED, offloading.join(builder.build(), false));
        goOn(builder);
        second.accept(builder);
        return offloading.join(builder.build(), false);
    }

    private static Arguments both(final String what, final Consumer<PacketBuilder> change)
    {
        return arguments(what, change, true, true);
    }

    private static Arguments ipv4(final String what, final Consumer<PacketBuilder> change)
    {
        return arguments(what, change, true, false);
    }

    private static Arguments ipv6(final String what, final Consumer<PacketBuilder> change)
    {
        return arguments(what, change, false, true);
    }

    static Stream<Arguments> differences()
    {
        return Stream.of(
            both("class", b -> b.trafficClass ^= 0x80),
            both("congestion mark", b -> b.trafficClass ^= 0x01),
            both("hops", b -> b.ttl--),
            both("source port", b -> b.sourcePort++),
            both("destination port", b -> b.destinationPort++),
            both("protocol", b -> b.protocol ^= TCP ^ UDP),
            both("longer payload", b -> b.payload = new byte[5]),
            both("no payload", b -> b.payload = new byte[0]),
            both("version", b -> b.ipv6 ^= true),
            ipv4("source", b -> b.source[3]++),
            ipv4("destination", b -> b.destination[0]++),
            ipv4("DF", b -> b.fragment = 0),
            ipv4("more fragments", b -> b.fragment |= 0x2000),
            ipv4("fragment's offset", b -> b.fragment |= 1),
            ipv4("IP options", b -> b.ipOptions = new byte[] {1, 1, 1, 1}),
            ipv6("flow label", b -> b.flowLabel ^= 0x80000),
            ipv6("beginning of source", b -> b.source6[1]++),
            ipv6("end of source", b -> b.source6[15]++),
            ipv6("beginning of destination", b -> b.destination6[7]++),
            ipv6("end of destination", b -> b.destination6[8]++));
    }

    static Stream<Arguments> tcpDifferences()
    {
        return Stream.of(
            both("acknowledgement", b -> b.acknowledgement++),
            both("window", b -> b.window++),
            both("urgent pointer", b -> b.urgent++),
            both("reserved bits", b -> b.reserved++),
            both("first option byte", b -> b.options[0]++),
            both("last option byte", b -> b.options[11]++),
            both("more options", b -> b.options = new byte[16]),
            both("fewer options", b -> b.options = new byte[8]),
            both("gap", b -> b.sequence++),
            both("repetition", b -> b.sequence -= b.payload.length),
            both("SYN", b -> b.flags |= SYN),
            both("RST", b -> b.flags |= RST),
            both("URG", b -> b.flags |= URG),
            both("ECE", b -> b.flags |= ECE),
            both("CWR", b -> b.flags |= CWR),
            both("no ACK", b -> b.flags = 0));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource({"differences", "tcpDifferences"})
    void tcpIsNotJoinedAcross(
        final String what, final Consumer<PacketBuilder> change, final boolean overIpv4, final boolean overIpv6)
    {
        for (final boolean ipv6 : new boolean[] {false, true})
        {
            assertEquals(SegmentJoiner.ADDED, addBoth(ipv6, TCP, b -> { }, b -> { }), "without a difference");
            if (ipv6 ? overIpv6 : overIpv4)
            {
                assertEquals(SegmentJoiner.FULL, addBoth(ipv6, TCP, b -> { }, change), what);
            }
        }
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("differences")
    void udpIsNotJoinedAcross(
        final String what, final Consumer<PacketBuilder> change, final boolean overIpv4, final boolean overIpv6)
    {
        for (final boolean ipv6 : new boolean[] {false, true})
        {
            assertEquals(SegmentJoiner.ADDED, addBoth(ipv6, UDP, b -> { }, b -> { }), "without a difference");
            if (ipv6 ? overIpv6 : overIpv4)
            {
                assertEquals(SegmentJoiner.FULL, addBoth(ipv6, UDP, b -> { }, change), what);
            }
        }
    }

    static Stream<Arguments> loners()
    {
        return Stream.of(
            both("SYN", b -> b.flags |= SYN),
            both("RST", b -> b.flags |= RST),
            both("URG", b -> b.flags |= URG),
            both("PSH", b -> b.flags |= PSH),
            both("FIN", b -> b.flags |= FIN),
            both("no ACK", b -> b.flags = 0),
            both("no payload", b -> b.payload = new byte[0]),
            ipv4("IP options", b -> b.ipOptions = new byte[] {1, 1, 1, 1}),
            ipv4("more fragments", b -> b.fragment = 0x2000),
            ipv6("extension header", b ->
            {
                b.firstExtension = 60;
                b.extensions = new byte[] {6, 0, 1, 4, 0, 0, 0, 0};
            }));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("loners")
    void nothingIsJoinedTo(
        final String what, final Consumer<PacketBuilder> change, final boolean overIpv4, final boolean overIpv6)
    {
        for (final boolean ipv6 : new boolean[] {false, true})
        {
            if (ipv6 ? overIpv6 : overIpv4)
            {
                assertEquals(SegmentJoiner.FULL, addBoth(ipv6, TCP, change, b -> { }), what);
                assertArrayEquals(new byte[10], offloading.written.getFirst().virtio());
            }
        }
    }

    @Test
    void flagsThatBothHaveDoNotPart()
    {
        assertEquals(SegmentJoiner.ADDED, addBoth(false, TCP, b -> b.flags |= ECE, b -> { }));
        assertEquals(SegmentJoiner.FULL, addBoth(false, TCP, b -> b.flags |= CWR, b -> { }), "CWR is the first's alone");
        assertEquals(SegmentJoiner.ADDED, addBoth(false, TCP, b -> b.flags |= CWR, b -> b.flags = ACK));
        offloading.write();
        assertEquals(0x81, offloading.written.getFirst().virtio()[1] & 0xFF);
    }

    @Test
    void theLastMayPushFinishAndBeShort()
    {
        for (final int flag : new int[] {PSH, FIN, PSH | FIN})
        {
            assertEquals(SegmentJoiner.ADDED, addBoth(true, TCP, b -> { }, b -> b.flags |= flag));
            final PacketBuilder third = PacketBuilder.of(true, TCP);
            third.options = new byte[] {1, 1, 8, 10, 0, 0, 0, 1, 0, 0, 0, 2};
            third.sequence += 8;
            assertEquals(SegmentJoiner.FULL, offloading.join(third.build(), false));
            assertEquals(ACK | flag, offloading.written.getFirst().packet()[53]);
        }
        for (final int protocol : new int[] {TCP, UDP})
        {
            assertEquals(SegmentJoiner.ADDED, addBoth(true, protocol, b -> { }, b -> b.payload = new byte[3]));
            final PacketBuilder third = PacketBuilder.of(true, protocol);
            third.options = new byte[] {1, 1, 8, 10, 0, 0, 0, 1, 0, 0, 0, 2};
            third.sequence += 7;
            third.payload = new byte[3];
            assertEquals(SegmentJoiner.FULL, offloading.join(third.build(), false));
        }
    }

    @Test
    void identificationCountsOnlyWhereThePacketMayBeFragmented()
    {
        for (final int protocol : new int[] {TCP, UDP})
        {
            assertEquals(SegmentJoiner.ADDED, addBoth(false, protocol, b -> { }, b -> b.id = 7));
            assertEquals(SegmentJoiner.FULL, addBoth(false, protocol, b -> b.fragment = 0, b -> b.id++));
            assertEquals(SegmentJoiner.FULL, addBoth(false, protocol, b -> b.fragment = 0, b -> b.id--));
            assertEquals(SegmentJoiner.ADDED, addBoth(false, protocol, b -> b.fragment = 0, b -> { }));
            assertEquals(SegmentJoiner.ADDED, addBoth(false, protocol, b ->
            {
                b.fragment = 0;
                b.id = 0xFFFF;
            }, b -> b.id = 0));
        }
    }

    /** Adds two, one byte of which was changed after all checksums were made. */
    private int addBroken(
        final boolean ipv6, final int protocol, final int which, final int offset, final int value, final boolean partial)
    {
        offloading.clear();
        final PacketBuilder builder = PacketBuilder.of(ipv6, protocol);
        int result = 0;
        for (int i = 0; i < 2; i++)
        {
            final byte[] packet = partial ? builder.partial() : builder.build();
            if (i == which)
            {
                packet[offset] ^= (byte)value;
            }
            result = offloading.join(packet, partial);
            offloading.joiner.packets();
            goOn(builder);
        }
        offloading.write();
        return result;
    }

    @Test
    void aWrongChecksumKeepsAPacketAloneAndWrong()
    {
        for (final boolean ipv6 : new boolean[] {false, true})
        {
            for (final int protocol : new int[] {TCP, UDP})
            {
                final int last = PacketBuilder.of(ipv6, protocol).build().length - 1;
                for (int which = 0; which < 2; which++)
                {
                    assertEquals(SegmentJoiner.FULL, addBroken(ipv6, protocol, which, last, 1, false));
                    assertEquals(SegmentJoiner.ADDED, addBroken(ipv6, protocol, which, last, 1, true), "vouched for");
                    if (!ipv6)
                    {
                        assertEquals(SegmentJoiner.FULL, addBroken(false, protocol, which, 10, 1, true), "IPv4 header");
                    }
                }
            }
        }
    }

    @Test
    void theOtherFormOfZeroIsNoOnesChecksum()
    {
        final PacketBuilder builder = PacketBuilder.tcp4();
        PacketBuilder.put16(builder.payload, 0, 0);
        PacketBuilder.put16(builder.payload, 0, PacketBuilder.get16(builder.build(), 36));
        assertEquals(0, PacketBuilder.get16(builder.build(), 36));
        final byte[] odd = builder.build();
        PacketBuilder.put16(odd, 36, 0xFFFF);
        offloading.join(odd, false);
        goOn(builder);
        assertEquals(SegmentJoiner.FULL, offloading.join(builder.build(), false));

        offloading.clear();
        final PacketBuilder header = PacketBuilder.tcp4();
        header.id = 0;
        header.id = PacketBuilder.get16(header.build(), 10);
        final byte[] packet = header.build();
        assertEquals(0, PacketBuilder.get16(packet, 10));
        PacketBuilder.put16(packet, 10, 0xFFFF);
        offloading.join(packet, false);
        goOn(header);
        assertEquals(SegmentJoiner.FULL, offloading.join(header.build(), false));
    }

    @Test
    void udpWithoutAChecksumGoesAlone()
    {
        offloading.clear();
        for (int i = 0; i < 2; i++)
        {
            final byte[] packet = PacketBuilder.of(false, UDP).build();
            PacketBuilder.put16(packet, 26, 0);
            assertEquals(i == 0 ? SegmentJoiner.ADDED : SegmentJoiner.FULL, offloading.join(packet, false));
        }
    }

    @Test
    void aUdpLengthThatIsNotThePacketsKeepsItAlone()
    {
        for (int which = 0; which < 2; which++)
        {
            assertEquals(SegmentJoiner.FULL, addBroken(false, UDP, which, 25, 0x10, false));
        }
        offloading.clear();
        offloading.join(PacketBuilder.of(true, UDP).partial(), true);
        final byte[] wrong = PacketBuilder.of(true, UDP).partial();
        wrong[45]--;
        final long at = offloading.place(new byte[10], wrong);
        assertEquals(SegmentJoiner.MALFORMED, offloading.joiner.add(at, wrong.length, true));
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aPacketThatStatesAnotherLengthIsNotJoined(final boolean ipv6)
    {
        final PacketBuilder builder = PacketBuilder.of(ipv6, TCP);
        for (int excess = -1; excess <= 1; excess++)
        {
            offloading.clear();
            assertEquals(SegmentJoiner.ADDED, offloading.join(builder.build(), false));
            goOn(builder);
            final byte[] second = builder.build();
            PacketBuilder.put16(second, ipv6 ? 4 : 2, (ipv6 ? second.length - 40 : second.length) + excess);
            if (!ipv6)
            {
                PacketBuilder.put16(second, 10, 0);
                PacketBuilder.put16(second, 10, ~PlainSegmenter.sum(second, 0, 20, 0) & 0xFFFF);
            }
            assertEquals(excess == 0 ? SegmentJoiner.ADDED : SegmentJoiner.FULL, offloading.join(second, false));
        }
    }

    @Test
    void ipOptionsAreNotTakenForPorts()
    {
        // Such that a UDP header without options, laid over these, would state the right length.
        final Consumer<PacketBuilder> options = b ->
        {
            b.ipOptions = new byte[4];
            b.sourcePort = b.ipOptions.length + b.transportHeaderLength() + b.payload.length;
        };
        assertEquals(SegmentJoiner.FULL, addBoth(false, UDP, options, b -> { }));
    }

    @Test
    void udpIsJoinedOnlyWhereItIsWanted()
    {
        try (Offloading tcpOnly = new Offloading(false))
        {
            final byte[] packet = PacketBuilder.of(true, UDP).build();
            tcpOnly.join(packet, false);
            assertEquals(SegmentJoiner.FULL, tcpOnly.join(packet, false));
            assertArrayEquals(packet, tcpOnly.written.getFirst().packet());
        }
    }

    @Test
    void aSinglePartialPacketAsksForItsChecksum()
    {
        for (final boolean ipv6 : new boolean[] {false, true})
        {
            for (final int protocol : new int[] {TCP, UDP})
            {
                offloading.clear();
                final PacketBuilder builder = PacketBuilder.of(ipv6, protocol);
                final byte[] packet = builder.partial();
                assertEquals(SegmentJoiner.ADDED, offloading.join(packet, true));
                offloading.write();
                final Offloading.Written written = offloading.written.getFirst();
                assertArrayEquals(packet, written.packet());
                assertArrayEquals(PacketBuilder.virtio(1, 0, builder.headerLength(), 0, builder.transportOffset(),
                    protocol == TCP ? 16 : 6), written.virtio());
            }
        }
    }

    @Test
    void whatCannotBePartialIsRefusedAndChangesNothing()
    {
        final PacketBuilder fragment = PacketBuilder.tcp4();
        fragment.fragment = 0x2000;
        final PacketBuilder extended = PacketBuilder.of(true, TCP);
        extended.firstExtension = 60;
        extended.extensions = new byte[] {6, 0, 1, 4, 0, 0, 0, 0};
        final byte[] icmp = PacketBuilder.tcp4().build();
        icmp[9] = 1;
        final byte[] shortTcp = PacketBuilder.tcp4().build();
        shortTcp[32] = (byte)0xF0;
        final byte[] shortUdp = PacketBuilder.of(false, UDP).build();
        shortUdp[25] = 7;
        for (final byte[] packet : new byte[][] {fragment.build(), extended.build(), icmp, shortTcp, shortUdp})
        {
            offloading.clear();
            final long at = offloading.place(new byte[10], packet);
            assertEquals(SegmentJoiner.MALFORMED, offloading.joiner.add(at, packet.length, true));
            assertTrue(offloading.joiner.isEmpty());
            assertEquals(SegmentJoiner.ADDED, offloading.joiner.add(at, packet.length, false));
            assertEquals(SegmentJoiner.MALFORMED, offloading.joiner.add(at, packet.length, true));
            assertEquals(1, offloading.joiner.packets());
        }
    }

    @Test
    void headersOfAJoinedPacketAreThoseOfALongOne()
    {
        for (final boolean ipv6 : new boolean[] {false, true})
        {
            for (final int protocol : new int[] {TCP, UDP})
            {
                assertEquals(SegmentJoiner.ADDED, addBoth(ipv6, protocol, b -> { }, b -> { }));
                offloading.write();
                final PacketBuilder builder = PacketBuilder.of(ipv6, protocol);
                builder.options = new byte[] {1, 1, 8, 10, 0, 0, 0, 1, 0, 0, 0, 2};
                builder.payload = new byte[] {1, 2, 3, 4, 1, 2, 3, 4};
                assertArrayEquals(builder.partial(), offloading.written.getFirst().packet());
                assertArrayEquals(builder.virtio(4), offloading.written.getFirst().virtio());
            }
        }
    }

    private int fill(final boolean ipv6, final int protocol, final int payload, final int optionsLength)
    {
        offloading.clear();
        final PacketBuilder builder = PacketBuilder.of(ipv6, protocol);
        builder.payload = new byte[payload];
        builder.options = new byte[optionsLength];
        int n = 0;
        while (offloading.join(builder.partial(), true) == SegmentJoiner.ADDED)
        {
            n++;
            goOn(builder);
        }
        assertEquals(n, offloading.written.getFirst().packets());
        return n;
    }

    @Test
    void aGroupEndsAtItsBounds()
    {
        assertEquals(128, fill(false, TCP, 1, 0));
        assertEquals(128, fill(true, TCP, 9, 12));
        assertEquals(64, fill(false, UDP, 1, 0));
        assertEquals(64, fill(true, UDP, 9, 0));
        // Exactly 65535 bytes: 20 + 20 + 5 * 13099; one option word more, and the fifth does not fit.
        assertEquals(5, fill(false, TCP, 13_099, 0));
        assertEquals(4, fill(false, TCP, 13_099, 4));
        assertEquals(7, fill(false, TCP, 8_187, 0), "the eighth would make 65536");
        assertEquals(5, fill(true, UDP, 13_097, 0));
        assertEquals(48, fill(false, TCP, 1348, 12));
    }

    @Test
    void anEmptyGroupWritesNothing()
    {
        assertTrue(offloading.joiner.isEmpty());
        assertEquals(0, offloading.joiner.finish());
        assertEquals(0, offloading.joiner.bytes());
        assertEquals(0, offloading.joiner.vectorCount());
    }

    @Test
    void takesWhatIsNeitherTcpNorUdp()
    {
        final byte[] icmp = PacketBuilder.tcp4().build();
        icmp[9] = 1;
        for (int i = 0; i < 2; i++)
        {
            assertEquals(i, offloading.join(icmp, false));
        }
        offloading.write();
        assertArrayEquals(icmp, offloading.written.get(1).packet());
        assertArrayEquals(new byte[10], offloading.written.get(1).virtio());
    }
}
