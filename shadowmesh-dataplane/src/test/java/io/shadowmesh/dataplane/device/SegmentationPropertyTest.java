package io.shadowmesh.dataplane.device;

import io.shadowmesh.dataplane.memory.Guard;
import io.shadowmesh.dataplane.memory.GuardedMemory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;

import static io.shadowmesh.dataplane.device.PacketBuilder.ACK;
import static io.shadowmesh.dataplane.device.PacketBuilder.CWR;
import static io.shadowmesh.dataplane.device.PacketBuilder.ECE;
import static io.shadowmesh.dataplane.device.PacketBuilder.FIN;
import static io.shadowmesh.dataplane.device.PacketBuilder.PSH;
import static io.shadowmesh.dataplane.device.PacketBuilder.TCP;
import static io.shadowmesh.dataplane.device.PacketBuilder.get16;
import static io.shadowmesh.dataplane.device.PacketBuilder.put16;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** What holds for any packets, with random ones. */
@ParameterizedClass
@EnumSource(Guard.class)
class SegmentationPropertyTest
{
    private static final int CASES = 20_000;
    private static final int MIXTURES = 1_500;
    private static final int GARBAGE = 100_000;

    private final Offloading offloading;

    SegmentationPropertyTest(final Guard guard)
    {
        offloading = new Offloading(guard, true);
    }

    @AfterEach
    void close()
    {
        offloading.close();
    }

    private static void assertSame(final byte[] expected, final byte[] actual, final String what)
    {
        if (!Arrays.equals(expected, actual))
        {
            assertEquals(HexFormat.of().formatHex(expected), HexFormat.of().formatHex(actual), what);
        }
    }

    private static int payloadLength(final Random random)
    {
        return switch (random.nextInt(8))
        {
            case 0 -> random.nextInt(3);
            case 1 -> random.nextInt(9000);
            default -> random.nextInt(700);
        };
    }

    @Test
    void splitsAsThePlainWayDoes()
    {
        final Random random = Offloading.seeded("splitsAsThePlainWayDoes");
        int segments = 0;
        for (int i = 0; i < CASES; i++)
        {
            offloading.clear();
            final PacketBuilder builder = PacketBuilder.random(random);
            builder.flags = random.nextInt(256);
            builder.reserved = random.nextInt(16);
            builder.urgent = random.nextInt(1 << 16);
            builder.ipOptions = new byte[4 * Math.max(0, random.nextInt(13) - 2)];
            final boolean direct = !builder.ipv6 || random.nextInt(4) > 0;
            if (!direct)
            {
                builder.firstExtension = 60;
                builder.extensions = PacketBuilder.bytes(random, 8 * (1 + random.nextInt(4)));
            }
            builder.payload = PacketBuilder.bytes(random, payloadLength(random));
            final int gsoSize = 1 + random.nextInt(random.nextInt(3) == 0 ? 30 : 1500);
            final boolean partialAllowed = random.nextBoolean();
            final byte[] packet = builder.partial();
            final List<byte[]> expected =
                PlainSegmenter.split(builder.virtio(gsoSize), packet, partialAllowed && direct);
            final List<byte[]> actual = offloading.split(builder.virtio(gsoSize), packet, partialAllowed);
            assertEquals(expected.size(), actual.size());
            assertEquals(partialAllowed && direct, offloading.splitter.isPartial());
            for (int n = 0; n < expected.size(); n++)
            {
                assertSame(expected.get(n), actual.get(n), "case " + i + ", packet " + n);
            }
            segments += actual.size();
        }
        assertTrue(segments > CASES);
    }

    @Test
    void joinsWhatWasSplit()
    {
        final Random random = Offloading.seeded("joinsWhatWasSplit");
        for (int i = 0; i < CASES; i++)
        {
            offloading.clear();
            final PacketBuilder builder = PacketBuilder.random(random);
            builder.flags = ACK | random.nextInt(256) & (PSH | FIN | CWR | ECE);
            final int segments = 2 + random.nextInt(random.nextInt(4) == 0 ? 63 : 8);
            final int gsoSize = 1 + random.nextInt(random.nextBoolean() ? 40 : 900);
            builder.payload = PacketBuilder.bytes(random, gsoSize * (segments - 1) + 1 + random.nextInt(gsoSize));
            final byte[] packet = builder.partial();
            final byte[] virtio = builder.virtio(gsoSize);
            final boolean partialAllowed = random.nextBoolean();
            final List<byte[]> pieces = offloading.split(virtio, packet, partialAllowed);
            for (final byte[] piece : pieces)
            {
                assertEquals(SegmentJoiner.ADDED, offloading.join(piece, partialAllowed));
            }
            offloading.write();
            assertEquals(1, offloading.written.size());
            final Offloading.Written written = offloading.written.getFirst();
            assertSame(packet, written.packet(), "case " + i);
            assertSame(virtio, written.virtio(), "case " + i);
            final List<byte[]> again = PlainSegmenter.split(written.virtio(), written.packet(), partialAllowed);
            assertEquals(pieces.size(), again.size());
            for (int n = 0; n < again.size(); n++)
            {
                assertSame(pieces.get(n), again.get(n), "case " + i + ", packet " + n);
            }
        }
    }

    /** One flow's next packet, which mostly continues the last one. */
    private static byte[] nextPacket(final Random random, final PacketBuilder flow, final boolean partial)
    {
        flow.flags = ACK;
        final int usual = flow.ttl % 3 == 0 ? 24 : 100;
        flow.payload = PacketBuilder.bytes(random, random.nextInt(20) == 0 ? random.nextInt(usual + 2) : usual);
        if (random.nextInt(6) == 0)
        {
            disturb(random, flow);
        }
        if (flow.protocol == TCP && flow.fragment != 0 && random.nextInt(3) == 0)
        {
            flow.id = random.nextInt(1 << 16);
        }
        final byte[] packet = partial ? flow.partial() : flow.build();
        if (random.nextInt(25) == 0)
        {
            packet[random.nextInt(3) == 0 && !flow.ipv6 ? 11 : packet.length - 1] ^= (byte)(1 << random.nextInt(8));
        }
        flow.sequence += flow.payload.length;
        flow.id++;
        return packet;
    }

    private static void disturb(final Random random, final PacketBuilder flow)
    {
        switch (random.nextInt(12))
        {
            case 0 -> flow.flags |= PSH;
            case 1 -> flow.flags |= FIN;
            case 2 -> flow.flags |= CWR;
            case 3 -> flow.flags |= ECE;
            case 4 -> flow.flags = random.nextInt(256);
            case 5 -> flow.sequence += random.nextInt(5) - 2;
            case 6 -> flow.acknowledgement++;
            case 7 -> flow.window++;
            case 8 -> flow.ttl--;
            case 9 -> flow.trafficClass ^= 3;
            case 10 -> flow.options = PacketBuilder.bytes(random, flow.options.length);
            default -> flow.id += 2;
        }
    }

    private static PacketBuilder[] flows(final Random random)
    {
        final PacketBuilder[] flows = new PacketBuilder[1 + random.nextInt(3)];
        for (int i = 0; i < flows.length; i++)
        {
            flows[i] = PacketBuilder.random(random);
        }
        if (flows.length > 1 && random.nextBoolean())
        {
            // Almost the same flow.
            flows[1].ipv6 = flows[0].ipv6;
            flows[1].source = flows[0].source;
            flows[1].source6 = flows[0].source6;
            flows[1].destination = flows[0].destination;
            flows[1].destination6 = flows[0].destination6;
            flows[1].sourcePort = flows[0].sourcePort;
            flows[1].protocol = flows[0].protocol;
        }
        return flows;
    }

    @Test
    void losesReordersAndChangesNothing()
    {
        final Random random = Offloading.seeded("losesReordersAndChangesNothing");
        int joined = 0;
        for (int i = 0; i < MIXTURES; i++)
        {
            offloading.clear();
            final PacketBuilder[] flows = flows(random);
            final List<byte[]> expected = new ArrayList<>();
            PacketBuilder flow = flows[0];
            for (int n = 0; n < 150; n++)
            {
                if (random.nextInt(10) == 0)
                {
                    flow = flows[random.nextInt(flows.length)];
                }
                final boolean partial = random.nextInt(4) == 0;
                final byte[] packet = nextPacket(random, flow, partial);
                offloading.join(packet, partial);
                if (partial)
                {
                    final int start = flow.transportOffset();
                    PlainSegmenter.finish(
                        packet, start, start + (flow.protocol == TCP ? 16 : 6), flow.protocol, false);
                }
                expected.add(packet);
            }
            offloading.write();
            final List<byte[]> actual = new ArrayList<>();
            for (final Offloading.Written written : offloading.written)
            {
                actual.addAll(written.resplit());
                joined += written.packets() > 1 ? written.packets() : 0;
            }
            assertEquals(expected.size(), actual.size());
            for (int n = 0; n < expected.size(); n++)
            {
                assertSame(comparable(expected.get(n)), comparable(actual.get(n)), "case " + i + ", packet " + n);
            }
        }
        assertTrue(joined > MIXTURES * 150 / 3, joined + " packets were joined");
    }

    /** Without the identification, and what it adds to the header's checksum, where it has no meaning. */
    private static byte[] comparable(final byte[] packet)
    {
        if (packet[0] >> 4 == 4 && (packet[6] & 0x40) != 0 && PlainSegmenter.sum(packet, 0, 20, 0) == 0xFFFF)
        {
            put16(packet, 4, 0);
            put16(packet, 10, 0);
            put16(packet, 10, ~PlainSegmenter.sum(packet, 0, 20, 0));
        }
        return packet;
    }

    /** Something like a packet, or nothing like one, cut to any length. */
    private static byte[] garbage(final Random random)
    {
        if (random.nextInt(4) == 0)
        {
            return PacketBuilder.bytes(random, 1 + random.nextInt(200));
        }
        final PacketBuilder builder = PacketBuilder.random(random);
        builder.payload = PacketBuilder.bytes(random, random.nextInt(200));
        if (random.nextBoolean())
        {
            builder.payload = new byte[random.nextInt(4)];
        }
        byte[] packet = random.nextBoolean() ? builder.build() : builder.partial();
        for (int i = random.nextInt(4); i > 0; i--)
        {
            packet[random.nextInt(Math.min(packet.length, 64))] = (byte)random.nextInt();
        }
        if (random.nextBoolean())
        {
            packet = Arrays.copyOf(packet, 1 + random.nextInt(packet.length));
            // Sound as far as the IP header tells.
            if (packet.length >= 6)
            {
                put16(packet, builder.ipv6 ? 4 : 2, builder.ipv6 ? packet.length - 40 : packet.length);
            }
        }
        return packet;
    }

    private static byte[] garbageHeader(final Random random, final byte[] packet)
    {
        if (random.nextInt(8) == 0)
        {
            return PacketBuilder.bytes(random, 10);
        }
        final int[] types = {0, 1, 4, 5, 0x81, 0x84, 3, random.nextInt(256)};
        final int[] starts = {20, 40, 48, random.nextInt(packet.length + 8), random.nextInt(1 << 16)};
        final int[] offsets = {16, 6, random.nextInt(packet.length + 8), random.nextInt(1 << 16)};
        return PacketBuilder.virtio(random.nextInt(4), types[random.nextInt(types.length)], 0,
            random.nextInt(random.nextBoolean() ? 4 : 1500), starts[random.nextInt(starts.length)],
            offsets[random.nextInt(offsets.length)]);
    }

    @Test
    void garbageIsReadWithinItsBounds()
    {
        final Random random = Offloading.seeded("garbageIsReadWithinItsBounds");
        int split = 0;
        try (GuardedMemory memory = new GuardedMemory(offloading.arena, 4096))
        {
            for (int i = 0; i < GARBAGE; i++)
            {
                final byte[] packet = garbage(random);
                final byte[] virtio = garbageHeader(random, packet);
                final long at = random.nextBoolean() ? memory.end() - packet.length : memory.begin() + 16;
                GuardedMemory.put(at - 10, virtio);
                GuardedMemory.put(at, packet);
                final int count = offloading.splitter.begin(at, packet.length, random.nextBoolean());
                int packets = 0;
                while (offloading.splitter.next())
                {
                    packets++;
                    assertTrue(offloading.splitter.address() >= at && offloading.splitter.length() > 0 &&
                        offloading.splitter.address() + offloading.splitter.length() <= at + packet.length);
                }
                assertEquals(Math.max(0, count), packets);
                split += packets > 1 ? 1 : 0;
            }
        }
        assertTrue(split > GARBAGE / 100, split + " were split");
    }

    @Test
    void garbageIsJoinedWithinItsBounds()
    {
        final Random random = Offloading.seeded("garbageIsJoinedWithinItsBounds");
        int several = 0;
        int refused = 0;
        try (GuardedMemory first = new GuardedMemory(offloading.arena, 4096);
            GuardedMemory second = new GuardedMemory(offloading.arena, 4096))
        {
            for (int i = 0; i < GARBAGE; i++)
            {
                final byte[] packet = garbage(random);
                final byte[] like = random.nextInt(4) == 0 ? garbage(random) : follower(random, packet);
                final long at = random.nextBoolean() ? first.end() - packet.length : first.begin() + 16;
                final long then = random.nextBoolean() ? second.end() - like.length : second.begin() + 16;
                GuardedMemory.put(at, packet);
                GuardedMemory.put(then, like);
                offloading.joiner.reset();
                if (offloading.joiner.add(at, packet.length, random.nextBoolean()) == SegmentJoiner.ADDED)
                {
                    refused += offloading.joiner.add(then, like.length, random.nextBoolean()) < 0 ? 1 : 0;
                    several += offloading.joiner.packets() > 1 ? 1 : 0;
                    assertTrue(offloading.joiner.finish() >= 10 + packet.length);
                }
            }
        }
        assertTrue(several > GARBAGE / 100, several + " were joined");
        assertTrue(refused > GARBAGE / 100, refused + " were refused");
    }

    /** A packet that may continue the one given, cut or not. */
    private static byte[] follower(final Random random, final byte[] packet)
    {
        final byte[] next = packet.clone();
        final boolean ipv4 = next[0] >> 4 == 4;
        final int start = ipv4 ? 20 : 40;
        if (next.length > start + 20 && (ipv4 ? next[9] : next[6]) == TCP)
        {
            final int payload = next.length - start - ((next[start + 12] & 0xF0) >> 2);
            PacketBuilder.put32(next, start + 4, PacketBuilder.get32(next, start + 4) + payload);
        }
        if (ipv4 && next.length > start)
        {
            put16(next, 4, get16(next, 4) + 1);
            put16(next, 10, 0);
            put16(next, 10, ~PlainSegmenter.sum(next, 0, 20, 0));
        }
        return random.nextInt(4) == 0 ? Arrays.copyOf(next, 1 + random.nextInt(next.length)) : next;
    }
}
