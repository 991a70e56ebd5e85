package io.shadowmesh.ffi;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.shadowmesh.ffi.linux.Linux;
import io.shadowmesh.ffi.linux.ifreq;
import io.shadowmesh.ffi.linux.ifreq_ifrn;
import io.shadowmesh.ffi.linux.ifreq_ifru;
import io.shadowmesh.ffi.linux.in_addr;
import io.shadowmesh.ffi.linux.iovec;
import io.shadowmesh.ffi.linux.mmsghdr;
import io.shadowmesh.ffi.linux.msghdr;
import io.shadowmesh.ffi.linux.pollfd;
import io.shadowmesh.ffi.linux.sched_attr;
import io.shadowmesh.ffi.linux.sockaddr_in;
import io.shadowmesh.ffi.linux.timespec;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class SystemCallsTest
{
    private final Arena arena = Arena.ofConfined();
    private final SystemCalls calls = new SystemCalls(arena);

    @AfterEach
    void closeArena()
    {
        arena.close();
    }

    @Test
    void passesBytesThroughASocketPair()
    {
        final int[] pair = socketPair(Linux.SOCK_STREAM());
        final MemorySegment out = arena.allocateFrom("over the wire");
        final MemorySegment in = arena.allocate(64);

        assertEquals(14, calls.write(pair[0], out.address(), out.byteSize()));
        assertEquals(14, calls.read(pair[1], in.address(), in.byteSize()));
        assertEquals("over the wire", in.getString(0));

        assertEquals(0, calls.close(pair[0]));
        assertEquals(0, calls.read(pair[1], in.address(), in.byteSize()));
        assertEquals(0, calls.close(pair[1]));
    }

    @Test
    void gathersAndScatters()
    {
        final int[] pair = socketPair(Linux.SOCK_SEQPACKET());
        final MemorySegment out = arena.allocateFrom("abcdef");
        final MemorySegment in = arena.allocate(16);
        final MemorySegment vectors = iovec.allocateArray(2, arena);
        vector(vectors, 0, out.asSlice(4, 2));
        vector(vectors, 1, out.asSlice(0, 3));
        assertEquals(5, calls.writev(pair[0], vectors.address(), 2));

        vector(vectors, 0, in.asSlice(8, 1));
        vector(vectors, 1, in.asSlice(0, 8));
        assertEquals(5, calls.readv(pair[1], vectors.address(), 2));
        assertEquals('e', in.get(ValueLayout.JAVA_BYTE, 8));
        assertEquals("fabc", in.getString(0));
        closeBoth(pair);
    }

    @Test
    void setsHowAThreadIsScheduled() throws Exception
    {
        final MemorySegment attributes = arena.allocate(sched_attr.layout());
        sched_attr.size(attributes, (int)attributes.byteSize());
        sched_attr.sched_policy(attributes, Linux.SCHED_BATCH());
        // Higher than the test's own, whatever that is: it needs no privilege.
        sched_attr.sched_nice(attributes, 19);
        sched_attr.sched_runtime(attributes, 20_000_000);
        final AtomicReference<String> stat = new AtomicReference<>();
        final Thread thread = new Thread(() ->
        {
            try (Arena own = Arena.ofConfined())
            {
                assertEquals(0, new SystemCalls(own).sched_setattr(0, attributes.address()));
                stat.set(Files.readString(Path.of("/proc/thread-self/stat")));
            }
            catch (final IOException e)
            {
                throw new UncheckedIOException(e);
            }
        });
        thread.start();
        thread.join();
        final String[] fields = stat.get().substring(stat.get().lastIndexOf(')') + 2).split(" ");
        assertEquals("19", fields[19 - 3], "nice, see proc_pid_stat(5)");
        assertEquals("3", fields[41 - 3], "policy");
    }

    @Test
    void returnsErrnoNegated()
    {
        final MemorySegment memory = arena.allocate(8);
        assertEquals(-Errno.EBADF, calls.close(-1));
        assertEquals(-Errno.EBADF, calls.read(-1, memory.address(), 8));
        assertEquals(-Errno.EBADF, calls.setns(-1, Linux.CLONE_NEWNET()));
        assertEquals(-Errno.EBADF, calls.ioctl(-1, Linux.TUNSETIFF(), memory.address()));
        assertEquals(-Errno.EINVAL, calls.unshare(0x1));
        assertEquals(-Errno.EINVAL, calls.sched_setattr(-1, memory.address()));
        assertEquals(-Errno.EAFNOSUPPORT, calls.socket(1000, Linux.SOCK_DGRAM(), 0));
        assertEquals(-Errno.EOPNOTSUPP, calls.socketpair(Linux.AF_INET(), Linux.SOCK_DGRAM(), 0, memory.address()));
        assertEquals(-Errno.EINVAL, calls.clock_gettime(1000, memory.address()));
        assertEquals(-Errno.EINVAL, calls.mmap(0, 0, Linux.PROT_READ(), Linux.MAP_PRIVATE() | Linux.MAP_ANONYMOUS(),
            -1, 0));
    }

    @Test
    void opensFilesWithFlagsAndMode() throws Exception
    {
        final Path folder = Files.createTempDirectory("ffi");
        final Path file = folder.resolve("made");
        final MemorySegment path = arena.allocateFrom(file.toString());
        assertEquals(-Errno.ENOENT, calls.open(path, Linux.O_RDONLY(), 0));

        final int createNew = 0100 | 0200;
        final int fd = calls.open(path, Linux.O_RDWR() | Linux.O_CLOEXEC() | createNew, 0600);
        assertTrue(fd >= 0, () -> Errno.describe(-fd));
        assertEquals(Linux.FD_CLOEXEC(), calls.fcntl(fd, Linux.F_GETFD(), 0));
        assertEquals("[OWNER_READ, OWNER_WRITE]",
            new java.util.TreeSet<>(Files.getPosixFilePermissions(file)).toString());
        assertEquals(-Errno.ENOTTY, calls.ioctl(fd, Linux.TUNGETIFF(), path.address()));
        assertEquals(0, calls.close(fd));
        Files.delete(file);
        Files.delete(folder);
    }

    @Test
    void switchesDescriptorsToNonBlocking()
    {
        final int[] pair = socketPair(Linux.SOCK_DGRAM());
        final MemorySegment in = arena.allocate(8);
        final int flags = calls.fcntl(pair[0], Linux.F_GETFL(), 0);
        assertEquals(0, flags & Linux.O_NONBLOCK());
        assertEquals(0, calls.fcntl(pair[0], Linux.F_SETFL(), flags | Linux.O_NONBLOCK()));
        assertEquals(-Errno.EAGAIN, calls.read(pair[0], in.address(), 8));
        closeBoth(pair);
    }

    @Test
    void countsWakeUpsInAnEventDescriptor()
    {
        final int fd = calls.eventfd(2, Linux.EFD_CLOEXEC() | Linux.EFD_NONBLOCK());
        final MemorySegment count = arena.allocate(ValueLayout.JAVA_LONG);
        count.set(ValueLayout.JAVA_LONG, 0, 40);
        assertEquals(8, calls.write(fd, count.address(), 8));
        assertEquals(8, calls.read(fd, count.address(), 8));
        assertEquals(42, count.get(ValueLayout.JAVA_LONG, 0));
        assertEquals(-Errno.EAGAIN, calls.read(fd, count.address(), 8));
        calls.close(fd);
    }

    @Test
    void waitsForReadinessWithATimeout()
    {
        final int[] pair = socketPair(Linux.SOCK_DGRAM());
        final MemorySegment fds = pollfd.allocateArray(2, arena);
        pollfd.fd(pollfd.asSlice(fds, 0), pair[0]);
        pollfd.events(pollfd.asSlice(fds, 0), (short)Linux.POLLIN());
        pollfd.fd(pollfd.asSlice(fds, 1), pair[1]);
        pollfd.events(pollfd.asSlice(fds, 1), (short)Linux.POLLIN());
        final MemorySegment timeout = timespec.allocate(arena);
        timespec.tv_nsec(timeout, 1000);
        assertEquals(0, calls.ppoll(fds.address(), 2, timeout.address(), 0));

        calls.write(pair[0], fds.address(), 1);
        assertEquals(1, calls.ppoll(fds.address(), 2, 0, 0));
        assertEquals(0, pollfd.revents(pollfd.asSlice(fds, 0)));
        assertEquals(Linux.POLLIN(), pollfd.revents(pollfd.asSlice(fds, 1)));
        closeBoth(pair);
    }

    @Test
    void readsClocksThatDoNotGoBack()
    {
        final MemorySegment time = timespec.allocate(arena);
        assertEquals(0, calls.clock_gettime(Linux.CLOCK_MONOTONIC(), time.address()));
        final long monotonic = timespec.tv_sec(time) * 1_000_000_000L + timespec.tv_nsec(time);
        assertEquals(0, calls.clock_gettime(Linux.CLOCK_BOOTTIME(), time.address()));
        final long boot = timespec.tv_sec(time) * 1_000_000_000L + timespec.tv_nsec(time);
        assertTrue(boot >= monotonic, "boot time counts sleep too");
    }

    @Test
    void sendsAndReceivesDatagramsWithAddresses()
    {
        final int receiver = udpSocket();
        final int sender = udpSocket();
        final MemorySegment to = localAddress(receiver);
        final MemorySegment from = sockaddr_in.allocate(arena);
        final MemorySegment length = arena.allocate(ValueLayout.JAVA_INT);
        length.set(ValueLayout.JAVA_INT, 0, (int)sockaddr_in.sizeof());
        final MemorySegment data = arena.allocateFrom("datagram");
        final MemorySegment in = arena.allocate(64);

        assertEquals(9, calls.sendto(sender, data.address(), 9, 0, to.address(), (int)sockaddr_in.sizeof()));
        assertEquals(9, calls.recvfrom(receiver, in.address(), 64, 0, from.address(), length.address()));
        assertEquals("datagram", in.getString(0));
        assertEquals(sockaddr_in.sizeof(), length.get(ValueLayout.JAVA_INT, 0));
        assertEquals(sockaddr_in.sin_port(localAddress(sender)), sockaddr_in.sin_port(from));
        assertEquals(-Errno.EAGAIN, calls.recvfrom(receiver, in.address(), 64, Linux.MSG_DONTWAIT(), 0, 0));

        assertEquals(0, calls.connect(sender, to.address(), (int)sockaddr_in.sizeof()));
        assertEquals(9, calls.write(sender, data.address(), 9));
        assertEquals(9, calls.read(receiver, in.address(), 64));
        closeBoth(new int[]{receiver, sender});
    }

    @Test
    void sendsAndReceivesMessagesAndBatches()
    {
        final int[] pair = socketPair(Linux.SOCK_DGRAM());
        final MemorySegment data = arena.allocateFrom("0123456789");
        final MemorySegment vectors = iovec.allocateArray(3, arena);
        final MemorySegment batch = mmsghdr.allocateArray(3, arena);
        for (int i = 0; i < 3; i++)
        {
            vector(vectors, i, data.asSlice(i, 3 + i));
            final MemorySegment message = mmsghdr.msg_hdr(mmsghdr.asSlice(batch, i));
            msghdr.msg_iov(message, iovec.asSlice(vectors, i));
            msghdr.msg_iovlen(message, 1);
        }
        assertEquals(3, calls.sendmsg(pair[0], batch.address(), 0));
        assertEquals(3, calls.sendmmsg(pair[0], batch.address(), 3, Linux.MSG_DONTWAIT()));
        assertEquals(3, calls.recvmsg(pair[1], batch.address(), 0));
        assertEquals(3, calls.recvmmsg(pair[1], batch.address(), 3, Linux.MSG_DONTWAIT(), 0));
        for (int i = 0; i < 3; i++)
        {
            assertEquals(3 + i, mmsghdr.msg_len(mmsghdr.asSlice(batch, i)));
        }
        assertEquals(-Errno.EAGAIN, calls.recvmmsg(pair[1], batch.address(), 3, Linux.MSG_DONTWAIT(), 0));
        closeBoth(pair);
    }

    @Test
    void setsAndReadsSocketOptions()
    {
        final int fd = udpSocket();
        final MemorySegment value = arena.allocate(ValueLayout.JAVA_INT, 2);
        value.set(ValueLayout.JAVA_INT, 0, 16384);
        value.set(ValueLayout.JAVA_INT, 4, 4);
        assertEquals(0, calls.setsockopt(fd, Linux.SOL_SOCKET(), Linux.SO_RCVBUF(), value.address(), 4));
        assertEquals(0, calls.getsockopt(fd, Linux.SOL_SOCKET(), Linux.SO_RCVBUF(), value.address(),
            value.address() + 4));
        assertEquals(32768, value.get(ValueLayout.JAVA_INT, 0), "the kernel doubles it, see socket(7)");
        assertEquals(4, value.get(ValueLayout.JAVA_INT, 4));
        assertEquals(-Errno.ENOPROTOOPT, calls.setsockopt(fd, Linux.IPPROTO_IP(), 4095, value.address(), 4));
        calls.close(fd);
    }

    @Test
    void asksInterfacesByIoctl()
    {
        final int fd = udpSocket();
        final MemorySegment request = ifreq.allocate(arena);
        final MemorySegment name = ifreq_ifrn.ifrn_name(ifreq.ifr_ifrn(request));
        name.setString(0, "lo");
        assertEquals(0, calls.ioctl(fd, Linux.SIOCGIFMTU(), request.address()));
        assertTrue(ifreq_ifru.ifru_mtu(ifreq.ifr_ifru(request)) >= 1280);
        name.setString(0, "no-such-device");
        assertEquals(-Errno.ENODEV, calls.ioctl(fd, Linux.SIOCGIFMTU(), request.address()));
        calls.close(fd);
    }

    @Test
    void passesRequestsWithTheHighestBitSet()
    {
        final int fd = calls.open(arena.allocateFrom("/dev/net/tun"), Linux.O_RDWR() | Linux.O_CLOEXEC(), 0);
        assumeTrue(fd >= 0, () -> "skipped: /dev/net/tun does not open: " + Errno.describe(-fd));
        final MemorySegment features = arena.allocate(ValueLayout.JAVA_INT);
        assertTrue(Linux.TUNGETFEATURES() < 0, "an int with the highest bit set");
        assertEquals(0, calls.ioctl(fd, Linux.TUNGETFEATURES(), features.address()));
        assertNotEquals(0, features.get(ValueLayout.JAVA_INT, 0) & Linux.IFF_TUN());
        calls.close(fd);
    }

    @Test
    void mapsProtectsAndUnmapsMemory()
    {
        final int readWrite = Linux.PROT_READ() | Linux.PROT_WRITE();
        final int anonymous = Linux.MAP_PRIVATE() | Linux.MAP_ANONYMOUS();
        final long address = calls.mmap(0, 8192, readWrite, anonymous, -1, 0);
        assertTrue(address > 0);
        assertEquals(0, calls.mprotect(address + 4096, 4096, Linux.PROT_NONE()));

        final int[] pair = socketPair(Linux.SOCK_STREAM());
        NativeMemory.at(address, 4096).setString(4090, "guard");
        assertEquals(6, calls.write(pair[0], address + 4090, 6));
        assertEquals(-Errno.EFAULT, calls.write(pair[0], address + 4096, 1));
        closeBoth(pair);

        assertEquals(0, calls.munmap(address, 8192));
        assertEquals(-Errno.ENOMEM, calls.mprotect(address, 4096, Linux.PROT_READ()));
    }

    @Test
    void endsAViewOfRawMemoryWithItsArena()
    {
        final int[] cleaned = new int[1];
        final MemorySegment memory = arena.allocate(16);
        final MemorySegment view;
        try (Arena shorter = Arena.ofConfined())
        {
            view = NativeMemory.at(memory.address(), 16, shorter, () -> cleaned[0]++);
            view.setString(0, "seen");
        }
        assertEquals(1, cleaned[0]);
        assertEquals("seen", memory.getString(0));
        assertThrows(IllegalStateException.class, () -> view.get(ValueLayout.JAVA_BYTE, 0));
    }

    @Test
    void givesSocketsTheirAddress()
    {
        final int fd = udpSocket();
        final MemorySegment address = localAddress(fd);
        assertEquals(Linux.AF_INET(), sockaddr_in.sin_family(address));
        assertArrayEquals(new byte[]{127, 0, 0, 1},
            sockaddr_in.sin_addr(address).toArray(ValueLayout.JAVA_BYTE));
        assertEquals(-Errno.EADDRINUSE, bind(udpSocketUnbound(), address));
        calls.close(fd);
    }

    private int[] socketPair(final int type)
    {
        final MemorySegment fds = arena.allocate(ValueLayout.JAVA_INT, 2);
        assertEquals(0, calls.socketpair(Linux.AF_UNIX(), type | Linux.SOCK_CLOEXEC(), 0, fds.address()));
        return fds.toArray(ValueLayout.JAVA_INT);
    }

    private int udpSocketUnbound()
    {
        final int fd = calls.socket(Linux.AF_INET(), Linux.SOCK_DGRAM() | Linux.SOCK_CLOEXEC(), 0);
        assertTrue(fd >= 0, () -> Errno.describe(-fd));
        return fd;
    }

    private int udpSocket()
    {
        final int fd = udpSocketUnbound();
        final MemorySegment address = sockaddr_in.allocate(arena);
        sockaddr_in.sin_family(address, (short)Linux.AF_INET());
        in_addr.s_addr(sockaddr_in.sin_addr(address), 0x0100007f);
        assertEquals(0, bind(fd, address));
        return fd;
    }

    private int bind(final int fd, final MemorySegment address)
    {
        return calls.bind(fd, address.address(), (int)sockaddr_in.sizeof());
    }

    private MemorySegment localAddress(final int fd)
    {
        final MemorySegment address = sockaddr_in.allocate(arena);
        final MemorySegment length = arena.allocate(ValueLayout.JAVA_INT);
        length.set(ValueLayout.JAVA_INT, 0, (int)sockaddr_in.sizeof());
        assertEquals(0, calls.getsockname(fd, address.address(), length.address()));
        return address;
    }

    private static void vector(final MemorySegment vectors, final int index, final MemorySegment bytes)
    {
        final MemorySegment vector = iovec.asSlice(vectors, index);
        iovec.iov_base(vector, bytes);
        iovec.iov_len(vector, bytes.byteSize());
    }

    private void closeBoth(final int[] fds)
    {
        assertEquals(0, calls.close(fds[0]));
        assertEquals(0, calls.close(fds[1]));
    }
}
