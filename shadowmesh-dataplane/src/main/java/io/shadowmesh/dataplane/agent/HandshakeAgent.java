package io.shadowmesh.dataplane.agent;

import io.shadowmesh.dataplane.address.Endpoint;
import io.shadowmesh.dataplane.crypto.Suite;
import io.shadowmesh.dataplane.device.Poller;
import io.shadowmesh.dataplane.device.SocketAddressCodec;
import io.shadowmesh.dataplane.frame.DropReason;
import io.shadowmesh.dataplane.handshake.HandshakeListener;
import io.shadowmesh.dataplane.handshake.HandshakeOutcome;
import io.shadowmesh.dataplane.handshake.HandshakePeers;
import io.shadowmesh.dataplane.handshake.HandshakeTable;
import io.shadowmesh.dataplane.handshake.SessionKeys;
import io.shadowmesh.dataplane.identity.PeerId;
import io.shadowmesh.dataplane.session.Peer;
import io.shadowmesh.dataplane.status.Counters;
import io.shadowmesh.dataplane.status.TunnelCounter;
import org.agrona.MutableDirectBuffer;
import org.agrona.concurrent.MessageHandler;
import org.agrona.concurrent.NanoClock;

import java.util.HashMap;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;

/**
 * All handshakes, on a thread that does nothing else: what they cost is taken neither from the data path nor from the
 * control agent's timers.
 *
 * <p>Datagrams come from the {@link HandshakeLanes}, orders from the {@link ControlAgent}. A session that was agreed on is
 * published here, before M4 goes out, since its first frame may come at once; all else about it is the control agent's.
 * In each turn orders come first, then what names a handshake, then M1s, so many of each that none waits for long.
 *
 * <p><b>Threading:</b> one agent thread; {@link #initiate}, {@link #confirmed}, {@link #cancel}, {@link #add} and
 * {@link #remove} are for any thread.
 */
final class HandshakeAgent implements WaitingAgent, HandshakePeers, HandshakeListener
{
    private static final int NAMED_LIMIT = 32;
    private static final int FIRST_LIMIT = 16;
    private static final long CLAIM_INTERVAL_NS = TimeUnit.MILLISECONDS.toNanos(100);
    private static final byte[] NO_PRESHARED_KEY = new byte[32];

    private final MessageHandler datagramHandler = this::onDatagram;
    private final Queue<Runnable> orders = new ConcurrentLinkedQueue<>();
    private final Map<PeerId, Peer> peers = new HashMap<>();
    private final byte[] datagram = new byte[HandshakeLanes.MAX_DATAGRAM_LENGTH];

    private final HandshakeLanes lanes;
    private final SessionRegistry sessions;
    private final NanoClock clock;
    private final Wakeup wakeup;
    private final Counters counters;
    private final Suite suite;
    private final int[] attempts;

    private HandshakeTable table;
    private ControlAgent control;
    private long nowNs;
    private long nextClaimNs = Long.MIN_VALUE;

    HandshakeAgent(
        final ForwardingState state,
        final HandshakeLanes lanes,
        final SessionRegistry sessions,
        final AgentThread thread,
        final Counters counters,
        final Suite suite)
    {
        this.lanes = lanes;
        this.sessions = sessions;
        this.clock = thread.clock();
        this.wakeup = thread.wakeup();
        this.counters = counters;
        this.suite = suite;
        this.attempts = new int[state.peerCount()];
        for (int i = 0; i < state.peerCount(); i++)
        {
            final Peer peer = state.peer(i);
            if (null != peer)
            {
                peers.put(peer.id(), peer);
            }
        }
    }

    /** Gives it what itself is a part of. Before the thread starts. */
    void join(final HandshakeTable newTable, final ControlAgent newControl)
    {
        this.table = newTable;
        this.control = newControl;
    }

    @Override
    public int doWork()
    {
        nowNs = clock.nanoTime();
        int work = 0;
        for (Runnable order = orders.poll(); null != order; order = orders.poll())
        {
            order.run();
            work++;
        }

        work += lanes.drainNamed(datagramHandler, NAMED_LIMIT);
        work += lanes.drainFirsts(datagramHandler, FIRST_LIMIT);
        if (nowNs >= table.nextDeadlineNs())
        {
            table.poll(nowNs);
            work++;
        }

        if (work > 0)
        {
            show();
        }
        return work;
    }

    @Override
    public void register(final Poller poller)
    {
        // Its eventfd is all that it waits for.
    }

    @Override
    public boolean arm(final Poller poller)
    {
        return lanes.isEmpty() && orders.isEmpty();
    }

    @Override
    public long longestWaitNs()
    {
        return Math.max(0, table.nextDeadlineNs() - clock.nanoTime());
    }

    /** Erases the secrets of what was under way. */
    @Override
    public void onClose()
    {
        peers.keySet().forEach(table::cancel);
    }

    @Override
    public String roleName()
    {
        return "handshake";
    }

    /** Any thread: begins an attempt to reach a peer, of a number that its end will be told with. */
    void initiate(final Peer peer, final Endpoint endpoint, final int attempt)
    {
        order(() ->
        {
            if (peers.get(peer.id()) != peer)
            {
                return;
            }
            attempts[peer.number()] = attempt;
            table.initiate(peer.id(), endpoint, suite, nowNs);
        });
    }

    /** Any thread: the first sealed frame has come on an answered session. */
    void confirmed(final int localIndex)
    {
        order(() -> table.confirmed(localIndex));
    }

    /** Any thread: calls off the attempt to reach a peer, if one runs. */
    void cancel(final Peer peer)
    {
        order(() -> table.cancel(peer.id()));
    }

    /** Any thread: allows a peer. */
    void add(final Peer peer)
    {
        order(() -> peers.put(peer.id(), peer));
    }

    /** Any thread: forgets a peer, and tells when that is done, on this agent's thread. */
    void remove(final Peer peer, final Runnable forgotten)
    {
        order(() ->
        {
            if (peers.get(peer.id()) == peer)
            {
                table.cancel(peer.id());
                peers.remove(peer.id());
            }
            forgotten.run();
        });
    }

    private void order(final Runnable order)
    {
        orders.add(order);
        wakeup.signal();
    }

    private void onDatagram(final int event, final MutableDirectBuffer buffer, final int index, final int length)
    {
        final Endpoint source = SocketAddressCodec.decode(buffer, index + HandshakeLanes.SOURCE_OFFSET);
        if (null != source)
        {
            counters.add(TunnelCounter.HANDSHAKE_DATAGRAMS_RECEIVED, 1);
            final int datagramLength = length - HandshakeLanes.DATAGRAM_OFFSET;
            buffer.getBytes(index + HandshakeLanes.DATAGRAM_OFFSET, datagram, 0, datagramLength);

            final long beganNs = nowNs;
            table.onDatagram(datagram, datagramLength, source, beganNs);
            nowNs = clock.nanoTime();
            table.worked(nowNs - beganNs, nowNs);
        }
    }

    private void show()
    {
        counters.set(TunnelCounter.HANDSHAKES_HALF_OPEN, table.halfOpenCount());
        counters.set(TunnelCounter.FIRST_MESSAGES_INCOMPLETE, table.incompleteFirstCount());
        counters.set(TunnelCounter.HANDSHAKES_UNDER_LOAD, table.isUnderLoad() ? 1 : 0);
        counters.set(TunnelCounter.COOKIES_SENT, table.cookiesSent());
        counters.set(TunnelCounter.COOKIES_TAKEN, table.cookiesTaken());
    }

    @Override
    public boolean isAllowed(final PeerId id)
    {
        return peers.containsKey(id);
    }

    @Override
    public byte[] presharedKey(final PeerId id)
    {
        final byte[] key = peers.get(id).settings().presharedKey();
        return null == key ? NO_PRESHARED_KEY : key;
    }

    @Override
    public void onSession(final SessionKeys keys)
    {
        control.onAgreed(sessions.add(keys, peers.get(keys.peer())));
    }

    @Override
    public void onUnconfirmedExpired(final int localIndex)
    {
        control.onUnconfirmedExpired(localIndex);
    }

    @Override
    public void onAttemptEnded(final PeerId id, final HandshakeOutcome why)
    {
        final Peer peer = peers.get(id);
        control.onAttemptEnded(peer, attempts[peer.number()], why);
    }

    /** Whoever can make one claim can make many: the control agent hears of a few. */
    @Override
    public void onClaimRefused(final PeerId claimed, final Endpoint source, final DropReason reason)
    {
        if (nowNs >= nextClaimNs)
        {
            nextClaimNs = nowNs + CLAIM_INTERVAL_NS;
            control.onClaimRefused(claimed, peers.get(claimed), source);
        }
    }

    @Override
    public void onDrop(final DropReason reason)
    {
        counters.drop(reason);
    }
}
