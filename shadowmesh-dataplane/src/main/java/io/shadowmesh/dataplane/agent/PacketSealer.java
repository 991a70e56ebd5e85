package io.shadowmesh.dataplane.agent;

import io.shadowmesh.dataplane.address.Endpoint;
import io.shadowmesh.dataplane.capture.PacketTap;
import io.shadowmesh.dataplane.device.InternetChecksum;
import io.shadowmesh.dataplane.device.SegmentSplitter;
import io.shadowmesh.dataplane.device.TcpMss;
import io.shadowmesh.dataplane.device.VirtioNetHeader;
import io.shadowmesh.dataplane.frame.DropReason;
import io.shadowmesh.dataplane.frame.FrameType;
import io.shadowmesh.dataplane.frame.SealedFrame;
import io.shadowmesh.dataplane.ring.PacketHandler;
import io.shadowmesh.dataplane.ring.WaitingPackets;
import io.shadowmesh.dataplane.session.AllowedIps;
import io.shadowmesh.dataplane.session.InnerPacket;
import io.shadowmesh.dataplane.session.Peer;
import io.shadowmesh.dataplane.session.Session;
import io.shadowmesh.dataplane.status.Counters;
import io.shadowmesh.dataplane.status.TunnelCounter;
import io.shadowmesh.ffi.SystemCalls;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * What becomes of a packet from the device, in this order:
 * <ol>
 * <li>its header is sound, its destination belongs to a peer, and it is no datagram of the tunnel's own;</li>
 * <li>the queue has not stood for too long, else it is marked or dropped: {@link QueueDiscipline};</li>
 * <li>the peer has a session and an address, else the packet waits for a handshake; those that waited go first;</li>
 * <li>a SYN announces no greater segments than the tunnel takes;</li>
 * <li>it is cut into segments, where it is a super-packet;</li>
 * <li>what is longer than the path takes is sent back or goes without DF: {@link PathMtus};</li>
 * <li>each is sealed: a packet where it lies, the segments of a super-packet into the outbox's slab, so that the cipher
 * is all that touches their payload.</li>
 * </ol>
 *
 * <p><b>Threading:</b> the send agent.
 */
final class PacketSealer
{
    private static final long WANTED_INTERVAL_NS = 100_000_000L;

    private final PacketHandler waitingHandler = this::onWaitingPacket;
    private final UnsafeBuffer view = new UnsafeBuffer(0, 0);
    private final SegmentSplitter splitter;
    private final Outbox outbox;
    private final WaitingPackets waiting;
    private final ControlProxy control;
    private final SystemCalls calls;
    private final Counters counters;
    private final OversizeSender oversizeSender;
    private final RoutingLoop routingLoop;
    private final PathMtus paths;
    private final TooBigAnswers answers;
    private final QueueDiscipline discipline;
    private final PacketTap tap;
    private final long[] wantedNs;

    private AllowedIps allowedIps;
    private long nowNs;
    private Peer waitingPeer;

    /** The splitter is null where the device brings no super-packets. */
    PacketSealer(
        final SegmentSplitter splitter,
        final Outbox outbox,
        final WaitingPackets waiting,
        final ControlProxy control,
        final SystemCalls calls,
        final Counters counters,
        final OversizeSender oversizeSender,
        final RoutingLoop routingLoop,
        final PathMtus paths,
        final TooBigAnswers answers,
        final QueueDiscipline discipline,
        final PacketTap tap,
        final int peers)
    {
        this.splitter = splitter;
        this.outbox = outbox;
        this.waiting = waiting;
        this.control = control;
        this.calls = calls;
        this.counters = counters;
        this.oversizeSender = oversizeSender;
        this.routingLoop = routingLoop;
        this.paths = paths;
        this.answers = answers;
        this.discipline = discipline;
        this.tap = tap;
        this.wantedNs = new long[peers];
    }

    /** The duty cycle's view of the world. */
    void begin(final AllowedIps cyclesAllowedIps, final long cyclesNowNs)
    {
        this.allowedIps = cyclesAllowedIps;
        this.nowNs = cyclesNowNs;
        paths.begin(cyclesNowNs);
        tap.begin();
    }

    /** A packet in the ring, its virtio-net header before it where the device has one. */
    void onPacket(final long address, final int length)
    {
        view.wrap(address, length);
        final int version = InnerPacket.validate(view, 0, length);
        if (version < 0)
        {
            refuse(null, version);
            return;
        }

        final Peer peer = InnerPacket.IPV4 == version ?
            allowedIps.lookupIpv4(InnerPacket.ipv4Destination(view, 0)) :
            allowedIps.lookupIpv6(InnerPacket.ipv6DestinationHigh(view, 0), InnerPacket.ipv6DestinationLow(view, 0));
        if (null == peer)
        {
            refuse(null, DropReason.NO_PEER.code());
            return;
        }
        if (routingLoop.isOwn(view, length, version, peer))
        {
            refuse(peer, DropReason.ROUTING_LOOP.code());
            return;
        }

        final boolean dropped = discipline.drops(address, length);
        final Session session = sessionFor(peer);
        if (TcpMss.isSyn(address, length))
        {
            clamp(peer, session, address, length);
        }
        if (null == splitter)
        {
            if (dropped)
            {
                refuse(peer, DropReason.AQM.code());
                return;
            }
            counters.add(TunnelCounter.TUN_PACKETS_READ, 1);
            sealOne(peer, session, address, length, false);
            return;
        }

        final int packets = splitter.begin(address, length, null != session && session.takesPartialChecksums());
        if (packets < 0)
        {
            refuse(peer, DropReason.INNER_MALFORMED.code());
            return;
        }
        counters.add(TunnelCounter.TUN_PACKETS_READ, packets);
        if (dropped && splitter.next())
        {
            // The first segment; what follows it tells the receiver at once that one is missing.
            drop(peer, DropReason.AQM, 1);
        }
        if (packets > 1 && null != session && null != peer.endpoint())
        {
            sealSuperPacket(peer, session, peer.endpoint(), address, length, dropped ? packets - 1 : packets);
        }
        else
        {
            while (splitter.next())
            {
                sealOne(peer, session, splitter.address(), splitter.length(), splitter.isPartial());
            }
        }
    }

    /** What to seal on, or null. No packet overtakes those that wait: they may go as soon as it can, and go first. */
    private Session sessionFor(final Peer peer)
    {
        final Session session = peer.current();
        if (null != session && waiting.mustGoFirst(peer.number()) && session.isUsable(nowNs))
        {
            sealWaiting(peer);
        }
        return session;
    }

    private void clamp(final Peer peer, final Session session, final long address, final int length)
    {
        paths.refresh(peer.number(), peer.endpoint());
        final boolean partial = null != splitter &&
            (VirtioNetHeader.flags(address - VirtioNetHeader.LENGTH) & VirtioNetHeader.NEEDS_CSUM) != 0;
        TcpMss.clamp(address, length, paths.innerMtu(session), partial);
    }

    /** What goes nowhere counts as one packet, also a super-packet, which is then not cut. */
    private void refuse(final Peer peer, final int reason)
    {
        counters.add(TunnelCounter.TUN_PACKETS_READ, 1);
        counters.drop(reason);
        if (null != peer)
        {
            peer.drops().sent(reason, 1);
        }
    }

    /** Seals what has waited for the handshake with a peer. It stays where it is until {@link WaitingPackets#release}. */
    int sealWaiting(final Peer peer)
    {
        waitingPeer = peer;
        final int packets = waiting.poll(peer.number(), waitingHandler);
        waitingPeer = null;
        return packets;
    }

    private void onWaitingPacket(final long address, final int length)
    {
        sealOne(waitingPeer, waitingPeer.current(), address, length, false);
    }

    /** Seals a packet where it lies. */
    private void sealOne(
        final Peer peer, final Session session, final long address, final int length, final boolean partial)
    {
        if (null == session)
        {
            await(peer, address, length, partial);
            return;
        }
        final Endpoint endpoint = peer.endpoint();
        if (null == endpoint)
        {
            drop(peer, DropReason.NO_ENDPOINT, 1);
            return;
        }

        final int ruling = rule(peer, endpoint, address, length, length);
        if (PathMtus.TOO_BIG == ruling)
        {
            drop(peer, DropReason.OUTBOUND_TOO_BIG_FOR_PATH, 1);
            return;
        }
        final boolean oversized = length > SealedFrame.STANDARD_PLAINTEXT_LENGTH;
        final long frame = oversized ? oversizeSender.copy(address, length) : address - SealedFrame.PLAINTEXT_OFFSET;
        tap.onPacket(address, length, partial, nowNs);
        final int frameLength = session.seal(type(partial), frame, length, nowNs);
        if (frameLength < 0)
        {
            notSealed(peer, frameLength, address, length, partial);
            return;
        }

        if (oversized)
        {
            outbox.account(oversizeSender.batch(), oversizeSender.send(calls, frameLength, endpoint));
        }
        else
        {
            outbox.add(frame, frameLength, endpoint, PathMtus.WITHOUT_DF == ruling);
        }
        peer.onDataSent(nowNs);
        peer.countSent(1, length);
    }

    /** Whether a packet fits the path; the sender of one that does not, and cannot go either, is told so. */
    private int rule(
        final Peer peer, final Endpoint endpoint, final long address, final int length, final int segmentLength)
    {
        final int number = peer.number();
        if (segmentLength <= paths.fitting(number))
        {
            return PathMtus.FITS;
        }
        final int ruling = paths.rule(number, endpoint, address, length, segmentLength);
        if (PathMtus.TOO_BIG == ruling)
        {
            answers.answer(address, length, paths.toldMtu(number), nowNs);
        }
        return ruling;
    }

    private void sealSuperPacket(
        final Peer peer,
        final Session session,
        final Endpoint endpoint,
        final long address,
        final int length,
        final int packets)
    {
        final int ruling = rule(peer, endpoint, address, length, splitter.longest());
        if (PathMtus.TOO_BIG == ruling)
        {
            drop(peer, DropReason.OUTBOUND_TOO_BIG_FOR_PATH, packets);
        }
        else
        {
            sealSegments(peer, session, endpoint, PathMtus.WITHOUT_DF == ruling);
        }
    }

    /** Seals what the splitter cuts into the slab. */
    private void sealSegments(
        final Peer peer, final Session session, final Endpoint endpoint, final boolean mayBeCut)
    {
        int packets = 0;
        long bytes = 0;
        while (splitter.next())
        {
            final int length = splitter.length();
            if (length > SealedFrame.STANDARD_PLAINTEXT_LENGTH)
            {
                sealOversized(peer, session, endpoint);
                continue;
            }

            final long frame = claim(length + SealedFrame.OVERHEAD);
            if (0 == frame)
            {
                drop(peer, DropReason.SEND_FAILED, 1);
                continue;
            }
            tap.onPacket(splitter.address(), length, splitter.isPartial(), nowNs);
            final int frameLength = session.seal(type(splitter.isPartial()), splitter.address(), length, frame, nowNs);
            if (frameLength < 0)
            {
                notSealed(peer, frameLength, splitter.address(), length, splitter.isPartial());
                continue;
            }
            outbox.commit(frameLength, endpoint, mayBeCut);
            packets++;
            bytes += length;
        }

        if (packets > 0)
        {
            peer.onDataSent(nowNs);
            peer.countSent(packets, bytes);
        }
    }

    private void sealOversized(final Peer peer, final Session session, final Endpoint endpoint)
    {
        final int length = splitter.length();
        final long frame = oversizeSender.copy(splitter.address(), length);
        tap.onPacket(splitter.address(), length, splitter.isPartial(), nowNs);
        final int frameLength = session.seal(type(splitter.isPartial()), frame, length, nowNs);
        if (frameLength < 0)
        {
            notSealed(peer, frameLength, splitter.address(), length, splitter.isPartial());
            return;
        }
        outbox.account(oversizeSender.batch(), oversizeSender.send(calls, frameLength, endpoint));
        peer.onDataSent(nowNs);
        peer.countSent(1, length);
    }

    /** Room in the slab, if need be by a flush in the midst of a super-packet of tiny segments. */
    private long claim(final int frameLength)
    {
        final long frame = outbox.claim(frameLength);
        return 0 == frame && outbox.flush() ? outbox.claim(frameLength) : frame;
    }

    private static byte type(final boolean partial)
    {
        return partial ? FrameType.DATA_PARTIAL : FrameType.DATA;
    }

    private void notSealed(
        final Peer peer, final int reason, final long address, final int length, final boolean partial)
    {
        if (DropReason.OUTBOUND_TOO_LARGE.code() == reason)
        {
            drop(peer, DropReason.OUTBOUND_TOO_LARGE, 1);
        }
        else
        {
            await(peer, address, length, partial);
        }
    }

    /** No session: the packet waits, its checksum complete, and the control agent hears of it. */
    private void await(final Peer peer, final long address, final int length, final boolean partial)
    {
        if (!peer.mayGetSession())
        {
            drop(peer, DropReason.NO_ENDPOINT, 1);
            return;
        }

        peer.onWanted(nowNs);
        final int number = peer.number();
        if (null != waitingPeer)
        {
            drop(peer, DropReason.KEY_EXPIRED, 1);
        }
        else
        {
            if (partial)
            {
                InternetChecksum.completeTransport(address, length);
            }
            if (WaitingPackets.QUEUED != waiting.offer(number, address, length))
            {
                drop(peer, DropReason.HANDSHAKE_QUEUE_FULL, 1);
            }
        }

        if (0 == wantedNs[number] || nowNs - wantedNs[number] >= WANTED_INTERVAL_NS)
        {
            wantedNs[number] = nowNs;
            control.wanted(number);
        }
    }

    private void drop(final Peer peer, final DropReason reason, final int packets)
    {
        counters.addDrops(reason, packets);
        peer.drops().sent(reason.code(), packets);
    }
}
