package io.shadowmesh.dataplane.handshake;

import io.shadowmesh.dataplane.identity.Identity;

import java.util.Arrays;
import java.util.Random;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * Identities that are the same in every run, and what two ends of one session must have in common.
 */
final class TestPeers
{
    private static final Identity[] IDENTITIES = sorted();

    /** The lowest Peer ID. */
    static final Identity LOWER = IDENTITIES[0];

    /** A higher Peer ID. */
    static final Identity HIGHER = IDENTITIES[1];

    /** Somebody else. */
    static final Identity STRANGER = IDENTITIES[2];

    private TestPeers()
    {
    }

    private static Identity[] sorted()
    {
        final Random random = new Random(20_250_301);
        final Identity[] identities = new Identity[3];
        for (int i = 0; i < identities.length; i++)
        {
            final byte[] secret = new byte[96];
            random.nextBytes(secret);
            identities[i] = Identity.of(secret);
        }
        Arrays.sort(identities, (a, b) -> a.peerId().compareTo(b.peerId()));
        return identities;
    }

    static void assertTwoEnds(final SessionKeys a, final SessionKeys b)
    {
        assertNotEquals(a.initiator(), b.initiator(), "one end began it");
        assertEquals(a.localIndex(), b.remoteIndex());
        assertEquals(a.remoteIndex(), b.localIndex());
        assertEquals(a.suite(), b.suite());
        assertEquals(a.capabilities(), b.capabilities());
        assertEquals(a.innerMtu(), b.innerMtu());
        assertArrayEquals(a.sendKey(), b.receiveKey());
        assertArrayEquals(a.sendIv(), b.receiveIv());
        assertArrayEquals(a.receiveKey(), b.sendKey());
        assertArrayEquals(a.receiveIv(), b.sendIv());
        assertFalse(Arrays.equals(a.sendKey(), a.receiveKey()), "directions have keys of their own");
        assertFalse(Arrays.equals(a.sendIv(), a.receiveIv()), "directions have ivs of their own");
        assertEquals(32, a.sendKey().length);
        assertEquals(12, a.sendIv().length);
    }

    /**
     * Asserts that exactly one session came about, and that both ends agree on it and can use it.
     */
    static void assertConnected(final MeshNode initiator, final MeshNode responder)
    {
        assertEquals(1, initiator.sessions().size(), "sessions of the initiator");
        assertEquals(1, responder.sessions().size(), "sessions of the responder");
        final SessionKeys ours = initiator.sessions().getFirst();
        assertTrue(ours.initiator());
        assertTwoEnds(ours, responder.sessions().getFirst());
        assertEquals(responder.id(), ours.peer());
        assertEquals(initiator.id(), responder.sessions().getFirst().peer());
    }
}
