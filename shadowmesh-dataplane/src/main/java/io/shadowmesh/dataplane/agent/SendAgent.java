package io.shadowmesh.dataplane.agent;

import io.shadowmesh.dataplane.address.Endpoint;
import io.shadowmesh.dataplane.device.Poller;
import io.shadowmesh.dataplane.device.UdpSocket;
import io.shadowmesh.dataplane.frame.DropReason;
import io.shadowmesh.dataplane.frame.FrameType;
import io.shadowmesh.dataplane.frame.ReceiveReport;
import io.shadowmesh.dataplane.frame.SealedFrame;
import io.shadowmesh.dataplane.ring.PacketHandler;
import io.shadowmesh.dataplane.ring.PacketRing;
import io.shadowmesh.dataplane.ring.WaitingPackets;
import io.shadowmesh.dataplane.session.Peer;
import io.shadowmesh.dataplane.session.Session;
import io.shadowmesh.dataplane.status.Counters;
import io.shadowmesh.dataplane.status.TunnelCounter;
import io.shadowmesh.dataplane.status.TunnelTime;
import io.shadowmesh.ffi.SystemCalls;
import org.agrona.MutableDirectBuffer;
import org.agrona.concurrent.MessageHandler;
import org.agrona.concurrent.NanoClock;
import org.agrona.concurrent.UnsafeBuffer;

import java.lang.foreign.Arena;

/**
 * Outbound, second half: {@link PacketRing} → seal → UDP socket. The only agent that seals.
 *
 * <p>One duty cycle:
 * <ol>
 * <li>send what the socket did not take in the last one; nothing else goes before it;</li>
 * <li>do what the control agent commands: keepalives, CLOSE, echoes, packets that waited for a handshake;</li>
 * <li>seal the packets in the ring: {@link PacketSealer}, as many as the {@link Pacer} lets go;</li>
 * <li>send the batch; when the kernel has taken all of it, give the ring its memory back.</li>
 * </ol>
 *
 * <p>A packet is sealed once. What the socket does not take waits, sealed, in the {@link Outbox}.
 *
 * <p><b>Threading:</b> one agent thread.
 */
final class SendAgent implements WaitingAgent
{
    private static final int BATCH_LIMIT = 64;
    private static final int COMMAND_LIMIT = 16;
    private static final int COMMAND_SLOT_LENGTH = 128;
    private static final int LAST_CYCLES = 10_000;

    private final PacketHandler packetHandler;
    private final MessageHandler commandHandler = this::onCommand;
    private final UnsafeBuffer view = new UnsafeBuffer(0, 0);
    private final DutyCycle cycle = new DutyCycle();

    private final PacketRing ring;
    private final SendRing commands;
    private final WaitingPackets waiting;
    private final UdpSocket socket;
    private final ForwardingState state;
    private final SystemCalls calls;
    private final NanoClock clock;
    private final Counters counters;
    private final Outbox outbox;
    private final PacketSealer sealer;
    private final Pacer pacer;
    private final QueueDiscipline discipline;
    private final Wakeup producer;
    private final TimeSampler seals;
    private final long commandSlots;

    private long nowNs;
    private int commandFrames;
    private int pollIndex;

    /** The producer is the thread to wake when the ring has room again, or null where it is this very thread. */
    SendAgent(
        final Arena arena,
        final PacketRing ring,
        final SendRing commands,
        final WaitingPackets waiting,
        final UdpSocket socket,
        final ForwardingState state,
        final SystemCalls calls,
        final NanoClock clock,
        final Counters counters,
        final Outbox outbox,
        final PacketSealer sealer,
        final Pacer pacer,
        final QueueDiscipline discipline,
        final Wakeup producer)
    {
        this.ring = ring;
        this.commands = commands;
        this.waiting = waiting;
        this.socket = socket;
        this.state = state;
        this.calls = calls;
        this.clock = clock;
        this.counters = counters;
        this.outbox = outbox;
        this.sealer = sealer;
        this.pacer = pacer;
        this.discipline = discipline;
        this.producer = producer;
        this.seals = new TimeSampler(counters.times(TunnelTime.SEAL));
        this.packetHandler = sealer::onPacket;
        this.commandSlots = arena.allocate((long)COMMAND_LIMIT * COMMAND_SLOT_LENGTH, Long.BYTES).address();
    }

    @Override
    public int doWork()
    {
        cycle.begin();
        if (!outbox.isEmpty() && !flush())
        {
            discipline.onBlocked();
            return 0;
        }

        nowNs = clock.nanoTime();
        pacer.begin(nowNs);
        discipline.begin(nowNs);
        sealer.begin(state.allowedIps(), nowNs);
        outbox.begin(nowNs);
        commandFrames = 0;

        int work = commands.drain(commandHandler, COMMAND_LIMIT);
        if (waiting.hasReady())
        {
            work += sealWaiting();
        }
        pacer.charge(outbox.takeWireBytes());
        work += sealFromRing();
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
        final boolean blocked = !outbox.isEmpty();
        poller.events(pollIndex, blocked ? Poller.WRITABLE : 0);
        return blocked || !(waiting.hasReady() || pacer.maySend() && ring.hasPackets() || !commands.isEmpty());
    }

    @Override
    public long longestWaitNs()
    {
        if (pacer.maySend() || !outbox.isEmpty() || !ring.hasPackets())
        {
            return Poller.FOR_EVER;
        }
        return pacer.waitNs(clock.nanoTime());
    }

    DutyCycle cycle()
    {
        return cycle;
    }

    /** Last thing: what was commanded before the end, CLOSE above all, still goes, if the socket takes it. */
    @Override
    public void onClose()
    {
        for (int cycles = 0; cycles < LAST_CYCLES && !(outbox.isEmpty() && commands.isEmpty()); cycles++)
        {
            if (0 == doWork() && !outbox.isEmpty())
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

    private int sealFromRing()
    {
        int packets = 0;
        while (packets < BATCH_LIMIT && outbox.hasRoom() && pacer.maySend() && sealNext() > 0)
        {
            pacer.charge(outbox.takeWireBytes());
            packets++;
        }
        if (!pacer.maySend() && ring.hasPackets())
        {
            pacer.onHold(nowNs);
        }

        return packets;
    }

    private int sealNext()
    {
        final boolean timed = seals.begin(nowNs);
        final long flushes = outbox.flushes();
        final int before = outbox.size();
        final int packets = ring.poll(packetHandler, 1);
        if (timed)
        {
            // A flush in between is no sealing.
            seals.end(flushes == outbox.flushes() ? outbox.size() - before : 0);
        }
        return packets;
    }

    private void onCommand(final int command, final MutableDirectBuffer buffer, final int index, final int length)
    {
        final int number = buffer.getInt(index + SendRing.INDEX_OFFSET);
        if (SendRing.FLUSH == command)
        {
            waiting.markReady(number);
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
        else if (SendRing.ECHO_REPLY == command || SendRing.ECHO_REQUEST == command)
        {
            type = SendRing.ECHO_REPLY == command ? FrameType.ECHO_REPLY : FrameType.ECHO_REQUEST;
            plaintextLength = ReceiveReport.LENGTH;
            view.wrap(frame, COMMAND_SLOT_LENGTH);
            view.putBytes(SealedFrame.PLAINTEXT_OFFSET, buffer, index + SendRing.REPORT_OFFSET, plaintextLength);
        }

        final int datagramLength = session.seal(type, frame, plaintextLength, nowNs);
        if (datagramLength > 0)
        {
            commandFrames++;
            outbox.add(frame, datagramLength, endpoint, false);
            session.peer().onSent(nowNs);
            if (SendRing.KEEPALIVE == command)
            {
                counters.add(TunnelCounter.KEEPALIVES_SENT, 1);
            }
            else if (FrameType.ECHO_REQUEST == type || FrameType.ECHO_REPLY == type)
            {
                counters.add(TunnelCounter.ECHOES_SENT, 1);
            }
        }
    }

    /** Seals what waited for the handshakes of peers, of as many as the batch has room for. */
    private int sealWaiting()
    {
        int packets = 0;
        while (waiting.hasReady() && outbox.hasRoom())
        {
            final Peer peer = state.peer(waiting.takeReady());
            if (null != peer && null != peer.current())
            {
                packets += sealer.sealWaiting(peer);
            }
        }
        return packets;
    }

    /** Sends the batch as far as the socket takes it. Returns true when all of it is gone. */
    private boolean flush()
    {
        if (!outbox.flush())
        {
            return false;
        }

        ring.release();
        if (null != producer)
        {
            producer.signal(calls);
        }
        waiting.release();
        return true;
    }
}
