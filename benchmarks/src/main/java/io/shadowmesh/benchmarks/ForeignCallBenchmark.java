package io.shadowmesh.benchmarks;

import io.shadowmesh.dataplane.device.DeviceException;
import io.shadowmesh.dataplane.device.SocketAddressCodec;
import io.shadowmesh.dataplane.device.UdpOptions;
import io.shadowmesh.dataplane.device.UdpSocket;
import io.shadowmesh.ffi.SystemCalls;
import io.shadowmesh.ffi.linux.Linux;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.TearDown;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.net.InetAddress;
import java.net.InetSocketAddress;

/**
 * The same C functions by each of the ways to call C from Java, errno kept in all: ours, the linker's own capture, JNA
 * and jnr-ffi. {@link ChannelBenchmark} has the JDK's channels.
 */
public class ForeignCallBenchmark extends DataPathBenchmark
{
    private static final int PACKET_LENGTH = 1400;
    private static final int DONT_WAIT = Linux.MSG_DONTWAIT();

    /** Who calls: ShadowMesh (stub), the foreign function API alone (captured), JNA, jnr-ffi. */
    @Param({"stub", "captured", "jna", "jnr-ffi"})
    public String binding;

    private Arena arena;
    private ForeignCalls calls;
    private int readEnd;
    private int writeEnd;
    private UdpSocket socket;
    private DrainedSocket drained;
    private long packet;
    private long sockaddr;
    private int sockaddrLength;

    /** For JMH. */
    public ForeignCallBenchmark()
    {
    }

    /**
     * Opens a pipe and a socket.
     *
     * @throws DeviceException if a socket cannot be opened.
     */
    @Setup
    public void open() throws DeviceException
    {
        // JMH counts what closing allocates, to link its calls above all: a first time, it is done here.
        new DrainedSocket(UdpOptions.defaults()).close();

        arena = Arena.ofConfined();
        calls = switch (binding)
        {
            case "stub" -> new StubCalls(arena);
            case "captured" -> new CapturedCalls(arena);
            case "jna" -> new JnaCalls();
            case "jnr-ffi" -> new JnrCalls();
            default -> throw new IllegalArgumentException("there is no binding " + binding);
        };
        final MemorySegment ends = arena.allocate(ValueLayout.JAVA_INT, 2);
        pipe(ends);
        readEnd = ends.getAtIndex(ValueLayout.JAVA_INT, 0);
        writeEnd = ends.getAtIndex(ValueLayout.JAVA_INT, 1);

        drained = new DrainedSocket(UdpOptions.defaults());
        socket = UdpSocket.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), UdpOptions.defaults());
        sockaddr = arena.allocate(SocketAddressCodec.SLOT_LENGTH, Long.BYTES).address();
        final MemorySegment length = arena.allocateFrom(ValueLayout.JAVA_INT, SocketAddressCodec.SLOT_LENGTH);
        Descriptors.checked(
            new SystemCalls(arena).getsockname(drained.fileDescriptor(), sockaddr, length.address()));
        sockaddrLength = length.get(ValueLayout.JAVA_INT, 0);
        packet = arena.allocate(PACKET_LENGTH, Long.BYTES).address();
        if (labs() != packet || getppid() <= 0 || pipe() != PACKET_LENGTH || sendto() != PACKET_LENGTH)
        {
            throw new IllegalStateException("a call by " + binding + " failed");
        }
    }

    /** Nothing of the project needs pipe(2), so that the bindings have none. */
    @SuppressWarnings("restricted")
    private static void pipe(final MemorySegment ends)
    {
        final Linker linker = Linker.nativeLinker();
        final int result;
        try
        {
            result = (int)linker.downcallHandle(
                linker.defaultLookup().find("pipe").orElseThrow(),
                FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.ADDRESS)).invokeExact(ends);
        }
        catch (final Throwable t)
        {
            throw new AssertionError("pipe(2) is linked wrongly", t);
        }
        if (result != 0)
        {
            throw new IllegalStateException("there is no pipe to be had");
        }
    }

    /** Closes them. */
    @TearDown
    public void close()
    {
        drained.close();
        socket.close();
        final SystemCalls closing = new SystemCalls(arena);
        closing.close(readEnd);
        closing.close(writeEnd);
        arena.close();
    }

    /**
     * Calls C and comes back, without the kernel.
     *
     * @return a positive number.
     */
    @Benchmark
    public long labs()
    {
        return calls.labs(-packet);
    }

    /**
     * Enters the kernel and comes back.
     *
     * @return the parent's process ID.
     */
    @Benchmark
    public int getppid()
    {
        return calls.getppid();
    }

    /**
     * Writes 1400 bytes into a pipe and reads them: two calls.
     *
     * @return 1400.
     */
    @Benchmark
    public long pipe()
    {
        return Math.min(
            calls.write(writeEnd, packet, PACKET_LENGTH), calls.read(readEnd, packet, PACKET_LENGTH));
    }

    /**
     * Sends 1400 bytes to a drained loopback socket.
     *
     * @return 1400.
     */
    @Benchmark
    public long sendto()
    {
        return calls.sendto(socket.fileDescriptor(), packet, PACKET_LENGTH, DONT_WAIT, sockaddr, sockaddrLength);
    }
}
