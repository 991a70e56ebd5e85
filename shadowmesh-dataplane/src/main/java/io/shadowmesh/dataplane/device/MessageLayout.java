package io.shadowmesh.dataplane.device;

import io.shadowmesh.ffi.Errno;
import io.shadowmesh.ffi.linux.Linux;
import io.shadowmesh.ffi.linux.cmsghdr;
import io.shadowmesh.ffi.linux.in6_pktinfo;
import io.shadowmesh.ffi.linux.in_pktinfo;
import io.shadowmesh.ffi.linux.iovec;
import io.shadowmesh.ffi.linux.mmsghdr;
import io.shadowmesh.ffi.linux.msghdr;
import org.agrona.BitUtil;
import org.agrona.concurrent.UnsafeBuffer;

import java.nio.ByteOrder;

/**
 * Where the kernel keeps what, in an array of {@code struct mmsghdr}, the {@code struct iovec}s that it names and the
 * control messages of UDP's offloads and of the local address, and which answers to {@code sendmmsg} and
 * {@code recvmmsg} end the socket's use.
 *
 * <p>Source: sendmmsg(2), recvmmsg(2), cmsg(3), udp(7), ip(7) IP_PKTINFO, ipv6(7) IPV6_PKTINFO.
 */
final class MessageLayout
{
    /** Length of one {@code struct mmsghdr}. */
    static final int MESSAGE_LENGTH = (int)mmsghdr.sizeof();

    /** The count of bytes sent or received, u32. */
    static final int BYTES_OFFSET = (int)mmsghdr.msg_len$offset();

    /** Address of the socket address. */
    static final int NAME_OFFSET = (int)(mmsghdr.msg_hdr$offset() + msghdr.msg_name$offset());

    /** Length of the socket address, u32. */
    static final int NAME_LENGTH_OFFSET = (int)(mmsghdr.msg_hdr$offset() + msghdr.msg_namelen$offset());

    /** Address of the array of {@code struct iovec}. */
    static final int VECTORS_OFFSET = (int)(mmsghdr.msg_hdr$offset() + msghdr.msg_iov$offset());

    /** Count of the vectors, {@code size_t}. */
    static final int VECTOR_COUNT_OFFSET = (int)(mmsghdr.msg_hdr$offset() + msghdr.msg_iovlen$offset());

    /** Flags that the kernel sets on receiving, u32. */
    static final int FLAGS_OFFSET = (int)(mmsghdr.msg_hdr$offset() + msghdr.msg_flags$offset());

    /** Address of the control messages. */
    static final int CONTROL_OFFSET = (int)(mmsghdr.msg_hdr$offset() + msghdr.msg_control$offset());

    /** Length of the control messages, {@code size_t}. */
    static final int CONTROL_LENGTH_OFFSET = (int)(mmsghdr.msg_hdr$offset() + msghdr.msg_controllen$offset());

    /** Offset of a control message's data. */
    static final int CONTROL_DATA_OFFSET = (int)cmsghdr.sizeof();

    /** Room for a control message of UDP_SEGMENT (u16) or UDP_GRO (int): CMSG_SPACE of either. */
    static final int SEGMENT_CONTROL_LENGTH = CONTROL_DATA_OFFSET + Long.BYTES;

    /** Room for a control message that names a local IPv4 address. */
    static final int IPV4_SOURCE_CONTROL_LENGTH =
        CONTROL_DATA_OFFSET + BitUtil.align((int)in_pktinfo.sizeof(), Long.BYTES);

    /** Room for a control message that names a local IPv6 address. */
    static final int IPV6_SOURCE_CONTROL_LENGTH =
        CONTROL_DATA_OFFSET + BitUtil.align((int)in6_pktinfo.sizeof(), Long.BYTES);

    /** Room for all control messages of one message: the local address, and the length of the segments. */
    static final int CONTROLS_LENGTH = IPV6_SOURCE_CONTROL_LENGTH + SEGMENT_CONTROL_LENGTH;

    /** Length of one {@code struct iovec}. */
    static final int VECTOR_LENGTH = (int)iovec.sizeof();

    /** Address of a vector's bytes. */
    static final int VECTOR_BASE_OFFSET = (int)iovec.iov_base$offset();

    /** Count of a vector's bytes, {@code size_t}. */
    static final int VECTOR_BYTES_OFFSET = (int)iovec.iov_len$offset();

    private static final int MOST_CONTROLS = 4;
    private static final int CONTROL_SIZE_OFFSET = (int)cmsghdr.cmsg_len$offset();
    private static final int CONTROL_LEVEL_OFFSET = (int)cmsghdr.cmsg_level$offset();
    private static final int CONTROL_TYPE_OFFSET = (int)cmsghdr.cmsg_type$offset();
    private static final int SOL_UDP = Linux.SOL_UDP();
    private static final int UDP_GRO = Linux.UDP_GRO();
    private static final int IPPROTO_IP = Linux.IPPROTO_IP();
    private static final int IP_PKTINFO = Linux.IP_PKTINFO();
    private static final int IPPROTO_IPV6 = Linux.IPPROTO_IPV6();
    private static final int IPV6_PKTINFO = Linux.IPV6_PKTINFO();
    private static final int IPV4_SOURCE_LENGTH = (int)in_pktinfo.sizeof();
    private static final int IPV4_SOURCE_OFFSET = (int)in_pktinfo.ipi_spec_dst$offset();
    private static final int IPV6_SOURCE_LENGTH = (int)in6_pktinfo.sizeof();

    private MessageLayout()
    {
    }

    /** Writes the header of a control message that tells the kernel the length of a run's segments. */
    static void putSegmentControl(final UnsafeBuffer buffer, final int offset)
    {
        final int lengthOffset = offset + (int)cmsghdr.cmsg_len$offset();
        buffer.putLong(lengthOffset, CONTROL_DATA_OFFSET + BitUtil.SIZE_OF_SHORT);
        buffer.putInt(offset + (int)cmsghdr.cmsg_level$offset(), Linux.SOL_UDP());
        buffer.putInt(offset + (int)cmsghdr.cmsg_type$offset(), Linux.UDP_SEGMENT());
    }

    /** The segment length that the kernel tells in a control message of UDP_GRO, or 0 when this is another or none. */
    static int segmentLength(final UnsafeBuffer buffer, final int offset, final long controlLength)
    {
        final int data = controlData(buffer, offset, controlLength, SOL_UDP, UDP_GRO, Integer.BYTES);
        return data >= 0 ? buffer.getInt(data) : 0;
    }

    /** Where a control message's data is, among others, or -1 if it is not there. */
    private static int controlData(
        final UnsafeBuffer buffer,
        final int offset,
        final long controlLength,
        final int level,
        final int type,
        final int dataLength)
    {
        long left = controlLength;
        int at = offset;
        for (int i = 0; i < MOST_CONTROLS && left >= CONTROL_DATA_OFFSET + dataLength; i++)
        {
            final long size = buffer.getLong(at + CONTROL_SIZE_OFFSET);
            if (size >= CONTROL_DATA_OFFSET + dataLength && size <= left &&
                buffer.getInt(at + CONTROL_LEVEL_OFFSET) == level && buffer.getInt(at + CONTROL_TYPE_OFFSET) == type)
            {
                return at + CONTROL_DATA_OFFSET;
            }
            if (size < CONTROL_DATA_OFFSET || size > left)
            {
                return -1;
            }
            final int space = BitUtil.align((int)size, Long.BYTES);
            at += space;
            left -= space;
        }
        return -1;
    }

    /**
     * Finds the local address that a datagram was sent to, as the kernel tells it in a control message.
     *
     * @return the offset of 4 or 16 bytes, or -1 if it is not told.
     */
    static int localAddress(
        final UnsafeBuffer buffer, final int offset, final long controlLength, final boolean ipv6)
    {
        if (ipv6)
        {
            return controlData(buffer, offset, controlLength, IPPROTO_IPV6, IPV6_PKTINFO, IPV6_SOURCE_LENGTH);
        }
        final int data = controlData(buffer, offset, controlLength, IPPROTO_IP, IP_PKTINFO, IPV4_SOURCE_LENGTH);
        return data < 0 ? -1 : data + IPV4_SOURCE_OFFSET;
    }

    /**
     * Writes the control message that has the kernel send from a local address. The interface is the routing table's
     * choice.
     *
     * @return its length with padding, as {@link #sourceControlLength} tells it.
     */
    static int putSourceControl(
        final UnsafeBuffer buffer, final int offset, final long high, final long low, final boolean ipv6)
    {
        final int length = sourceControlLength(ipv6);
        final int data = offset + CONTROL_DATA_OFFSET;
        buffer.setMemory(offset, length, (byte)0);
        buffer.putLong(
            offset + CONTROL_SIZE_OFFSET, CONTROL_DATA_OFFSET + (ipv6 ? IPV6_SOURCE_LENGTH : IPV4_SOURCE_LENGTH));
        buffer.putInt(offset + CONTROL_LEVEL_OFFSET, ipv6 ? IPPROTO_IPV6 : IPPROTO_IP);
        buffer.putInt(offset + CONTROL_TYPE_OFFSET, ipv6 ? IPV6_PKTINFO : IP_PKTINFO);
        if (ipv6)
        {
            buffer.putLong(data, high, ByteOrder.BIG_ENDIAN);
            buffer.putLong(data + Long.BYTES, low, ByteOrder.BIG_ENDIAN);
        }
        else
        {
            buffer.putInt(data + IPV4_SOURCE_OFFSET, (int)low, ByteOrder.BIG_ENDIAN);
        }
        return length;
    }

    static int sourceControlLength(final boolean ipv6)
    {
        return ipv6 ? IPV6_SOURCE_CONTROL_LENGTH : IPV4_SOURCE_CONTROL_LENGTH;
    }

    /**
     * Tells the errors that are about the descriptor or the call from those that are about one datagram.
     *
     * @param result a negative result of a socket call.
     * @return true if calling again cannot help.
     */
    static boolean isFatal(final int result)
    {
        return result == -Errno.EBADF || result == -Errno.ENOTSOCK || result == -Errno.EFAULT;
    }
}
