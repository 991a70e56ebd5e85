package io.shadowmesh.dataplane.host;

import io.shadowmesh.dataplane.device.DeviceException;
import io.shadowmesh.ffi.Errno;
import io.shadowmesh.ffi.SystemCalls;
import io.shadowmesh.ffi.linux.Linux;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;

/**
 * The datagram socket by which a service tells its manager how it is. The manager names it in {@code NOTIFY_SOCKET}: the
 * path of a socket, or an abstract name behind {@code @}.
 *
 * <p>The JDK's Unix domain sockets are streams alone, so this one is made by system calls.
 *
 * <p><b>Threading:</b> any; each message is a datagram of its own.
 *
 * <p>Source: sd_notify(3), unix(7).
 */
public final class ServiceSocket
{
    private static final int PATH_OFFSET = 2;
    private static final int PATH_LENGTH = 108;

    private final byte[] address;

    /**
     * A socket of a name; nothing is opened yet.
     *
     * @param name as {@code NOTIFY_SOCKET} has it.
     * @throws IllegalArgumentException if it cannot be a socket's name.
     */
    public ServiceSocket(final String name)
    {
        address = name.getBytes(StandardCharsets.UTF_8);
        final boolean isAbstract = name.startsWith("@");
        if (!isAbstract && !name.startsWith("/") || address.length < 2 || address.length >= PATH_LENGTH)
        {
            throw new IllegalArgumentException("NOTIFY_SOCKET: '" + name + "' is no socket's name");
        }
        if (isAbstract)
        {
            address[0] = 0;
        }
    }

    /**
     * Sends one message.
     *
     * @param message lines of {@code KEY=value}.
     * @throws DeviceException if it does not arrive.
     */
    public void send(final String message) throws DeviceException
    {
        final byte[] text = message.getBytes(StandardCharsets.UTF_8);
        try (Arena arena = Arena.ofConfined())
        {
            final SystemCalls calls = new SystemCalls(arena);
            final MemorySegment to = arena.allocate(PATH_OFFSET + PATH_LENGTH, Long.BYTES);
            to.set(ValueLayout.JAVA_SHORT, 0, (short)Linux.AF_UNIX());
            MemorySegment.copy(address, 0, to, ValueLayout.JAVA_BYTE, PATH_OFFSET, address.length);
            // A path ends with a NUL, an abstract name with the length.
            final int length = PATH_OFFSET + address.length + (0 == address[0] ? 0 : 1);
            final MemorySegment bytes = arena.allocateFrom(ValueLayout.JAVA_BYTE, text);

            final int fd = calls.socket(Linux.AF_UNIX(), Linux.SOCK_DGRAM() | Linux.SOCK_CLOEXEC(), 0);
            if (fd < 0)
            {
                throw new DeviceException("socket(AF_UNIX): " + Errno.describe(-fd), -fd);
            }
            final long sent = calls.sendto(fd, bytes.address(), text.length, 0, to.address(), length);
            calls.close(fd);
            if (sent < 0)
            {
                throw new DeviceException("cannot tell the service manager: " + Errno.describe((int)-sent), (int)-sent);
            }
        }
    }
}
