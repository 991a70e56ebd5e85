package io.shadowmesh.dataplane.handshake;

import io.shadowmesh.dataplane.address.Endpoint;
import io.shadowmesh.dataplane.crypto.Suite;
import io.shadowmesh.dataplane.frame.DropReason;
import io.shadowmesh.dataplane.frame.HandshakeHeader;
import io.shadowmesh.dataplane.frame.FrameHeader;
import io.shadowmesh.dataplane.frame.FrameType;
import io.shadowmesh.dataplane.identity.Identity;
import io.shadowmesh.dataplane.identity.PeerId;
import io.shadowmesh.dataplane.memory.Guard;
import io.shadowmesh.dataplane.memory.GuardedArena;
import io.shadowmesh.dataplane.memory.GuardedMemory;

import org.agrona.concurrent.UnsafeBuffer;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BiFunction;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * A node on a {@link ScriptedNetwork}: a table, and as much of sessions as confirms one. In place of a sealed keepalive
 * it sends its key, and whoever has the same confirms the session.
 */
final class MeshNode implements HandshakePeers, HandshakeTransport, HandshakeListener
{
    private static final int SEALED_LENGTH = FrameHeader.LENGTH + 4 + 32;
    private static final byte[] NO_KEY = new byte[32];
    private static final GuardedArena[] MEMORIES = {new GuardedArena(Guard.BEFORE), new GuardedArena(Guard.BEHIND)};

    private final ScriptedNetwork network;
    private final Endpoint endpoint;
    private final Identity identity;
    private final SeededRandom random;
    private final ReceiverIndices indices;
    private final HandshakeTable table;
    private final Set<PeerId> allowed = new HashSet<>();
    private final Map<PeerId, byte[]> presharedKeys = new HashMap<>();
    private final List<SessionKeys> sessions = new ArrayList<>();
    private final List<Integer> confirmed = new ArrayList<>();
    private final List<Integer> expired = new ArrayList<>();
    private final List<HandshakeOutcome> outcomes = new ArrayList<>();
    private final Map<DropReason, Integer> drops = new EnumMap<>(DropReason.class);
    private boolean confirms = true;

    MeshNode(final ScriptedNetwork network, final Identity identity, final int host, final long seed)
    {
        this(network, identity, Endpoint.ofIpv4(0xC0000200 | host, 9443), seed, 0x1, 1400);
    }

    MeshNode(
        final ScriptedNetwork network,
        final Identity identity,
        final Endpoint endpoint,
        final long seed,
        final int capabilities,
        final int innerMtu)
    {
        this(network, identity, endpoint, seed, capabilities, innerMtu, FloodDefence::new);
    }

    private MeshNode(
        final ScriptedNetwork network,
        final Identity identity,
        final Endpoint endpoint,
        final long seed,
        final int capabilities,
        final int innerMtu,
        final BiFunction<LocalNode, HandshakeLoad, Admission> admissions)
    {
        this.network = network;
        this.identity = identity;
        this.endpoint = endpoint;
        random = new SeededRandom(seed);
        indices = new ReceiverIndices(random);
        table = new HandshakeTable(identity, this, this, this, indices, innerMtu, capabilities, random, admissions);
        network.add(this);
    }

    /**
     * A node that lets everyone in who knows its Peer ID, for what lies behind the defence against floods.
     */
    static MeshNode undefended(
        final ScriptedNetwork network, final Identity identity, final int host, final long seed)
    {
        return new MeshNode(network, identity, Endpoint.ofIpv4(0xC0000200 | host, 9443), seed, 0x1, 1400,
            (node, load) -> (datagram, source, nowNs) -> null);
    }

    static void allowEachOther(final MeshNode a, final MeshNode b)
    {
        a.allowed.add(b.id());
        b.allowed.add(a.id());
    }

    void allow(final PeerId peer)
    {
        allowed.add(peer);
    }

    void presharedKey(final PeerId peer, final byte[] key)
    {
        presharedKeys.put(peer, key);
    }

    /**
     * Stops sending the first frame under a session that this node began.
     */
    void neverConfirms()
    {
        confirms = false;
    }

    void initiate(final MeshNode peer)
    {
        initiate(peer, Suite.AES_256_GCM);
    }

    void initiate(final MeshNode peer, final Suite suite)
    {
        table.initiate(peer.id(), peer.endpoint(), suite, network.nowNs());
    }

    void receive(final byte[] bytes, final Endpoint from)
    {
        if (bytes.length == SEALED_LENGTH && bytes[FrameHeader.TYPE_OFFSET] == FrameType.DATA)
        {
            onSealed(bytes);
        }
        else
        {
            table.onDatagram(throughMemory(bytes), bytes.length, from, network.nowNs());
        }
    }

    /** As the receive agent does it: the header is checked where the socket put it, and the bytes go on from there. */
    private static byte[] throughMemory(final byte[] bytes)
    {
        byte[] copy = bytes;
        for (final GuardedArena memory : MEMORIES)
        {
            memory.reset();
            final long address = memory.place(copy);
            if (FrameHeader.VALID == FrameHeader.validate(new UnsafeBuffer(address, copy.length), 0, copy.length))
            {
                assertTrue(copy.length >= FrameHeader.LENGTH);
            }
            copy = GuardedMemory.get(address, copy.length);
        }
        return copy;
    }

    private void onSealed(final byte[] bytes)
    {
        final int index = ByteBuffer.wrap(bytes).getInt(FrameHeader.LENGTH);
        for (final SessionKeys keys : sessions)
        {
            if (keys.localIndex() == index && !keys.initiator() && !expired.contains(index) &&
                !confirmed.contains(index) &&
                Arrays.equals(keys.receiveKey(), Arrays.copyOfRange(bytes, bytes.length - 32, bytes.length)))
            {
                confirmed.add(index);
                table.confirmed(index);
            }
        }
    }

    void sendSealed(final SessionKeys keys)
    {
        final byte[] frame = new byte[SEALED_LENGTH];
        FrameHeader.encode(new UnsafeBuffer(frame), 0, 0, FrameType.DATA, 0, frame.length - FrameHeader.LENGTH);
        ByteBuffer.wrap(frame).putInt(FrameHeader.LENGTH, keys.remoteIndex())
            .put(FrameHeader.LENGTH + 4, keys.sendKey());
        network.send(frame, endpoint, keys.endpoint());
    }

    @Override
    public boolean isAllowed(final PeerId id)
    {
        return allowed.contains(id);
    }

    @Override
    public byte[] presharedKey(final PeerId id)
    {
        return presharedKeys.getOrDefault(id, NO_KEY);
    }

    @Override
    public void send(final byte[] datagram, final int length, final Endpoint to)
    {
        if (FrameType.HANDSHAKE == datagram[FrameHeader.TYPE_OFFSET] && 4 == datagram[HandshakeHeader.MESSAGE_OFFSET])
        {
            assertFalse(sessions.isEmpty(), "M4 leaves before its session can be found");
        }
        network.send(Arrays.copyOf(datagram, length), endpoint, to);
    }

    @Override
    public void onSession(final SessionKeys keys)
    {
        sessions.add(keys);
        if (keys.initiator() && confirms)
        {
            sendSealed(keys);
        }
    }

    @Override
    public void onUnconfirmedExpired(final int localIndex)
    {
        expired.add(localIndex);
        indices.release(localIndex);
    }

    @Override
    public void onAttemptEnded(final PeerId peer, final HandshakeOutcome why)
    {
        outcomes.add(why);
    }

    @Override
    public void onDrop(final DropReason reason)
    {
        drops.merge(reason, 1, Integer::sum);
    }

    HandshakeTable table()
    {
        return table;
    }

    ReceiverIndices indices()
    {
        return indices;
    }

    Endpoint endpoint()
    {
        return endpoint;
    }

    Identity identity()
    {
        return identity;
    }

    PeerId id()
    {
        return identity.peerId();
    }

    List<SessionKeys> sessions()
    {
        return sessions;
    }

    /**
     * The sessions that frames could be sent on: begun here, or confirmed.
     */
    List<SessionKeys> liveSessions()
    {
        return sessions.stream().filter(keys -> keys.initiator() || confirmed.contains(keys.localIndex())).toList();
    }

    List<Integer> confirmed()
    {
        return confirmed;
    }

    List<Integer> expired()
    {
        return expired;
    }

    List<HandshakeOutcome> outcomes()
    {
        return outcomes;
    }

    int drops(final DropReason reason)
    {
        return drops.getOrDefault(reason, 0);
    }

    int drops()
    {
        return drops.values().stream().mapToInt(Integer::intValue).sum();
    }
}
