package io.shadowmesh.dataplane;

import io.shadowmesh.dataplane.address.IpPrefix;
import io.shadowmesh.dataplane.device.DeviceException;
import io.shadowmesh.dataplane.frame.SealedFrame;
import io.shadowmesh.dataplane.session.Peer;
import io.shadowmesh.dataplane.status.EchoReply;

import java.io.IOException;
import java.math.BigInteger;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/**
 * Measures what arrives at a peer of what this host sends it through the tunnel. Nothing listens for it over there: the
 * peer's node counts what it opens, and tells in its answers to echoes.
 *
 * <ol>
 * <li>a source on this host sends UDP into the tunnel's device: see {@link BenchSource};</li>
 * <li>it goes no faster than the tunnel takes it off the device, so that nothing is lost in front of it;</li>
 * <li>some times a second an echo asks the peer what has come; between two answers lies one interval;</li>
 * <li>unless a rate is given it is searched for: doubled while less than 1 % is lost, then adjusted.</li>
 * </ol>
 *
 * <p>An interval in which new keys came is left out, as the peer's counts begin anew with them.
 *
 * <p><b>Threading:</b> one thread, that of {@link #run}.
 */
final class PeerBench
{
    private static final long REPORT_NS = TimeUnit.MILLISECONDS.toNanos(250);
    private static final long LOST_NS = TimeUnit.SECONDS.toNanos(1);
    private static final long SILENCE_NS = TimeUnit.SECONDS.toNanos(15);
    private static final long PAUSE_NS = TimeUnit.MICROSECONDS.toNanos(50);
    private static final long STUCK_NS = TimeUnit.MILLISECONDS.toNanos(100);
    private static final double NS_PER_SECOND = 1e9;
    /** So many packets, or so much time's worth, may wait for the cipher: less than its queue would drop of. */
    private static final int WINDOW = 512;
    private static final double WINDOW_SECONDS = 0.004;
    private static final double RUN_SECONDS = 0.002;
    private static final int RUNS_AT_ONCE = 8;
    private static final int LONGEST_SEARCH = 40;
    private static final double FIRST_RATE = 20e6;
    private static final double TOLERATED_LOSS = 0.01;
    private static final double SHORTFALL = 0.7;
    private static final int SHORTFALLS_OF_A_LIMIT = 3;
    private static final double FASTER = 1.05;
    private static final double SLOWER = 0.85;
    private static final int ADDRESSES_TRIED = 16;

    /** Who hears of each interval. */
    interface Listener
    {
        /** An interval has been measured; a searched one is not part of the result. */
        void onInterval(boolean searching, BenchResult interval) throws IOException;
    }

    private final BlockingQueue<EchoReply> replies = new LinkedBlockingQueue<>();
    private final Tunnel tunnel;
    private final Peer peer;
    private final BenchLimits limits;
    private final int packetLength;
    private final boolean searches;

    private double rate;
    private double credit;
    private long creditNs;
    private long offered;
    private long reportedOffered;
    private long enteredBase;
    private long progressNs;
    private long entered;
    private boolean searching;
    private boolean asked;
    private long askedNs;
    private long repliedNs;
    private int shortfalls;
    private EchoReply last;
    private BenchResult total;

    PeerBench(final Tunnel tunnel, final Peer peer, final BenchLimits limits, final int mtu)
    {
        this.tunnel = tunnel;
        this.peer = peer;
        this.limits = limits;
        this.packetLength = 0 == limits.packetLength() ? mtu : Math.min(mtu, limits.packetLength());
        this.searches = 0 == limits.bitsPerSecond();
        this.rate = searches ? FIRST_RATE : limits.bitsPerSecond();
        this.searching = searches;
        this.total = new BenchResult(0, 0, 0, 0, 0, 0, packetLength);
    }

    /** An address that is sent to the peer: one that surely is its, where its prefixes tell, else any that is not ours. */
    static InetAddress destination(final List<Peer> peers, final Peer peer, final String device) throws IOException
    {
        final NetworkInterface own = NetworkInterface.getByName(device);
        final List<InetAddress> ours = null == own ? List.of() : own.inetAddresses().toList();
        final List<IpPrefix> narrowFirst = new ArrayList<>(peer.allowedIps());
        narrowFirst.sort(Comparator.comparingInt(prefix -> bits(prefix) - prefix.length()));
        for (final IpPrefix prefix : narrowFirst)
        {
            final boolean one = bits(prefix) == prefix.length();
            for (int i = one ? 0 : 1; i < (one ? 1 : ADDRESSES_TRIED); i++)
            {
                final InetAddress candidate = address(prefix.network(), i);
                if (prefix.contains(candidate) && !ours.contains(candidate) &&
                    peer == PeerChoice.of(peers, candidate.getHostAddress()))
                {
                    return candidate;
                }
            }
        }
        throw new IllegalArgumentException(peer + " has no address that packets can be sent to: give it allowed IPs");
    }

    private static int bits(final IpPrefix prefix)
    {
        return prefix.isIpv6() ? 2 * Long.SIZE : Integer.SIZE;
    }

    private static InetAddress address(final IpPrefix network, final int number) throws UnknownHostException
    {
        final byte[] first = network.address().getAddress();
        final byte[] sum = new BigInteger(1, first).add(BigInteger.valueOf(number)).toByteArray();
        final byte[] bytes = new byte[first.length];
        for (int i = 1; i <= Math.min(bytes.length, sum.length); i++)
        {
            bytes[bytes.length - i] = sum[sum.length - i];
        }
        return InetAddress.getByAddress(bytes);
    }

    BenchResult run(final InetAddress to, final BooleanSupplier enough, final Listener listener)
        throws IOException, InterruptedException
    {
        try (BenchSource source = new BenchSource(tunnel.deviceName(), to, packetLength))
        {
            return measure(source, enough, listener);
        }
        catch (final DeviceException e)
        {
            throw new IOException("cannot send into " + tunnel.deviceName() + ": " + e.getMessage(), e);
        }
    }

    private BenchResult measure(final BenchSource source, final BooleanSupplier enough, final Listener listener)
        throws IOException, InterruptedException
    {
        creditNs = System.nanoTime();
        progressNs = creditNs;
        repliedNs = creditNs;
        enteredBase = peer.packetsSent();
        int searched = 0;
        ask(creditNs);
        while (total.ns() < TimeUnit.SECONDS.toNanos(limits.seconds()) && !enough.getAsBoolean())
        {
            final long nowNs = System.nanoTime();
            final EchoReply reply = replies.poll();
            if (null != reply)
            {
                repliedNs = nowNs;
                final BenchResult interval = since(reply);
                if (null != interval)
                {
                    listener.onInterval(searching, interval);
                    total = searching ? total : total.plus(interval);
                    searching = searching && ++searched < LONGEST_SEARCH;
                    adjust(interval);
                }
            }
            askIfDue(nowNs);
            if (!offer(source, nowNs))
            {
                LockSupport.parkNanos(PAUSE_NS);
            }
            if (Thread.interrupted())
            {
                throw new InterruptedException();
            }
        }
        return total;
    }

    /** The next echo goes when the last is answered or lost; an answer that is late counts all the same. */
    private void askIfDue(final long nowNs)
    {
        final long rttNs = null == last ? 0 : last.rttNs();
        if (nowNs - askedNs >= (asked ? Math.max(LOST_NS, 2 * rttNs) : Math.max(REPORT_NS, 2 * rttNs)))
        {
            ask(nowNs);
        }
        if (nowNs - repliedNs >= SILENCE_NS)
        {
            throw new IllegalStateException(peer + " has not answered an echo for " +
                TimeUnit.NANOSECONDS.toSeconds(SILENCE_NS) + " s: the path to it may be down, or too full");
        }
    }

    private void ask(final long nowNs)
    {
        asked = true;
        askedNs = nowNs;
        final CompletableFuture<EchoReply> future = new CompletableFuture<>();
        future.thenAccept(replies::add);
        tunnel.probe(peer, future);
    }

    /** What has come between the last reply and this; null where there is none to compare with. */
    private BenchResult since(final EchoReply reply)
    {
        asked = false;
        final EchoReply before = last;
        last = reply;
        final long offeredNow = offered - reportedOffered;
        reportedOffered = offered;
        if (null == before || before.session() != reply.session() || reply.reportedNs() <= before.reportedNs())
        {
            return null;
        }
        final long packets = reply.packetsReceived() - before.packetsReceived();
        return new BenchResult(
            reply.reportedNs() - before.reportedNs(),
            packets,
            Math.max(0, reply.bytesReceived() - before.bytesReceived() - packets * SealedFrame.OVERHEAD),
            Math.max(0, reply.packetsLost() - before.packetsLost()),
            reply.rttNs(),
            offeredNow,
            packetLength);
    }

    private void adjust(final BenchResult interval)
    {
        if (!searches)
        {
            return;
        }
        // What the tunnel itself does not take, whatever is offered, is no reason to offer less.
        shortfalls = interval.bitsPerSecond() < rate * SHORTFALL ? shortfalls + 1 : 0;
        if (interval.loss() >= TOLERATED_LOSS)
        {
            searching = false;
            rate = Math.max(BenchLimits.MIN_RATE, Math.min(rate, interval.bitsPerSecond()) * SLOWER);
        }
        else if (0 == shortfalls)
        {
            rate = Math.min(BenchLimits.MAX_RATE, rate * (searching ? 2 : FASTER));
        }
        else if (shortfalls >= SHORTFALLS_OF_A_LIMIT)
        {
            searching = false;
        }
    }

    /** Sends what the rate and the tunnel allow now. Returns false when that is nothing. */
    private boolean offer(final BenchSource source, final long nowNs)
    {
        final double bits = (double)packetLength * Byte.SIZE;
        final int run = (int)Math.max(1, Math.min(source.longestRun(), rate * RUN_SECONDS / bits));
        final double window = Math.max(run, Math.min(WINDOW, rate * WINDOW_SECONDS / bits));
        credit = Math.min(RUNS_AT_ONCE * run * bits, credit + (nowNs - creditNs) / NS_PER_SECOND * rate);
        creditNs = nowNs;
        boolean sent = false;
        while (credit >= run * bits && waiting(nowNs) + run <= window)
        {
            final int packets = source.send(run);
            offered += packets;
            credit -= run * bits;
            sent |= packets > 0;
        }
        return sent;
    }

    /** Packets that are between this host's socket and the cipher. What stays there for long has been lost. */
    private long waiting(final long nowNs)
    {
        final long now = peer.packetsSent() - enteredBase;
        if (now != entered)
        {
            entered = now;
            progressNs = nowNs;
        }
        else if (nowNs - progressNs >= STUCK_NS)
        {
            enteredBase -= Math.max(0, offered - now);
            entered = peer.packetsSent() - enteredBase;
            progressNs = nowNs;
        }
        return Math.max(0, offered - entered);
    }
}
