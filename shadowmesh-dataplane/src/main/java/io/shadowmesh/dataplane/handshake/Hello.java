package io.shadowmesh.dataplane.handshake;

import java.nio.ByteBuffer;

/**
 * What both ends tell about themselves, encrypted, in M3 and M4.
 *
 * <pre>
 *  offset  length  field         encoding
 *       0       4  capabilities  u32, a set of bits; unknown ones are ignored
 *       4       2  innerMtu      u16
 *       6       2  reserved      0, ignored when received
 * </pre>
 *
 * <p>Source: wire protocol ShadowMesh/1, section 4.
 */
record Hello(int capabilities, int innerMtu)
{
    /** Length of the encoding. */
    static final int LENGTH = 8;

    byte[] encode()
    {
        return ByteBuffer.allocate(LENGTH).putInt(capabilities).putShort((short)innerMtu).array();
    }

    static Hello decode(final byte[] payload)
    {
        final ByteBuffer buffer = ByteBuffer.wrap(payload);
        return new Hello(buffer.getInt(), buffer.getShort() & 0xFFFF);
    }

    /**
     * What is used between two: the capabilities that both offer, and the smaller MTU.
     */
    Hello agreedWith(final Hello other)
    {
        return new Hello(capabilities & other.capabilities, Math.min(innerMtu, other.innerMtu));
    }
}
