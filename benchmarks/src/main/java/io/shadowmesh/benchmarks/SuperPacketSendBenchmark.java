package io.shadowmesh.benchmarks;

import io.shadowmesh.dataplane.crypto.Suite;
import io.shadowmesh.dataplane.device.UdpOptions;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.TearDown;

import java.io.IOException;

/**
 * The whole send path with super-packets, per segment of three of 48, which is a duty cycle's most: put into the ring,
 * their peer found, split, sealed into the outbox's slab, sent in runs by {@code sendmmsg(2)} with UDP_SEGMENT to a
 * {@link DrainedSocket} with receive offload, the ring's memory given back. The send agent is the tunnel's own.
 *
 * <p>A key seals 2^28 frames: a fork of more would fail here, by design.
 */
public class SuperPacketSendBenchmark extends DataPathBenchmark
{
    /** Whether the receiver takes partial checksums, or they are made. */
    @Param({"true", "false"})
    public boolean partialChecksums;

    /** The AEAD's provider; auto is the fastest of this machine. */
    @Param("auto")
    public String provider;

    /** The AEAD. */
    @Param("AES_256_GCM")
    public Suite suite;

    private DrainedSocket drained;
    private SuperPacketSource source;

    /** For JMH. */
    public SuperPacketSendBenchmark()
    {
    }

    /**
     * Opens the sockets and makes everything between them.
     *
     * @throws IOException if a socket cannot be opened.
     */
    @Setup
    public void open() throws IOException
    {
        // JMH counts what closing allocates, to link its calls above all: a first time, it is done here.
        new DrainedSocket(UdpOptions.defaults()).close();

        drained = new DrainedSocket(UdpOptions.defaults().coalescing(true));
        source = new SuperPacketSource(drained.address(), provider, suite, partialChecksums);
    }

    /** Closes them; fails if nothing came through. */
    @TearDown
    public void close()
    {
        final long received = drained.messages();
        drained.close();
        source.close();
        if (0 == received)
        {
            throw new IllegalStateException("no datagram has reached the drained socket");
        }
    }

    /**
     * Sends three super-packets.
     *
     * @return how many datagrams the kernel took.
     */
    @Benchmark
    @OperationsPerInvocation(SuperPacketSource.SEGMENTS)
    public long send()
    {
        return source.send();
    }
}
