package io.shadowmesh.dataplane.agent;

import io.shadowmesh.dataplane.address.Endpoint;
import io.shadowmesh.dataplane.device.Poller;
import io.shadowmesh.dataplane.device.SendBatch;
import io.shadowmesh.dataplane.device.UdpSocket;
import io.shadowmesh.dataplane.frame.DropReason;
import io.shadowmesh.dataplane.frame.FrameType;
import io.shadowmesh.dataplane.frame.ReceiveReport;
import io.shadowmesh.dataplane.frame.SealedFrame;
import io.shadowmesh.dataplane.ring.PacketHandler;
import io.shadowmesh.dataplane.ring.PacketRing;
import io.shadowmesh.dataplane.ring.WaitingPackets;
import io.shadowmesh.dataplane.session.AllowedIps;
import io.shadowmesh.dataplane.session.InnerPacket;
import io.shadowmesh.dataplane.session.Peer;
import io.shadowmesh.dataplane.session.Session;
import io.shadowmesh.dataplane.status.Counters;
import io.shadowmesh.dataplane.status.TunnelCounter;
import io.shadowmesh.ffi.Errno;
import io.shadowmesh.ffi.SystemCalls;
import org.agrona.MutableDirectBuffer;
import org.agrona.concurrent.AgentTerminationException;
import org.agrona.concurrent.MessageHandler;
import org.agrona.concurrent.NanoClock;
import org.agrona.concurrent.UnsafeBuffer;

import java.lang.foreign.Arena;

/**
 * Outbound, second half: {@link PacketRing} → seal in place → UDP socket. The only agent that seals.
 *
 * <p>One duty cycle:
 * <ol>
 * <li>send what the socket did not take in the last one; nothing else goes before it;</li>
 * <li>do what the control agent commands: keepalives, CLOSE, echo replies, packets that waited for a handshake;</li>
 * <li>for each packet in the ring: find the peer by destination, take its current session, seal;</li>
 * <li>send the batch; when the kernel has taken all of it, give the ring its memory back.</li>
 * </ol>
 *
 * <p>A packet is sealed once. What the socket does not take waits, sealed, in the ring.
 *
 * <p><b>Threading:</b> one agent thread.
 */
final class SendAgent implements WaitingAgent
{
    private static final int BATCH_LIMIT = 64;
    private static final int COMMAND_LIMIT = 16;
    private static final int COMMAND_SLOT_LENGTH = 128;
    private static final int LAST_CYCLES = 10_000;
    private static final int NONE = -1;
    private static final long WANTED_INTERVAL_NS = 100_000_000L;

    private final PacketHandler packetHandler = this::onPacket;
    private final PacketHandler waitingHandler = this::onWaitingPacket;
    private final MessageHandler commandHandler = this::onCommand;
    private final UnsafeBuffer view = new UnsafeBuffer(0, 0);
    private final DutyCycle cycle = new DutyCycle();

    private final PacketRing ring;
    private final SendRing commands;
    private final WaitingPackets waiting;
    private final UdpSocket socket;
    private final ForwardingState state;
    private final ControlProxy control;
    private final SystemCalls calls;
    private final NanoClock clock;
    private final Counters counters;
    private final OversizeSender oversizeSender;
    private final Wakeup producer;
    private final SendBatch batch;
    private final long commandSlots;
    private final long[] wantedNs;
    private final boolean[] flushWanted;

    private AllowedIps allowedIps;
    private long nowNs;
    private int commandFrames;
    private int flushesWanted;
    private int releasePeer = NONE;
    private int pollIndex;
    private Peer waitingPeer;

    SendAgent(
        final Arena arena,
        final PacketRing ring,
        final SendRing commands,
        final WaitingPackets waiting,
        final UdpSocket socket,
        final ForwardingState state,
        final ControlProxy control,
        final SystemCalls calls,
        final NanoClock clock,
        final Counters counters,
        final OversizeSender oversizeSender,
        final Wakeup producer)
    {
        this.ring = ring;
        this.commands = commands;
        this.waiting = waiting;
        this.socket = socket;
        this.state = state;
        this.control = control;
        this.calls = calls;
        this.clock = clock;
        this.counters = counters;
        this.oversizeSender = oversizeSender;
        this.producer = producer;
        this.batch = new SendBatch(
            arena, BATCH_LIMIT + COMMAND_LIMIT + WaitingPackets.PACKETS_PER_PEER, socket.isIpv6());
        this.commandSlots = arena.allocate((long)COMMAND_LIMIT * COMMAND_SLOT_LENGTH, Long.BYTES).address();
        this.wantedNs = new long[state.peerCount()];
        this.flushWanted = new boolean[state.peerCount()];
    }

    @Override
    public int doWork()
    {
        cycle.begin();
        if (batch.size() > 0 && !flush())
        {
            return 0;
        }

        nowNs = clock.nanoTime();
        allowedIps = state.allowedIps();
        commandFrames = 0;

        int work = commands.drain(commandHandler, COMMAND_LIMIT);
        if (flushesWanted > 0)
        {
            work += sealWaiting();
        }
        work += ring.poll(packetHandler, BATCH_LIMIT);
        if (work > 0)
        {
            flush();
        }

        return work;
    }

    @Override
    public void register(final Poller poller)
    {
        pollIndex = poller.add(socket.fileDescriptor(), 0);
    }

    @Override
    public boolean arm(final Poller poller)
    {
        final boolean blocked = batch.size() > 0;
        poller.events(pollIndex, blocked ? Poller.WRITABLE : 0);
        return blocked || !(flushesWanted > 0 || ring.hasPackets() || !commands.isEmpty());
    }

    DutyCycle cycle()
    {
        return cycle;
    }

    /** Last thing: what was commanded before the end, CLOSE above all, still goes, if the socket takes it. */
    @Override
    public void onClose()
    {
        for (int cycles = 0; cycles < LAST_CYCLES && (batch.size() > 0 || !commands.isEmpty()); cycles++)
        {
            if (0 == doWork() && batch.size() > 0)
            {
                Thread.yield();
            }
        }
    }

    @Override
    public String roleName()
    {
        return "send";
    }

    private void onPacket(final long address, final int length)
    {
        view.wrap(address, length);
        final int version = InnerPacket.validate(view, 0, length);
        if (version < 0)
        {
            counters.drop(version);
            return;
        }

        final Peer peer = InnerPacket.IPV4 == version ?
            allowedIps.lookupIpv4(InnerPacket.ipv4Destination(view, 0)) :
            allowedIps.lookupIpv6(InnerPacket.ipv6DestinationHigh(view, 0), InnerPacket.ipv6DestinationLow(view, 0));
        if (null == peer)
        {
            counters.drop(DropReason.NO_PEER);
            return;
        }

        final Session session = peer.current();
        if (null == session)
        {
            await(peer, address, length);
            return;
        }

        seal(peer, session, address, length);
    }

    private void onWaitingPacket(final long address, final int length)
    {
        final Session session = waitingPeer.current();
        if (null != session)
        {
            seal(waitingPeer, session, address, length);
        }
    }

    private void seal(final Peer peer, final Session session, final long address, final int length)
    {
        final Endpoint endpoint = peer.endpoint();
        if (null == endpoint)
        {
            counters.drop(DropReason.NO_ENDPOINT);
            return;
        }

        final boolean oversized = length > SealedFrame.STANDARD_PLAINTEXT_LENGTH;
        final long frame = oversized ? oversizeSender.copy(address, length) : address - SealedFrame.PLAINTEXT_OFFSET;
        final int datagramLength = session.seal(FrameType.DATA, frame, length, nowNs);
        if (DropReason.OUTBOUND_TOO_LARGE.code() == datagramLength)
        {
            counters.drop(DropReason.OUTBOUND_TOO_LARGE);
            return;
        }
        if (datagramLength < 0)
        {
            await(peer, address, length);
            return;
        }

        if (oversized)
        {
            account(oversizeSender.batch(), oversizeSender.send(calls, datagramLength, endpoint));
        }
        else
        {
            batch.add(frame, datagramLength, endpoint);
        }
        peer.onDataSent(nowNs);
        peer.countSent(1, length);
    }

    /** No session: the packet waits, and the control agent hears of it. */
    private void await(final Peer peer, final long address, final int length)
    {
        if (!peer.mayGetSession())
        {
            counters.drop(DropReason.NO_ENDPOINT);
            return;
        }

        peer.onWanted(nowNs);
        final int number = peer.number();
        if (null != waitingPeer)
        {
            counters.drop(DropReason.KEY_EXPIRED);
        }
        else if (WaitingPackets.QUEUED != waiting.offer(number, address, length))
        {
            counters.drop(DropReason.HANDSHAKE_QUEUE_FULL);
        }

        if (0 == wantedNs[number] || nowNs - wantedNs[number] >= WANTED_INTERVAL_NS)
        {
            wantedNs[number] = nowNs;
            control.wanted(number);
        }
    }

    private void onCommand(final int command, final MutableDirectBuffer buffer, final int index, final int length)
    {
        final int number = buffer.getInt(index + SendRing.INDEX_OFFSET);
        if (SendRing.FLUSH == command)
        {
            if (!flushWanted[number])
            {
                flushWanted[number] = true;
                flushesWanted++;
            }
            return;
        }

        if (SendRing.DISCARD == command)
        {
            counters.addDrops(DropReason.HANDSHAKE_QUEUE_FULL, waiting.discard(number));
            return;
        }

        final Session session = state.sessions().lookup(number);
        final Endpoint endpoint = null == session ? null : session.peer().endpoint();
        if (null == endpoint)
        {
            return;
        }

        final long frame = commandSlots + (long)commandFrames * COMMAND_SLOT_LENGTH;
        int plaintextLength = 0;
        byte type = FrameType.DATA;
        if (SendRing.CLOSE == command)
        {
            type = FrameType.CLOSE;
        }
        else if (SendRing.ECHO_REPLY == command)
        {
            type = FrameType.ECHO_REPLY;
            plaintextLength = ReceiveReport.LENGTH;
            view.wrap(frame, COMMAND_SLOT_LENGTH);
            view.putBytes(SealedFrame.PLAINTEXT_OFFSET, buffer, index + SendRing.REPORT_OFFSET, plaintextLength);
        }

        final int datagramLength = session.seal(type, frame, plaintextLength, nowNs);
        if (datagramLength > 0)
        {
            commandFrames++;
            batch.add(frame, datagramLength, endpoint);
            session.peer().onSent(nowNs);
            if (SendRing.KEEPALIVE == command)
            {
                counters.add(TunnelCounter.KEEPALIVES_SENT, 1);
            }
        }
    }

    /** Seals what waited for the handshake of one peer: one a cycle, so that the batch has room. */
    private int sealWaiting()
    {
        for (int number = 0; number < flushWanted.length; number++)
        {
            if (flushWanted[number])
            {
                flushWanted[number] = false;
                flushesWanted--;
                waitingPeer = state.peer(number);
                final int packets = null == waitingPeer.current() ? 0 : waiting.poll(number, waitingHandler);
                waitingPeer = null;
                releasePeer = packets > 0 ? number : NONE;
                return packets;
            }
        }

        return 0;
    }

    /** Sends the batch as far as the socket takes it. Returns true when all of it is gone. */
    private boolean flush()
    {
        account(batch, socket.flush(calls, batch));
        if (batch.size() > 0)
        {
            return false;
        }

        ring.release();
        if (null != producer)
        {
            producer.signal(calls);
        }
        if (NONE != releasePeer)
        {
            waiting.release(releasePeer);
            releasePeer = NONE;
        }

        return true;
    }

    private void account(final SendBatch flushed, final int sent)
    {
        if (sent < 0)
        {
            throw new AgentTerminationException("the UDP socket is gone: " + Errno.describe(-sent));
        }

        if (sent > 0 || flushed.failed() > 0)
        {
            counters.add(TunnelCounter.UDP_SEND_CALLS, 1);
        }
        counters.add(TunnelCounter.UDP_DATAGRAMS_SENT, sent);
        counters.add(TunnelCounter.UDP_BYTES_SENT, flushed.sentBytes());
        if (flushed.fragmented() > 0)
        {
            counters.add(TunnelCounter.FRAGMENTED_DATAGRAMS, flushed.fragmented());
        }
        counters.addDrops(DropReason.SEND_FAILED, flushed.failed());
    }
}
