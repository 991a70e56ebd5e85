package io.shadowmesh.benchmarks;

import io.shadowmesh.dataplane.crypto.Aead;
import io.shadowmesh.dataplane.crypto.Suite;
import io.shadowmesh.dataplane.identity.PeerId;
import io.shadowmesh.dataplane.session.Peer;
import io.shadowmesh.dataplane.session.PeerActions;
import io.shadowmesh.dataplane.session.PeerSettings;
import io.shadowmesh.dataplane.session.PeerTimers;
import io.shadowmesh.dataplane.session.Session;
import io.shadowmesh.dataplane.session.SessionTerms;

import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;

/** Keys, peers and sessions for benchmarks, the same in every run. */
final class SampleKeys
{
    /** What the clock of every session here shows, always. */
    static final long NOW_NS = 1_000_000_000L;

    private static final byte[] INITIATOR_KEY = filled(Suite.KEY_LENGTH, 1);
    private static final byte[] INITIATOR_IV = filled(Suite.IV_LENGTH, 2);
    private static final byte[] RESPONDER_KEY = filled(Suite.KEY_LENGTH, 3);
    private static final byte[] RESPONDER_IV = filled(Suite.IV_LENGTH, 4);
    private static final int INITIATOR_INDEX = 0x1F3A77C2;
    private static final int RESPONDER_INDEX = 0x0B12FFEE;
    private static final int INNER_MTU = 1400;

    /** For a peer's first session there is nothing to do. */
    private static final PeerActions NO_ACTIONS = new PeerActions()
    {
        @Override
        public void initiate(final Peer peer)
        {
        }

        @Override
        public void keepalive(final Peer peer)
        {
        }

        @Override
        public void retire(final Session session)
        {
        }

        @Override
        public void resolve(final Peer peer)
        {
        }
    };

    private SampleKeys()
    {
    }

    static byte[] key()
    {
        return INITIATOR_KEY.clone();
    }

    static byte[] iv()
    {
        return INITIATOR_IV.clone();
    }

    /** A peer without prefixes, one of many. */
    static Peer peer(final int number)
    {
        final PeerId self = PeerId.of(new byte[0]);
        final PeerId id = PeerId.of(new byte[]{(byte)(number >>> 16), (byte)(number >>> 8), (byte)number});
        return new Peer(new PeerSettings(id, "peer" + number, null, 0, List.of(), false, 0, null), self, number);
    }

    /** The initiator's half of a session; what it seals, {@link #responder} opens. */
    static Session initiator(final Aead aead, final Suite suite)
    {
        return initiator(aead, suite, false);
    }

    /** The same, with a responder that takes partial checksums, or one that does not. */
    static Session initiator(final Aead aead, final Suite suite, final boolean partialChecksums)
    {
        return new Session(
            new SessionTerms(INITIATOR_INDEX, RESPONDER_INDEX, true, suite, INITIATOR_KEY, INITIATOR_IV, RESPONDER_KEY,
                RESPONDER_IV, partialChecksums ? Session.PARTIAL_CHECKSUMS : 0, INNER_MTU, NOW_NS),
            aead, peer(0), true);
    }

    /** The responder's half. */
    static Session responder(final Aead aead, final Suite suite)
    {
        return new Session(
            new SessionTerms(RESPONDER_INDEX, INITIATOR_INDEX, false, suite, RESPONDER_KEY, RESPONDER_IV, INITIATOR_KEY,
                INITIATOR_IV, 0, INNER_MTU, NOW_NS),
            aead, peer(1), true);
    }

    /** Makes a session the one that its peer's packets go by. */
    static void makeCurrent(final Session session)
    {
        new PeerTimers(NO_ACTIONS, new SplittableRandom(0)).onConfirmed(session, NOW_NS);
        if (session.peer().current() != session)
        {
            throw new IllegalStateException("the session is not its peer's");
        }
    }

    private static byte[] filled(final int length, final int value)
    {
        final byte[] bytes = new byte[length];
        Arrays.fill(bytes, (byte)value);
        return bytes;
    }
}
