package io.shadowmesh.dataplane.device;

import java.util.Arrays;
import java.util.Random;

/** Writes IP packets byte by byte: what the tests feed in, and nothing that the code under test shares. */
final class PacketBuilder
{
    static final int TCP = 6;
    static final int UDP = 17;
    static final int FIN = 0x01;
    static final int SYN = 0x02;
    static final int RST = 0x04;
    static final int PSH = 0x08;
    static final int ACK = 0x10;
    static final int URG = 0x20;
    static final int ECE = 0x40;
    static final int CWR = 0x80;

    boolean ipv6;
    int protocol = TCP;
    int trafficClass = 0x02;
    int flowLabel = 0x12345;
    int id = 0x1234;
    int fragment = 0x4000;
    int ttl = 64;
    byte[] ipOptions = new byte[0];
    byte[] extensions = new byte[0];
    int firstExtension;
    byte[] source = {10, 10, 10, 3};
    byte[] destination = {10, 10, 10, 4};
    byte[] source6 = address6(3);
    byte[] destination6 = address6(4);
    int sourcePort = 40000;
    int destinationPort = 5201;
    int sequence = 0x01020304;
    int acknowledgement = 0x0A0B0C0D;
    int flags = ACK;
    int reserved;
    int window = 0x0400;
    int urgent;
    byte[] options = new byte[0];
    byte[] payload = {1, 2, 3, 4};

    static PacketBuilder tcp4()
    {
        return new PacketBuilder();
    }

    static PacketBuilder of(final boolean ipv6, final int protocol)
    {
        final PacketBuilder builder = new PacketBuilder();
        builder.ipv6 = ipv6;
        builder.protocol = protocol;
        return builder;
    }

    /** Of any kind that can be split, with random values in all fields. */
    static PacketBuilder random(final Random random)
    {
        final PacketBuilder b = of(random.nextBoolean(), random.nextInt(3) == 0 ? UDP : TCP);
        b.trafficClass = random.nextInt(256);
        b.flowLabel = random.nextInt(1 << 20);
        b.id = random.nextInt(1 << 16);
        b.fragment = random.nextBoolean() ? 0x4000 : 0;
        b.ttl = random.nextInt(256);
        random.nextBytes(b.source);
        random.nextBytes(b.destination);
        random.nextBytes(b.source6);
        random.nextBytes(b.destination6);
        b.sourcePort = random.nextInt(1 << 16);
        b.destinationPort = random.nextInt(1 << 16);
        b.sequence = random.nextInt(4) == 0 ? -random.nextInt(2000) : random.nextInt();
        b.acknowledgement = random.nextInt();
        b.window = random.nextInt(1 << 16);
        b.options = bytes(random, 4 * (random.nextBoolean() ? 3 : random.nextInt(11)));
        return b;
    }

    static byte[] bytes(final Random random, final int length)
    {
        final byte[] bytes = new byte[length];
        random.nextBytes(bytes);
        return bytes;
    }

    private static byte[] address6(final int last)
    {
        final byte[] address = new byte[16];
        address[0] = (byte)0xFD;
        address[15] = (byte)last;
        return address;
    }

    int transportOffset()
    {
        return ipv6 ? 40 + extensions.length : 20 + ipOptions.length;
    }

    int transportHeaderLength()
    {
        return protocol == TCP ? 20 + options.length : 8;
    }

    int headerLength()
    {
        return transportOffset() + transportHeaderLength();
    }

    /** With complete checksums. */
    byte[] build()
    {
        final byte[] packet = partial();
        final int start = transportOffset();
        final int field = start + (protocol == TCP ? 16 : 6);
        final int sum = ~PlainSegmenter.sum(packet, start, packet.length, 0) & 0xFFFF;
        put16(packet, field, sum == 0 && protocol == UDP ? 0xFFFF : sum);
        return packet;
    }

    /** With the sum of the pseudo-header in the checksum field. */
    byte[] partial()
    {
        final int start = transportOffset();
        final byte[] packet = new byte[headerLength() + payload.length];
        if (ipv6)
        {
            put32(packet, 0, 6 << 28 | trafficClass << 20 | flowLabel);
            put16(packet, 4, packet.length - 40);
            packet[6] = (byte)(extensions.length > 0 ? firstExtension : protocol);
            packet[7] = (byte)ttl;
            System.arraycopy(source6, 0, packet, 8, 16);
            System.arraycopy(destination6, 0, packet, 24, 16);
            System.arraycopy(extensions, 0, packet, 40, extensions.length);
        }
        else
        {
            packet[0] = (byte)(4 << 4 | start / 4);
            packet[1] = (byte)trafficClass;
            put16(packet, 2, packet.length);
            put16(packet, 4, id);
            put16(packet, 6, fragment);
            packet[8] = (byte)ttl;
            packet[9] = (byte)protocol;
            System.arraycopy(source, 0, packet, 12, 4);
            System.arraycopy(destination, 0, packet, 16, 4);
            System.arraycopy(ipOptions, 0, packet, 20, ipOptions.length);
            put16(packet, 10, ~PlainSegmenter.sum(packet, 0, start, 0) & 0xFFFF);
        }
        put16(packet, start, sourcePort);
        put16(packet, start + 2, destinationPort);
        if (protocol == TCP)
        {
            put32(packet, start + 4, sequence);
            put32(packet, start + 8, acknowledgement);
            packet[start + 12] = (byte)(transportHeaderLength() / 4 << 4 | reserved);
            packet[start + 13] = (byte)flags;
            put16(packet, start + 14, window);
            put16(packet, start + 18, urgent);
            System.arraycopy(options, 0, packet, start + 20, options.length);
        }
        else
        {
            put16(packet, start + 4, packet.length - start);
        }
        System.arraycopy(payload, 0, packet, headerLength(), payload.length);
        put16(packet, start + (protocol == TCP ? 16 : 6), PlainSegmenter.pseudo(packet, start, protocol));
        return packet;
    }

    /** The virtio-net header of all that was built, as segments of that size. */
    byte[] virtio(final int gsoSize)
    {
        final int type = protocol == UDP ? 5 : (ipv6 ? 4 : 1) | ((flags & CWR) != 0 ? 0x80 : 0);
        return virtio(1, type, headerLength(), gsoSize, transportOffset(), protocol == TCP ? 16 : 6);
    }

    static byte[] virtio(
        final int flags, final int type, final int headerLength, final int gsoSize, final int start, final int offset)
    {
        return new byte[] {(byte)flags, (byte)type, (byte)headerLength, (byte)(headerLength >> 8), (byte)gsoSize,
            (byte)(gsoSize >> 8), (byte)start, (byte)(start >> 8), (byte)offset, (byte)(offset >> 8)};
    }

    static byte[] concat(final byte[] first, final byte[] second)
    {
        final byte[] both = Arrays.copyOf(first, first.length + second.length);
        System.arraycopy(second, 0, both, first.length, second.length);
        return both;
    }

    static int get16(final byte[] bytes, final int offset)
    {
        return (bytes[offset] & 0xFF) << 8 | bytes[offset + 1] & 0xFF;
    }

    static int get32(final byte[] bytes, final int offset)
    {
        return get16(bytes, offset) << 16 | get16(bytes, offset + 2);
    }

    static void put16(final byte[] bytes, final int offset, final int value)
    {
        bytes[offset] = (byte)(value >> 8);
        bytes[offset + 1] = (byte)value;
    }

    static void put32(final byte[] bytes, final int offset, final int value)
    {
        put16(bytes, offset, value >>> 16);
        put16(bytes, offset + 2, value);
    }
}
