package io.shadowmesh.cli;

import io.shadowmesh.ffi.Errno;
import io.shadowmesh.ffi.SystemCalls;
import io.shadowmesh.ffi.linux.Linux;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;

/** The service manager's end of {@code NOTIFY_SOCKET}: a datagram socket that takes what services say of themselves. */
public final class ServiceManager implements AutoCloseable
{
    private static final int ADDRESS_LENGTH = 110;
    private static final int MESSAGE_LENGTH = 4096;

    private final Arena arena = Arena.ofShared();
    private final SystemCalls calls = new SystemCalls(arena);
    private final MemorySegment message = arena.allocate(MESSAGE_LENGTH, Long.BYTES);
    private final int fd;

    /**
     * Listens.
     *
     * @param name a path, or an abstract name behind {@code @}.
     */
    public ServiceManager(final String name)
    {
        final byte[] path = name.getBytes(StandardCharsets.UTF_8);
        final boolean isAbstract = path[0] == '@';
        path[0] = isAbstract ? 0 : path[0];
        final MemorySegment address = arena.allocate(ADDRESS_LENGTH, Long.BYTES);
        address.set(ValueLayout.JAVA_SHORT, 0, (short)Linux.AF_UNIX());
        MemorySegment.copy(path, 0, address, ValueLayout.JAVA_BYTE, Short.BYTES, path.length);
        fd = calls.socket(Linux.AF_UNIX(), Linux.SOCK_DGRAM() | Linux.SOCK_CLOEXEC() | Linux.SOCK_NONBLOCK(), 0);
        final int bound = calls.bind(fd, address.address(), Short.BYTES + path.length + (isAbstract ? 0 : 1));
        if (fd < 0 || bound < 0)
        {
            throw new IllegalStateException("bind(" + name + "): " + Errno.describe(-Math.min(fd, bound)));
        }
    }

    /** @return the next message, or null where there is none yet. */
    public String next()
    {
        final long length = calls.recvfrom(fd, message.address(), MESSAGE_LENGTH, 0, 0, 0);
        if (length < 0)
        {
            if (length != -Errno.EAGAIN)
            {
                throw new IllegalStateException("recvfrom: " + Errno.describe((int)-length));
            }
            return null;
        }
        return new String(message.asSlice(0, length).toArray(ValueLayout.JAVA_BYTE), StandardCharsets.UTF_8);
    }

    @Override
    public void close()
    {
        calls.close(fd);
        arena.close();
    }
}
