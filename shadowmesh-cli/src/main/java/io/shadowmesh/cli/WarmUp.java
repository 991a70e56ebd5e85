package io.shadowmesh.cli;

import io.shadowmesh.dataplane.ThreadingMode;
import io.shadowmesh.dataplane.Tunnel;
import io.shadowmesh.dataplane.TunnelBuilder;
import io.shadowmesh.dataplane.TunnelPeer;
import io.shadowmesh.dataplane.address.IpPrefix;
import io.shadowmesh.dataplane.crypto.Aead;
import io.shadowmesh.dataplane.crypto.Suite;
import io.shadowmesh.dataplane.device.TunDevice;
import io.shadowmesh.dataplane.identity.Identity;
import io.shadowmesh.ffi.Errno;
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
 * in the place of devices and identities that nobody else ever sees, at a lower priority than the node's own threads.
 * Without it the first packets are carried by code that has not been compiled, and where the traffic turns or grows, by
 * code that was compiled for what came before, and is given up.
 *
 * <p>After one that got on, the JVM's compilers give way further: {@link CompilerThreads}. On a machine that is busy it
 * ends early, and they do not: the data path would not be compiled for long.
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
    /** Longer, and others have the processors: a thread that waits for one can hold up the whole JVM. */
    private static final Duration LONGEST_ROUND = Duration.ofMillis(50);

    /** What came out of the tunnels: packets, and the bytes of the longest. */
    record Carried(int packets, int longest)
    {
    }

    private WarmUp()
    {
    }

    /** Whether the calling thread is one of a warm-up's. */
    static boolean isOneOfItsThreads()
    {
        return Thread.currentThread().getThreadGroup() == THREADS;
    }

    /** Begins one that ends by itself. */
    static void start(final Aead aead, final Suite suite, final ThreadingMode threading)
    {
        final Thread thread = new Thread(THREADS, () ->
        {
            LockSupport.parkNanos(DELAY_NS);
            if (giveWay() && attempt(aead, suite, threading, LONGEST).packets() >= ENOUGH)
            {
                CompilerThreads.giveWayToAll();
                LOG.log(System.Logger.Level.DEBUG, "warm-up: enough for the compilers to wait");
            }
        }, "warm-up");
        thread.setDaemon(true);
        thread.start();
    }

    /** Does it here and now, for so long at most, if it can be done. */
    static Carried attempt(final Aead aead, final Suite suite, final ThreadingMode threading, final Duration longest)
    {
        Carried carried = new Carried(0, 0);
        try
        {
            carried = run(aead, suite, threading, longest, LONGEST_ROUND);
            LOG.log(System.Logger.Level.DEBUG, "warm-up: " + carried);
        }
        catch (final IOException | RuntimeException | LinkageError | OutOfMemoryError e)
        {
            LOG.log(System.Logger.Level.DEBUG, "no warm-up: " + Diagnosis.oneLine(e));
        }
        return carried;
    }

    /** The same, and says what is in the way; ends after a round of more than so long. */
    static Carried run(
        final Aead aead,
        final Suite suite,
        final ThreadingMode threading,
        final Duration longest,
        final Duration longestRound) throws IOException
    {
        final long endNs = System.nanoTime() + longest.toNanos();
        final Identity a = Identity.generate();
        final Identity b = Identity.generate();
        try (RehearsalWire wireA = new RehearsalWire(RehearsalWire.INSIDE_A, RehearsalWire.INSIDE_B);
            RehearsalWire wireB = new RehearsalWire(RehearsalWire.INSIDE_B, RehearsalWire.INSIDE_A);
            Tunnel tunnelB = tunnel(aead, suite, threading, wireB.device()).identity(b)
                .peer(TunnelPeer.builder(a.peerId()).allowedIp(IpPrefix.parse(RehearsalWire.INSIDE_A)).build()).start();
            Tunnel tunnelA = tunnel(aead, suite, threading, wireA.device()).identity(a)
                .peer(TunnelPeer.builder(b.peerId()).allowedIp(IpPrefix.parse(RehearsalWire.INSIDE_B))
                    .endpoint(RehearsalWire.LOOPBACK, tunnelB.localAddress().getPort()).build()).start())
        {
            tunnelA.wake(b.peerId());
            final Traffic traffic = new Traffic();
            while (traffic.packets == 0 && System.nanoTime() - endNs < 0)
            {
                traffic.ping(wireA, wireB);
            }
            long nowNs = System.nanoTime();
            long roundNs = 0;
            for (int i = 0; i < ROUNDS && nowNs - endNs < 0 && roundNs <= longestRound.toNanos(); i++)
            {
                traffic.ping(wireA, wireB);
                traffic.ping(wireB, wireA);
                if (i % ROUNDS_BETWEEN_SUPER_PACKETS == 0)
                {
                    traffic.superPacket(wireA, wireB);
                    traffic.superPacket(wireB, wireA);
                }
                roundNs = System.nanoTime() - nowNs;
                nowNs += roundNs;
            }
            return new Carried(traffic.packets, traffic.longest);
        }
    }

    private static TunnelBuilder tunnel(
        final Aead aead, final Suite suite, final ThreadingMode threading, final TunDevice device) throws IOException
    {
        final TunnelBuilder builder = Tunnel.builder().device(device).aead(aead).suite(suite)
            .bind(new InetSocketAddress(InetAddress.getByName(RehearsalWire.LOOPBACK), 0));
        return threading == null ? builder : builder.threading(threading);
    }

    /** Whether it could be had that this thread, and those that it starts, give way to the process's others. */
    private static boolean giveWay()
    {
        try (Arena arena = Arena.ofConfined())
        {
            final int result = !BatchSchedule.isLowerThanProcess(NICE) ? 0 : BatchSchedule.set(
                new SystemCalls(arena), arena, BatchSchedule.SELF, NICE, BatchSchedule.USUAL_SLICE);
            if (result < 0)
            {
                LOG.log(System.Logger.Level.DEBUG, "no warm-up: it could not give way: " + Errno.describe(-result));
            }
            return result >= 0;
        }
        catch (final IOException e)
        {
            LOG.log(System.Logger.Level.DEBUG, "no warm-up: " + Diagnosis.oneLine(e));
            return false;
        }
    }

    /** What goes through the tunnels, each packet awaited for a while. */
    private static final class Traffic
    {
        private int packets;
        private int longest;

        void ping(final RehearsalWire from, final RehearsalWire to)
        {
            from.ping();
            await(to);
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
