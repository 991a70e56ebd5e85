package io.shadowmesh.dataplane.device;

import io.shadowmesh.ffi.Errno;
import io.shadowmesh.ffi.linux.iovec;
import io.shadowmesh.ffi.linux.mmsghdr;
import io.shadowmesh.ffi.linux.msghdr;

/**
 * Where the kernel keeps what, in an array of {@code struct mmsghdr} and the {@code struct iovec}s that it names, and
 * which answers to {@code sendmmsg} and {@code recvmmsg} end the socket's use.
 *
 * <p>Source: sendmmsg(2), recvmmsg(2).
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

    /** Length of one {@code struct iovec}. */
    static final int VECTOR_LENGTH = (int)iovec.sizeof();

    /** Address of a vector's bytes. */
    static final int VECTOR_BASE_OFFSET = (int)iovec.iov_base$offset();

    /** Count of a vector's bytes, {@code size_t}. */
    static final int VECTOR_BYTES_OFFSET = (int)iovec.iov_len$offset();

    private MessageLayout()
    {
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
