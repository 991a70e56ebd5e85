package io.shadowmesh.dataplane.device;

import io.shadowmesh.ffi.Errno;
import io.shadowmesh.ffi.linux.Linux;
import io.shadowmesh.ffi.linux.cmsghdr;
import io.shadowmesh.ffi.linux.iovec;
import io.shadowmesh.ffi.linux.mmsghdr;
import io.shadowmesh.ffi.linux.msghdr;
import org.agrona.BitUtil;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * Where the kernel keeps what, in an array of {@code struct mmsghdr}, the {@code struct iovec}s that it names and the
 * one control message of UDP's offloads, and which answers to {@code sendmmsg} and {@code recvmmsg} end the socket's
 * use.
 *
 * <p>Source: sendmmsg(2), recvmmsg(2), cmsg(3), udp(7).
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

    /** Length of one {@code struct iovec}. */
    static final int VECTOR_LENGTH = (int)iovec.sizeof();

    /** Address of a vector's bytes. */
    static final int VECTOR_BASE_OFFSET = (int)iovec.iov_base$offset();

    /** Count of a vector's bytes, {@code size_t}. */
    static final int VECTOR_BYTES_OFFSET = (int)iovec.iov_len$offset();

    private static final int CONTROL_LEVEL_OFFSET = (int)cmsghdr.cmsg_level$offset();
    private static final int CONTROL_TYPE_OFFSET = (int)cmsghdr.cmsg_type$offset();
    private static final int SOL_UDP = Linux.SOL_UDP();
    private static final int UDP_GRO = Linux.UDP_GRO();

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
        final boolean told = controlLength >= CONTROL_DATA_OFFSET + Integer.BYTES &&
            buffer.getInt(offset + CONTROL_LEVEL_OFFSET) == SOL_UDP &&
            buffer.getInt(offset + CONTROL_TYPE_OFFSET) == UDP_GRO;
        return told ? buffer.getInt(offset + CONTROL_DATA_OFFSET) : 0;
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
