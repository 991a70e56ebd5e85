package io.shadowmesh.dataplane;

import io.shadowmesh.dataplane.capture.CaptureLimits;
import io.shadowmesh.dataplane.request.Answer;
import io.shadowmesh.dataplane.request.Request;
import io.shadowmesh.dataplane.request.RequestSocket;
import io.shadowmesh.dataplane.session.Peer;
import io.shadowmesh.dataplane.status.EchoReply;
import io.shadowmesh.dataplane.status.NodeProfile;
import io.shadowmesh.dataplane.status.ThreadUse;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * What other processes can ask of a tunnel: its own operations, under the names and with the arguments of the control
 * socket's lines. PEER is a name, a Peer ID or the beginning of one, or an inner address of the peer; it may be left out
 * where there is only one.
 *
 * <pre>
 *   ping [PEER] [count=N] [interval_ns=N] [timeout_ns=N] [wait_ns=N]
 *       "peer name= id= endpoint=", then for each echo "reply seq= rtt_ns=" or "lost seq=", then "ok sent= received="
 *   bench [PEER] [seconds=N] [rate=N] [length=N]
 *       "peer name= id= endpoint=", then "interval searching= ns= packets= bytes= lost= rtt_ns=" some times a second,
 *       then "ok" with the same of all that was measured
 *   capture [packets=N] [bytes=N] [seconds=N] [snaplen=N]
 *       a stream: the recording, as pcapng
 *   profile [seconds=N]
 *       "thread name= allocated= cpu_ns=" for each thread, then a stream: the recording of the flight recorder
 * </pre>
 *
 * <p><b>Units:</b> ns, bytes, bit/s. <b>Threading:</b> each request on a thread of its own.
 */
final class TunnelRequests
{
    private static final long SECOND_NS = TimeUnit.SECONDS.toNanos(1);
    private static final long DAY_NS = TimeUnit.DAYS.toNanos(1);
    private static final long USUAL_WAIT_NS = 15 * SECOND_NS;
    private static final int PIECE = 64 * 1024;
    private static final int LONGEST_PROFILE = 3600;

    private final AtomicBoolean benching = new AtomicBoolean();
    private final AtomicBoolean profiling = new AtomicBoolean();
    private final Tunnel tunnel;

    TunnelRequests(final Tunnel tunnel)
    {
        this.tunnel = tunnel;
    }

    void register(final RequestSocket socket)
    {
        socket.on("ping", this::ping);
        socket.on("bench", this::bench);
        socket.on("capture", this::capture);
        socket.on("profile", this::profile);
    }

    private void ping(final Request request, final Answer answer) throws IOException, InterruptedException
    {
        final Peer peer = peer(request);
        final long count = request.number("count", 0, Integer.MAX_VALUE, 0);
        final long intervalNs = request.number("interval_ns", PeerPing.SHORTEST_INTERVAL_NS, DAY_NS, SECOND_NS);
        final long timeoutNs = request.number("timeout_ns", SECOND_NS / 100, DAY_NS, SECOND_NS);
        final PeerPing ping = new PeerPing(tunnel, peer);
        if (!reach(ping, request, peer, answer))
        {
            return;
        }

        final long[] sentAndReceived = new long[2];
        ping.run(count, intervalNs, timeoutNs, answer::isUnwanted, new PeerPing.Listener()
        {
            @Override
            public void onReply(final long sequence, final EchoReply reply) throws IOException
            {
                sentAndReceived[0]++;
                sentAndReceived[1]++;
                answer.line(Request.of("reply").with("seq", sequence).with("rtt_ns", reply.rttNs()));
            }

            @Override
            public void onLost(final long sequence) throws IOException
            {
                sentAndReceived[0]++;
                answer.line(Request.of("lost").with("seq", sequence));
            }
        });
        answer.ok(Request.of("").with("sent", sentAndReceived[0]).with("received", sentAndReceived[1]));
    }

    private void bench(final Request request, final Answer answer) throws IOException, InterruptedException
    {
        final Peer peer = peer(request);
        final BenchLimits limits = new BenchLimits(
            (int)request.number("seconds", 1, BenchLimits.MAX_SECONDS, 5),
            request.number("rate", 0, BenchLimits.MAX_RATE, 0),
            (int)request.number("length", 0, BenchLimits.MAX_PACKET, 0));
        if (!benching.compareAndSet(false, true))
        {
            throw new IllegalStateException("a measurement goes on already, and two would disturb each other");
        }
        try
        {
            if (reach(new PeerPing(tunnel, peer), request, peer, answer))
            {
                final BenchResult total = tunnel.bench(peer, limits, answer::isUnwanted, (searching, interval) ->
                    answer.line(figures(Request.of("interval").with("searching", searching), interval)));
                answer.ok(figures(Request.of(""), total));
            }
        }
        finally
        {
            benching.set(false);
        }
    }

    private static Request figures(final Request line, final BenchResult result)
    {
        return line.with("ns", result.ns()).with("packets", result.packets()).with("bytes", result.bytes())
            .with("lost", result.lost()).with("rtt_ns", result.rttNs()).with("offered", result.offeredPackets())
            .with("length", result.packetLength());
    }

    /** Says who it is, and has a session made. False when the client has gone meanwhile. */
    private boolean reach(final PeerPing ping, final Request request, final Peer peer, final Answer answer)
        throws IOException, InterruptedException
    {
        if (!ping.hasSession() && !peer.mayGetSession())
        {
            throw new IllegalStateException("there is no session with " + peer + ", and no address of it is known: it " +
                "must call this node, or be given an endpoint here");
        }
        final long patienceNs = request.number("wait_ns", 0, DAY_NS, USUAL_WAIT_NS);
        if (!ping.hasSession())
        {
            answer.line(Request.of("waiting").with("name", peer.name()));
        }
        if (!ping.awaitSession(patienceNs, answer::isUnwanted) && !answer.isUnwanted())
        {
            throw new IllegalStateException("no session with " + peer +
                (null == peer.endpoint() ? "" : " at " + peer.endpoint()) + " has come about within " +
                TimeUnit.NANOSECONDS.toSeconds(patienceNs) + " s: is its node up, and does it allow this one?");
        }
        if (ping.hasSession())
        {
            answer.line(Request.of("peer").with("name", peer.name()).with("id", peer.id())
                .with("endpoint", peer.endpoint()));
        }
        return ping.hasSession();
    }

    private Peer peer(final Request request)
    {
        if (request.words().size() > 1)
        {
            throw new IllegalArgumentException("'" + request.words().get(1) + "' is one word too many: name one peer");
        }
        return PeerChoice.of(tunnel.currentPeers(), request.words().isEmpty() ? null : request.words().getFirst());
    }

    private void capture(final Request request, final Answer answer) throws IOException, InterruptedException
    {
        final CaptureLimits usual = CaptureLimits.USUAL;
        final CaptureLimits limits = new CaptureLimits(
            request.number("packets", 1, Long.MAX_VALUE, usual.packets()),
            request.number("bytes", 1, CaptureLimits.MAX_BYTES, usual.bytes()),
            request.number("seconds", 1, CaptureLimits.MAX_SECONDS, usual.seconds()),
            (int)request.number("snaplen", 1, CaptureLimits.MAX_SNAP_LENGTH, usual.snapLength()));
        tunnel.capture(limits, new LateStream(answer), answer::isUnwanted);
    }

    private void profile(final Request request, final Answer answer) throws IOException, InterruptedException
    {
        final long seconds = request.number("seconds", 1, LONGEST_PROFILE, 30);
        if (!profiling.compareAndSet(false, true))
        {
            throw new IllegalStateException("a profile is being taken already; wait for its end");
        }
        Path file = null;
        try
        {
            file = Files.createTempFile("shadowmesh-", ".jfr");
            for (final ThreadUse use : NodeProfile.run(Duration.ofSeconds(seconds), file, answer::isUnwanted))
            {
                answer.line(Request.of("thread").with("name", use.name()).with("allocated", use.allocatedBytes())
                    .with("cpu_ns", use.cpuNs()));
            }
            send(file, answer);
        }
        finally
        {
            profiling.set(false);
            if (null != file)
            {
                Files.deleteIfExists(file);
            }
        }
    }

    private static void send(final Path file, final Answer answer) throws IOException
    {
        try (FileChannel recording = FileChannel.open(file, StandardOpenOption.READ))
        {
            final WritableByteChannel out = answer.stream(Request.of("").with("bytes", recording.size()));
            final ByteBuffer piece = ByteBuffer.allocate(PIECE);
            while (recording.read(piece.clear()) >= 0)
            {
                out.write(piece.flip());
            }
        }
    }

    /** A stream that begins with its first byte: up to then the answer can still be a refusal. */
    private static final class LateStream implements WritableByteChannel
    {
        private final Answer answer;
        private WritableByteChannel stream;

        LateStream(final Answer answer)
        {
            this.answer = answer;
        }

        @Override
        public int write(final ByteBuffer from) throws IOException
        {
            if (null == stream)
            {
                stream = answer.stream(Request.of(""));
            }
            return stream.write(from);
        }

        @Override
        public boolean isOpen()
        {
            return null == stream || stream.isOpen();
        }

        @Override
        public void close()
        {
            // The connection ends with the answer.
        }
    }
}
