package io.shadowmesh.dataplane.device;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

import static io.shadowmesh.dataplane.device.PacketBuilder.get16;
import static io.shadowmesh.dataplane.device.PacketBuilder.get32;
import static io.shadowmesh.dataplane.device.PacketBuilder.put16;
import static io.shadowmesh.dataplane.device.PacketBuilder.put32;

/** Segmentation the plain way, on arrays, two bytes at a time: what the code under test is compared with. */
final class PlainSegmenter
{
    private PlainSegmenter()
    {
    }

    /** The folded one's complement sum of big-endian words, and of what is given. */
    static int sum(final byte[] bytes, final int from, final int to, final long given)
    {
        long sum = given;
        for (int i = from; i < to; i += 2)
        {
            sum += (bytes[i] & 0xFF) << 8 | (i + 1 < to ? bytes[i + 1] & 0xFF : 0);
        }
        while (sum > 0xFFFF)
        {
            sum = (sum >> 16) + (sum & 0xFFFF);
        }
        return (int)sum;
    }

    static int pseudo(final byte[] packet, final int start, final int protocol)
    {
        final boolean ipv4 = packet[0] >> 4 == 4;
        return sum(packet, ipv4 ? 12 : 8, ipv4 ? 20 : 40, (long)protocol + packet.length - start);
    }

    /** What a device makes of a packet with its virtio-net header: packets with complete or partial checksums. */
    static List<byte[]> split(final byte[] virtio, final byte[] packet, final boolean partial)
    {
        final int type = virtio[1] & 0x7F;
        final int start = virtio[6] & 0xFF | (virtio[7] & 0xFF) << 8;
        final int offset = virtio[8] & 0xFF;
        final List<byte[]> packets = new ArrayList<>();
        if (type == 0)
        {
            final byte[] single = packet.clone();
            if ((virtio[0] & 1) != 0)
            {
                finish(single, start, start + offset, offset == 16 ? 6 : 17, partial);
            }
            packets.add(single);
            return packets;
        }
        final int gsoSize = virtio[4] & 0xFF | (virtio[5] & 0xFF) << 8;
        final int protocol = type == 5 ? 17 : 6;
        final int headerLength = start + (protocol == 17 ? 8 : (packet[start + 12] & 0xF0) >> 2);
        for (int at = headerLength; at < packet.length || packets.isEmpty(); at += gsoSize)
        {
            final byte[] piece = Arrays.copyOfRange(packet, at, Math.min(packet.length, at + gsoSize));
            final byte[] segment = PacketBuilder.concat(Arrays.copyOf(packet, headerLength), piece);
            if (segment[0] >> 4 == 4)
            {
                put16(segment, 2, segment.length);
                put16(segment, 4, get16(packet, 4) + packets.size());
                put16(segment, 10, 0);
                put16(segment, 10, ~sum(segment, 0, start, 0));
            }
            else
            {
                put16(segment, 4, segment.length - 40);
            }
            if (protocol == 6)
            {
                put32(segment, start + 4, get32(packet, start + 4) + at - headerLength);
                if (at + gsoSize < packet.length)
                {
                    segment[start + 13] &= ~0x09;
                }
                if (at > headerLength)
                {
                    segment[start + 13] &= 0x7F;
                }
            }
            else
            {
                put16(segment, start + 4, segment.length - start);
            }
            finish(segment, start, start + offset, protocol, partial);
            packets.add(segment);
        }
        return packets;
    }

    /** Sets the checksum field. */
    static void finish(
        final byte[] packet, final int start, final int field, final int protocol, final boolean partial)
    {
        put16(packet, field, 0);
        final int pseudo = pseudo(packet, start, protocol);
        final int full = ~sum(packet, start, packet.length, pseudo) & 0xFFFF;
        put16(packet, field, partial ? pseudo : full == 0 && protocol == 17 ? 0xFFFF : full);
    }
}
