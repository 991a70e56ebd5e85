package io.shadowmesh.dataplane.device;

import com.code_intelligence.jazzer.api.FuzzedDataProvider;
import com.code_intelligence.jazzer.junit.FuzzTest;
import io.shadowmesh.dataplane.memory.Guard;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * Super-packets of any kind: they are split as the plain way does it, the pieces are joined so that splitting gives them
 * again, and garbage is read within its bounds.
 */
class SegmentationFuzzTest
{
    private static final Offloading[] OFFLOADINGS =
        {new Offloading(Guard.BEFORE, true), new Offloading(Guard.BEHIND, true)};

    @FuzzTest
    void splitAndJoin(final FuzzedDataProvider data)
    {
        final boolean isGarbage = data.consumeInt(0, 3) == 0;
        final boolean partialAllowed = data.consumeBoolean();
        if (isGarbage)
        {
            final byte[] virtio = data.consumeBytes(10);
            final byte[] packet = data.consumeRemainingAsBytes();
            if (virtio.length == 10 && packet.length > 0)
            {
                for (final Offloading offloading : OFFLOADINGS)
                {
                    garbage(offloading, virtio, packet, partialAllowed);
                }
            }
            return;
        }

        final PacketBuilder builder = PacketBuilder.random(new Random(data.consumeInt()));
        builder.ipv6 = data.consumeBoolean();
        builder.protocol = data.consumeBoolean() ? PacketBuilder.TCP : PacketBuilder.UDP;
        builder.flags = data.consumeInt(0, 255);
        builder.reserved = data.consumeInt(0, 15);
        builder.id = data.consumeInt(0, 0xFFFF);
        builder.fragment = data.consumeBoolean() ? 0x4000 : 0;
        builder.sequence = data.consumeInt();
        builder.urgent = data.consumeInt(0, 0xFFFF);
        builder.ipOptions = new byte[4 * data.consumeInt(0, 10)];
        builder.options = data.consumeBytes(4 * data.consumeInt(0, 10));
        builder.options = Arrays.copyOf(builder.options, (builder.options.length + 3) / 4 * 4);
        final int gsoSize = data.consumeInt(1, 1500);
        builder.payload = data.consumeRemainingAsBytes();
        for (final Offloading offloading : OFFLOADINGS)
        {
            splitAndJoin(offloading, builder, gsoSize, partialAllowed);
        }
    }

    private static void splitAndJoin(
        final Offloading offloading, final PacketBuilder builder, final int gsoSize, final boolean partialAllowed)
    {
        offloading.clear();
        final byte[] packet = builder.partial();
        final byte[] virtio = builder.virtio(gsoSize);
        final List<String> expected = hex(PlainSegmenter.split(virtio, packet, partialAllowed));
        assertEquals(expected, hex(offloading.split(virtio, packet, partialAllowed)));

        offloading.clear();
        final List<byte[]> pieces = PlainSegmenter.split(virtio, packet, false);
        for (final byte[] piece : pieces)
        {
            final int result = offloading.join(piece, false);
            assertTrue(result == SegmentJoiner.ADDED || result == SegmentJoiner.FULL, "said " + result);
        }
        offloading.write();
        final List<byte[]> again = new ArrayList<>();
        offloading.written.forEach(written -> again.addAll(written.resplit()));
        assertEquals(hex(pieces), hex(again));
    }

    private static void garbage(
        final Offloading offloading, final byte[] virtio, final byte[] packet, final boolean partialAllowed)
    {
        offloading.clear();
        final List<byte[]> pieces = offloading.split(virtio, packet, partialAllowed);
        if (pieces != null)
        {
            final int length = pieces.stream().mapToInt(piece -> piece.length).sum();
            assertTrue(length >= packet.length, "bytes were lost");
        }
        offloading.clear();
        if (offloading.join(packet, partialAllowed) == SegmentJoiner.ADDED)
        {
            offloading.join(packet, partialAllowed);
            offloading.write();
        }
    }

    private static List<String> hex(final List<byte[]> packets)
    {
        return packets.stream().map(HexFormat.of()::formatHex).toList();
    }
}
