package io.shadowmesh.cli;

import io.shadowmesh.dataplane.Tunnel;
import io.shadowmesh.dataplane.TunnelBuilder;
import io.shadowmesh.dataplane.ThreadingMode;
import io.shadowmesh.dataplane.TunnelPeer;
import io.shadowmesh.dataplane.address.IpPrefix;
import io.shadowmesh.dataplane.crypto.Aead;
import io.shadowmesh.dataplane.crypto.Suite;
import io.shadowmesh.dataplane.device.TunDevice;
import io.shadowmesh.dataplane.identity.Identity;
import io.shadowmesh.ffi.SystemCalls;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.concurrent.locks.LockSupport;

/**
 * Has the JVM compile the data path right after a start, for what it will meet later: small packets and super-packets,
 * both ways. Two tunnels of this process carry them over loopback for some tenths of a second, with {@link RehearsalWire}s
 * in the place of devices and identities that nobody else ever sees, at a priority below everybody's. Without it the
 * first packets are carried by code that has not been compiled, and where the traffic turns or grows, by code that was
 * compiled for what came before, and is given up.
 *
 * <p>After that the JVM has little left to compile, and its compilers give way further: {@link CompilerThreads}. On a
 * machine that is busy, where the warm-up does not get far, they do not: the data path would not be compiled for long.
 *
 * <p>Where it does not work, as without loopback, nothing is lost but the time that it takes. Its tunnels log nothing but
 * at debug.
 *
 * <p><b>Threading:</b> a thread of its own, and those of its tunnels, all in one group.
 */
final class WarmUp
{
    private static final System.Logger LOG = System.getLogger("io.shadowmesh.node");
    private static final ThreadGroup THREADS = new ThreadGroup("warm-up");
    private static final int NICE = 19;
    /** So that what waited for the node goes first. */
    private static final long DELAY_NS = 100_000_000;
    private static final Duration LONGEST = Duration.ofMillis(450);
    private static final int ROUNDS = 800;
    private static final int ROUNDS_BETWEEN_SUPER_PACKETS = 8;
    /** Of packets, for the JVM to know what to compile; less where there is no processor to spare. */
    private static final int ENOUGH = 150;
    private static final int PATIENCE = 50;
    private static final long PAUSE_NS = 10_000;
    private static final String LOOPBACK = "127.0.0.1";
    private static final String INSIDE_A = "10.10.10.3";
    private static final String INSIDE_B = "10.10.10.4";

    /** What came out of the tunnels: packets, and the bytes of the longest. */
    record Carried(int packets, int longest)
    {
    }

    private WarmUp()
    {
    }

    /** Whether the calling thread is one of a warm-up's. */
    static boolean isUnderWay()
    {
        return Thread.currentThread().getThreadGroup() == THREADS;
    }

    /** Begins one that ends by itself. */
    static void start(final Aead aead, final Suite suite, final ThreadingMode threading)
    {
        final Thread thread = new Thread(THREADS, () ->
        {
            LockSupport.parkNanos(DELAY_NS);
            try
            {
                giveWay();
                final Carried carried = run(aead, suite, threading, LONGEST);
                LOG.log(System.Logger.Level.DEBUG, "warm-up: " + carried);
                if (carried.packets() >= ENOUGH)
                {
                    CompilerThreads.giveWayToAll();
                }
            }
            catch (final IOException | RuntimeException e)
            {
                LOG.log(System.Logger.Level.DEBUG, "no warm-up: " + Diagnosis.oneLine(e));
            }
        }, "warm-up");
        thread.setDaemon(true);
        thread.start();
    }

    /** Does it here and now, for so long at most. */
    static Carried run(final Aead aead, final Suite suite, final ThreadingMode threading, final Duration longest)
        throws IOException
    {
        final long begunNs = System.nanoTime();
        final Identity a = Identity.generate();
        final Identity b = Identity.generate();
        try (RehearsalWire wireA = new RehearsalWire(INSIDE_A, INSIDE_B);
            RehearsalWire wireB = new RehearsalWire(INSIDE_B, INSIDE_A);
            Tunnel tunnelB = tunnel(aead, suite, threading, wireB.device()).identity(b)
                .peer(TunnelPeer.builder(a.peerId()).allowedIp(IpPrefix.parse(INSIDE_A)).build()).start();
            Tunnel tunnelA = tunnel(aead, suite, threading, wireA.device()).identity(a)
                .peer(TunnelPeer.builder(b.peerId()).allowedIp(IpPrefix.parse(INSIDE_B))
                    .endpoint(LOOPBACK, tunnelB.localAddress().getPort()).build()).start())
        {
            tunnelA.wake(b.peerId());
            final Traffic traffic = new Traffic();
            for (int i = 0; i < ROUNDS && System.nanoTime() - begunNs < longest.toNanos(); i++)
            {
                traffic.pings(wireA, wireB);
                if (i % ROUNDS_BETWEEN_SUPER_PACKETS == 0)
                {
                    traffic.superPacket(wireA, wireB);
                    traffic.superPacket(wireB, wireA);
                }
            }
            return new Carried(traffic.packets, traffic.longest);
        }
    }

    private static TunnelBuilder tunnel(
        final Aead aead, final Suite suite, final ThreadingMode threading, final TunDevice device) throws IOException
    {
        final TunnelBuilder builder = Tunnel.builder().device(device).aead(aead).suite(suite)
            .bind(new InetSocketAddress(InetAddress.getByName(LOOPBACK), 0));
        return threading == null ? builder : builder.threading(threading);
    }

    private static void giveWay() throws IOException
    {
        if (BatchSchedule.processNice() < NICE)
        {
            try (Arena arena = Arena.ofConfined())
            {
                BatchSchedule.set(
                    new SystemCalls(arena), arena, BatchSchedule.SELF, NICE, BatchSchedule.USUAL_SLICE);
            }
        }
    }

    /** What goes through the tunnels, each packet awaited for a while. */
    private static final class Traffic
    {
        private int packets;
        private int longest;

        void pings(final RehearsalWire a, final RehearsalWire b)
        {
            a.ping();
            await(b);
            b.ping();
            await(a);
        }

        /** It comes out whole, or in several. */
        void superPacket(final RehearsalWire from, final RehearsalWire to)
        {
            from.sendSuperPacket();
            await(to);
            to.acknowledge();
            await(from);
            while (take(to))
            {
                to.acknowledge();
            }
        }

        private void await(final RehearsalWire wire)
        {
            for (int i = 0; i < PATIENCE && !take(wire); i++)
            {
                LockSupport.parkNanos(PAUSE_NS);
            }
        }

        private boolean take(final RehearsalWire wire)
        {
            final int length = wire.receive();
            if (length > 0)
            {
                packets++;
                longest = Math.max(longest, length);
            }
            return length > 0;
        }
    }
}
