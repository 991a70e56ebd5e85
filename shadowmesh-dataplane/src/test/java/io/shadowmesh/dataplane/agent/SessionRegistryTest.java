package io.shadowmesh.dataplane.agent;

import io.shadowmesh.dataplane.address.Endpoint;
import io.shadowmesh.dataplane.crypto.Aead;
import io.shadowmesh.dataplane.crypto.Suite;
import io.shadowmesh.dataplane.handshake.ReceiverIndices;
import io.shadowmesh.dataplane.handshake.SessionKeys;
import io.shadowmesh.dataplane.identity.Identity;
import io.shadowmesh.dataplane.identity.PeerId;
import io.shadowmesh.dataplane.session.AllowedIps;
import io.shadowmesh.dataplane.session.Peer;
import io.shadowmesh.dataplane.session.PeerSettings;
import io.shadowmesh.dataplane.session.Session;
import io.shadowmesh.dataplane.session.SessionTable;
import io.shadowmesh.dataplane.status.Counters;
import io.shadowmesh.dataplane.status.TunnelCounter;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.security.SecureRandom;
import java.util.List;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

class SessionRegistryTest
{
    private static final byte[] ZEROS = new byte[Suite.KEY_LENGTH];

    private final Arena arena = Arena.ofShared();
    private final Counters counters = Counters.inMemory();
    private final AgentThread thread = new AgentThread("test", arena, counters);
    private final PeerId id = Identity.generate().peerId();
    private final Peer peer = new Peer(
        new PeerSettings(id, "there", null, 0, List.of(), false, 0, null), Identity.generate().peerId(), 0);
    private final ForwardingState state =
        new ForwardingState(new Peer[]{peer}, AllowedIps.of(List.of(peer)), SessionTable.EMPTY);
    private final SessionRegistry sessions = new SessionRegistry(
        state, Aead.named("jdk"), new ReceiverIndices(new SecureRandom()), new DutyCycle(), new DutyCycle(),
        thread.wakeup(), thread.wakeup(), counters);

    SessionRegistryTest() throws IOException
    {
    }

    @AfterEach
    void close()
    {
        thread.release();
        arena.close();
    }

    private SessionKeys keys(final boolean initiator)
    {
        return new SessionKeys(
            7, 8, id, initiator, Suite.AES_256_GCM, key(1), new byte[Suite.IV_LENGTH], key(2), new byte[Suite.IV_LENGTH],
            0, 1400, Endpoint.ofIpv4(0xC0000202, 9443), 0);
    }

    private static byte[] key(final int first)
    {
        final byte[] key = new byte[Suite.KEY_LENGTH];
        key[0] = (byte)first;
        return key;
    }

    @Test
    void anAnsweredSessionIsUnconfirmedUntilItsFirstFrameHasCome()
    {
        final Session answered = sessions.add(keys(false), peer);
        assertFalse(answered.isConfirmed());
        assertTrue(state.sessions().hasUnconfirmed(peer));
    }

    @Test
    void anInitiatorsSessionIsOfUseAtOnceAndItsKeysAreLeftNowhereElse()
    {
        final SessionKeys keys = keys(true);
        final Session session = sessions.add(keys, peer);
        assertTrue(session.isConfirmed());
        assertTrue(session.isUsable(0));
        assertSame(session, state.sessions().lookup(7));
        assertEquals(1, counters.get(TunnelCounter.SESSIONS_LIVE));
        assertArrayEquals(ZEROS, keys.sendKey());
        assertArrayEquals(ZEROS, keys.receiveKey());
    }
}
