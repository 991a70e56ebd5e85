package io.shadowmesh.dataplane.device;

import io.shadowmesh.dataplane.address.Endpoint;
import io.shadowmesh.ffi.linux.Linux;
import io.shadowmesh.ffi.linux.sockaddr_in;
import io.shadowmesh.ffi.linux.sockaddr_in6;
import org.agrona.DirectBuffer;
import org.agrona.MutableDirectBuffer;

import java.nio.ByteOrder;

/**
 * Endpoints as the kernel writes them: {@code sockaddr_in} and {@code sockaddr_in6}, without allocation.
 *
 * <p>A slot is {@link #SLOT_LENGTH} bytes: {@link #NAME_LENGTH} of them are enough for the address of either family, and
 * behind them is room for the local address that belongs to it, as 16 bytes, all of them 0 for none. A socket that serves
 * both families names an IPv4 endpoint by its IPv4-mapped address (::ffff:192.0.2.1); a local IPv4 address is always
 * IPv4-mapped.
 *
 * <p>Source: ip(7), ipv6(7).
 */
@SuppressWarnings("exports")
public final class SocketAddressCodec
{
    /** Bytes of a slot that are the kernel's to write. */
    public static final int NAME_LENGTH = 32;

    /** Bytes to set aside for one address of either family, and a local address. */
    public static final int SLOT_LENGTH = NAME_LENGTH + 16;

    /** An IPv4 address in the last 64 bits of an IPv6 address. */
    static final long IPV4_MAPPED = 0xFFFF_0000_0000L;

    /** Length of an IPv4 socket address. */
    static final int IPV4_LENGTH = (int)sockaddr_in.sizeof();

    /** Length of an IPv6 socket address. */
    static final int IPV6_LENGTH = (int)sockaddr_in6.sizeof();

    private static final short AF_INET = (short)Linux.AF_INET();
    private static final short AF_INET6 = (short)Linux.AF_INET6();
    private static final long IPV4_MASK = 0xFFFF_FFFFL;

    private static final int FAMILY_OFFSET = (int)sockaddr_in.sin_family$offset();
    private static final int PORT_OFFSET = (int)sockaddr_in.sin_port$offset();
    private static final int IPV4_OFFSET = (int)sockaddr_in.sin_addr$offset();
    private static final int FLOW_OFFSET = (int)sockaddr_in6.sin6_flowinfo$offset();
    private static final int HIGH_OFFSET = (int)sockaddr_in6.sin6_addr$offset();
    private static final int LOW_OFFSET = HIGH_OFFSET + Long.BYTES;
    private static final int SCOPE_OFFSET = (int)sockaddr_in6.sin6_scope_id$offset();
    private static final int LOCAL_HIGH_OFFSET = NAME_LENGTH;
    private static final int LOCAL_LOW_OFFSET = NAME_LENGTH + Long.BYTES;

    private SocketAddressCodec()
    {
    }

    /**
     * Writes an endpoint.
     *
     * @param buffer   to write to.
     * @param offset   of the slot.
     * @param endpoint to write.
     * @param ipv6     whether the socket is of the IPv6 family.
     * @return the length of the address written.
     */
    static int encode(final MutableDirectBuffer buffer, final int offset, final Endpoint endpoint, final boolean ipv6)
    {
        buffer.putShort(offset + PORT_OFFSET, (short)endpoint.port(), ByteOrder.BIG_ENDIAN);
        if (!ipv6 && !endpoint.isIpv6())
        {
            buffer.putShort(offset + FAMILY_OFFSET, AF_INET);
            buffer.putInt(offset + IPV4_OFFSET, endpoint.ipv4(), ByteOrder.BIG_ENDIAN);
            buffer.putLong(offset + IPV4_OFFSET + Integer.BYTES, 0);
            return IPV4_LENGTH;
        }
        final boolean mapped = !endpoint.isIpv6();
        final long low = mapped ? IPV4_MAPPED | (endpoint.ipv4() & IPV4_MASK) : endpoint.low();
        buffer.putShort(offset + FAMILY_OFFSET, AF_INET6);
        buffer.putInt(offset + FLOW_OFFSET, 0);
        buffer.putLong(offset + HIGH_OFFSET, mapped ? 0 : endpoint.high(), ByteOrder.BIG_ENDIAN);
        buffer.putLong(offset + LOW_OFFSET, low, ByteOrder.BIG_ENDIAN);
        buffer.putInt(offset + SCOPE_OFFSET, mapped ? 0 : endpoint.scopeId());
        return IPV6_LENGTH;
    }

    /**
     * Reads an endpoint, with the local address that the slot names. Allocates it.
     *
     * @param buffer to read from.
     * @param offset of the slot.
     * @return the endpoint, or null if the slot holds no address of either family.
     */
    public static Endpoint decode(final DirectBuffer buffer, final int offset)
    {
        final short family = buffer.getShort(offset + FAMILY_OFFSET);
        final int port = port(buffer, offset);
        final Endpoint endpoint;
        if (family == AF_INET)
        {
            endpoint = Endpoint.ofIpv4(buffer.getInt(offset + IPV4_OFFSET, ByteOrder.BIG_ENDIAN), port);
        }
        else if (family == AF_INET6)
        {
            endpoint = Endpoint.ofIpv6(
                buffer.getLong(offset + HIGH_OFFSET, ByteOrder.BIG_ENDIAN),
                buffer.getLong(offset + LOW_OFFSET, ByteOrder.BIG_ENDIAN),
                buffer.getInt(offset + SCOPE_OFFSET),
                port);
        }
        else
        {
            return null;
        }
        return endpoint.withSource(
            buffer.getLong(offset + LOCAL_HIGH_OFFSET, ByteOrder.BIG_ENDIAN),
            buffer.getLong(offset + LOCAL_LOW_OFFSET, ByteOrder.BIG_ENDIAN));
    }

    /** Writes the local address of a slot: 0 and 0 for none. */
    static void putLocal(final MutableDirectBuffer buffer, final int offset, final long high, final long low)
    {
        buffer.putLong(offset + LOCAL_HIGH_OFFSET, high, ByteOrder.BIG_ENDIAN);
        buffer.putLong(offset + LOCAL_LOW_OFFSET, low, ByteOrder.BIG_ENDIAN);
    }

    /**
     * Compares the address in a slot with an endpoint, whatever the local address.
     *
     * @param buffer   to read from.
     * @param offset   of the slot.
     * @param endpoint to compare with; null equals nothing.
     * @return true if they are the same.
     */
    static boolean matches(final DirectBuffer buffer, final int offset, final Endpoint endpoint)
    {
        if (endpoint == null || port(buffer, offset) != endpoint.port())
        {
            return false;
        }
        final short family = buffer.getShort(offset + FAMILY_OFFSET);
        if (family == AF_INET)
        {
            return !endpoint.isIpv6() &&
                buffer.getInt(offset + IPV4_OFFSET, ByteOrder.BIG_ENDIAN) == endpoint.ipv4();
        }
        if (family != AF_INET6)
        {
            return false;
        }
        final long high = buffer.getLong(offset + HIGH_OFFSET, ByteOrder.BIG_ENDIAN);
        final long low = buffer.getLong(offset + LOW_OFFSET, ByteOrder.BIG_ENDIAN);
        if (!endpoint.isIpv6())
        {
            return high == 0 && low == (IPV4_MAPPED | (endpoint.ipv4() & IPV4_MASK));
        }
        return high == endpoint.high() && low == endpoint.low() &&
            buffer.getInt(offset + SCOPE_OFFSET) == endpoint.scopeId();
    }

    private static int port(final DirectBuffer buffer, final int offset)
    {
        return buffer.getShort(offset + PORT_OFFSET, ByteOrder.BIG_ENDIAN) & 0xFFFF;
    }
}
