package io.shadowmesh.dataplane.agent;

import io.shadowmesh.dataplane.capture.PacketTap;
import io.shadowmesh.dataplane.device.Poller;
import io.shadowmesh.dataplane.device.ReceiveBatch;
import io.shadowmesh.dataplane.device.TcpMss;
import io.shadowmesh.dataplane.device.UdpSocket;
import io.shadowmesh.dataplane.frame.DropReason;
import io.shadowmesh.dataplane.frame.FrameHeader;
import io.shadowmesh.dataplane.frame.FrameType;
import io.shadowmesh.dataplane.frame.ReceiveReport;
import io.shadowmesh.dataplane.frame.SealedFrame;
import io.shadowmesh.dataplane.session.InnerPacket;
import io.shadowmesh.dataplane.session.Peer;
import io.shadowmesh.dataplane.session.Session;
import io.shadowmesh.dataplane.session.SessionTable;
import io.shadowmesh.dataplane.status.Counters;
import io.shadowmesh.dataplane.status.TunnelCounter;
import io.shadowmesh.dataplane.status.TunnelTime;
import io.shadowmesh.ffi.Errno;
import io.shadowmesh.ffi.SystemCalls;
import org.agrona.concurrent.AgentTerminationException;
import org.agrona.concurrent.NanoClock;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * Inbound: UDP socket → open in place → TUN device. The only agent that opens.
 *
 * <p>For each datagram, in this order, each failure a counted drop:
 * <ol>
 * <li>the header is sound and tells the datagram's true length; handshakes turn off to {@link HandshakeLanes} here;</li>
 * <li>the receiver index names a session;</li>
 * <li>replay pre-check, AEAD, replay mark: {@link Session#open};</li>
 * <li>a session's first frame confirms it; a frame from elsewhere moves the peer's endpoint: the control agent hears
 * of both;</li>
 * <li>a packet that goes on where the last one of the same peer ended is joined with it: {@link TunWriter#extend}; its
 * headers say what that one's say, for which the next three steps were taken;</li>
 * <li>the inner packet's header is sound and its length the plaintext's;</li>
 * <li>its source address is one that the peer may use;</li>
 * <li>a SYN announces no greater segments than the tunnel takes;</li>
 * <li>it is written to the device, from where the socket put it, joined with its neighbours: {@link TunWriter}.</li>
 * </ol>
 *
 * <p>What is the same for all datagrams of one message, its source above all, is looked at once for each peer.
 *
 * <p><b>Threading:</b> one agent thread.
 */
final class ReceiveAgent implements WaitingAgent
{
    private static final long REPORT_INTERVAL_NS = 10_000_000L;

    private final UnsafeBuffer view = new UnsafeBuffer(0, 0);
    private final DutyCycle cycle = new DutyCycle();
    private final UdpSocket socket;
    private final TunWriter writer;
    private final ForwardingState state;
    private final ControlProxy control;
    private final HandshakeLanes handshakes;
    private final PathMtus paths;
    private final PacketTap tap;
    private final SystemCalls calls;
    private final NanoClock clock;
    private final Counters counters;
    private final ReceiveBatch batch;
    private final TimeSampler opens;
    private final SourceCheck sources = new SourceCheck();

    private SessionTable sessions;
    private long nowNs;
    // Of the message at hand: where it is, the peer whose endpoint is its source, and packets not counted yet.
    private long message;
    private Peer knownPeer;
    private Peer countedPeer;
    private int packets;
    private long packetBytes;

    private Session reportedSession;
    private int reportedEvent;
    private long reportedNs;
    private long failures;
    private boolean failing;
    private int pollIndex;

    ReceiveAgent(
        final ReceiveBatch batch,
        final UdpSocket socket,
        final TunWriter writer,
        final ForwardingState state,
        final ControlProxy control,
        final HandshakeLanes handshakes,
        final PathMtus paths,
        final PacketTap tap,
        final SystemCalls calls,
        final NanoClock clock,
        final Counters counters)
    {
        this.batch = batch;
        this.socket = socket;
        this.writer = writer;
        this.state = state;
        this.control = control;
        this.handshakes = handshakes;
        this.paths = paths;
        this.tap = tap;
        this.calls = calls;
        this.clock = clock;
        this.counters = counters;
        this.opens = new TimeSampler(counters.times(TunnelTime.OPEN));
    }

    @Override
    public int doWork()
    {
        cycle.begin();
        final int messages = batch.receive(calls, socket.fileDescriptor());
        if (messages <= 0)
        {
            onNothing(messages);
            return 0;
        }

        failing = false;
        nowNs = clock.nanoTime();
        sessions = state.sessions();
        sources.begin(state.allowedIps());
        tap.begin();
        writer.begin(nowNs);

        int datagrams = 0;
        long bytes = 0;
        for (int i = 0; i < messages; i++)
        {
            bytes += batch.length(i);
            datagrams += onMessage(i);
        }
        writer.flush();
        handshakes.publish(calls);

        counters.add(TunnelCounter.UDP_RECEIVE_CALLS, 1);
        counters.add(TunnelCounter.UDP_DATAGRAMS_RECEIVED, datagrams);
        counters.add(TunnelCounter.UDP_BYTES_RECEIVED, bytes);
        return datagrams;
    }

    @Override
    public void register(final Poller poller)
    {
        pollIndex = poller.add(socket.fileDescriptor(), Poller.READABLE);
    }

    @Override
    public boolean arm(final Poller poller)
    {
        poller.events(pollIndex, failing ? 0 : Poller.READABLE);
        return true;
    }

    @Override
    public long longestWaitNs()
    {
        return failing ? ERROR_PAUSE_NS : Poller.FOR_EVER;
    }

    DutyCycle cycle()
    {
        return cycle;
    }

    @Override
    public String roleName()
    {
        return "receive";
    }

    /** Nothing has come, or an error, which may be the socket's end. */
    private void onNothing(final int result)
    {
        failing = batch.errors() != failures;
        if (failing)
        {
            counters.add(TunnelCounter.UDP_RECEIVE_FAILURES, batch.errors() - failures);
            failures = batch.errors();
        }
        if (result < 0)
        {
            throw new AgentTerminationException("the UDP socket is gone: " + Errno.describe(-result));
        }
    }

    /** One datagram, or several end to end. Returns how many. */
    private int onMessage(final int i)
    {
        if (batch.truncated(i))
        {
            counters.drop(DropReason.DATAGRAM_TOO_LARGE);
            return 1;
        }

        final int segmentLength = batch.segmentLength(i);
        final int messageLength = batch.length(i);
        int offset = 0;
        int datagrams = 0;
        message = batch.address(i);
        view.wrap(message, messageLength);
        knownPeer = null;
        do
        {
            final int length = Math.min(segmentLength, messageLength - offset);
            onDatagram(i, offset, length);
            offset += length;
            datagrams++;
        }
        while (offset < messageLength);
        countPackets();

        return datagrams;
    }

    private void onDatagram(final int i, final int offset, final int length)
    {
        final int validity = FrameHeader.validate(view, offset, length);
        if (FrameHeader.VALID != validity)
        {
            counters.drop(validity);
            return;
        }

        final long frame = message + offset;
        final byte type = FrameHeader.type(view, offset);
        if (!FrameType.isSealed(type))
        {
            handshakes.offer(batch.sourceAddress(i), frame, length);
            return;
        }

        final Session session = sessions.lookup(SealedFrame.receiverIndex(view, offset));
        if (null == session)
        {
            counters.drop(DropReason.UNKNOWN_INDEX);
            return;
        }

        final boolean timed = opens.begin(nowNs);
        final int plaintextLength = session.open(frame, length, nowNs);
        if (timed)
        {
            opens.end(plaintextLength < 0 ? 0 : 1);
        }
        final Peer peer = session.peer();
        if (plaintextLength < 0)
        {
            drop(peer, plaintextLength);
            return;
        }

        noteSource(i, peer, session);
        if (plaintextLength > 0 && (FrameType.DATA == type || FrameType.DATA_PARTIAL == type))
        {
            final boolean partial = FrameType.DATA_PARTIAL == type;
            onPacket(peer, session, offset + SealedFrame.PLAINTEXT_OFFSET, plaintextLength, partial);
        }
        else
        {
            peer.onReceived(nowNs);
            onSignal(i, type, peer, session, offset, plaintextLength);
        }
    }

    /** An authenticated frame has come: it may confirm its session, and it may come from a new address. */
    private void noteSource(final int i, final Peer peer, final Session session)
    {
        if (!session.isConfirmed())
        {
            report(ControlRing.CONFIRMED, i, session);
        }
        else if (peer != knownPeer)
        {
            if (batch.sourceIs(i, peer.endpoint()))
            {
                knownPeer = peer;
            }
            else if (peer.mayMoveEndpoint(session))
            {
                report(ControlRing.ROAMED, i, session);
            }
        }
    }

    /** Once in a while: until the control agent has acted, every frame looks like news. */
    private void report(final int event, final int i, final Session session)
    {
        if (session != reportedSession || event != reportedEvent || nowNs - reportedNs >= REPORT_INTERVAL_NS)
        {
            if (control.session(event, session.localIndex(), batch.sourceAddress(i)))
            {
                reportedSession = session;
                reportedEvent = event;
                reportedNs = nowNs;
            }
        }
    }

    /** A frame without a packet. */
    private void onSignal(
        final int i,
        final byte type,
        final Peer peer,
        final Session session,
        final int offset,
        final int plaintextLength)
    {
        switch (type)
        {
            case FrameType.DATA, FrameType.DATA_PARTIAL:
                counters.add(TunnelCounter.KEEPALIVES_RECEIVED, 1);
                break;

            case FrameType.ECHO_REQUEST:
                if (ReceiveReport.LENGTH == plaintextLength)
                {
                    control.echoRequest(
                        session.localIndex(), FrameHeader.sequence(view, offset), FrameHeader.timestampNs(view, offset));
                }
                else
                {
                    drop(peer, DropReason.MALFORMED_FRAME.code());
                }
                break;

            case FrameType.ECHO_REPLY:
                if (ReceiveReport.LENGTH == plaintextLength)
                {
                    control.echoReply(
                        session.localIndex(),
                        message + offset + SealedFrame.PLAINTEXT_OFFSET,
                        nowNs,
                        FrameHeader.timestampNs(view, offset));
                }
                else
                {
                    drop(peer, DropReason.MALFORMED_FRAME.code());
                }
                break;

            case FrameType.CLOSE:
                counters.add(TunnelCounter.CLOSES_RECEIVED, 1);
                control.session(ControlRing.CLOSED, session.localIndex(), batch.sourceAddress(i));
                break;

            default:
                drop(peer, DropReason.UNKNOWN_FRAME_TYPE.code());
                break;
        }
    }

    /** An inner packet, at an offset of the message. */
    private void onPacket(
        final Peer peer, final Session session, final int offset, final int length, final boolean partial)
    {
        count(peer, length);
        final long packet = message + offset;
        if (writer.extend(peer, packet, length, partial))
        {
            tap.onPacket(packet, length, partial, nowNs);
            return;
        }

        final int version = InnerPacket.validate(view, offset, length);
        if (version < 0)
        {
            drop(peer, version);
            return;
        }
        if (sources.owner(version, view, offset) != peer)
        {
            drop(peer, DropReason.INNER_SOURCE_NOT_ALLOWED.code());
            return;
        }

        if (TcpMss.isSyn(packet, length))
        {
            TcpMss.clamp(packet, length, paths.innerMtu(session), partial);
        }
        tap.onPacket(packet, length, partial, nowNs);
        writer.write(peer, packet, length, partial);
    }

    private void count(final Peer peer, final int length)
    {
        if (peer != countedPeer)
        {
            countPackets();
            countedPeer = peer;
        }
        packets++;
        packetBytes += length;
    }

    private void countPackets()
    {
        if (packets > 0)
        {
            countedPeer.onDataReceived(nowNs);
            countedPeer.countReceived(packets, packetBytes);
            packets = 0;
            packetBytes = 0;
        }
    }

    private void drop(final Peer peer, final int reason)
    {
        counters.drop(reason);
        peer.drops().received(reason);
    }
}
