package io.shadowmesh.dataplane.session;

import io.shadowmesh.dataplane.address.IpPrefix;
import io.shadowmesh.dataplane.crypto.Aead;
import io.shadowmesh.dataplane.crypto.Suite;
import io.shadowmesh.dataplane.identity.PeerId;

import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ThreadLocalRandom;

/** Peers, sessions and seeds as the tests of this package use them. */
final class Fixtures
{
    static final long SECOND_NS = 1_000_000_000L;

    /** A clock does not begin at 0. */
    static final long START_NS = 7_000 * SECOND_NS;

    static final PeerId SELF = id(100);

    private Fixtures()
    {
    }

    /** A Peer ID whose order among the others is that of the numbers, 0 to 255. */
    static PeerId id(final int number)
    {
        final byte[] hash = new byte[PeerId.LENGTH];
        hash[0] = (byte)number;
        return PeerId.ofHash(hash);
    }

    static Peer peer(final String name, final int number, final String... allowedIps)
    {
        return new Peer(settings(name, number, allowedIps), SELF, number);
    }

    static PeerSettings settings(final String name, final int number, final String... allowedIps)
    {
        final List<IpPrefix> prefixes = Arrays.stream(allowedIps).map(IpPrefix::parse).toList();
        return new PeerSettings(id(number), name, null, 0, prefixes, false, 0, null);
    }

    /** What one side of a session holds; the other side of the same pair of indices holds the mirror. */
    static SessionTerms terms(
        final int localIndex, final int remoteIndex, final boolean initiator, final Suite suite, final long nowNs)
    {
        final int first = initiator ? localIndex : remoteIndex;
        final int second = initiator ? remoteIndex : localIndex;
        final byte[] forth = bytes(32, 31L * first + second);
        final byte[] forthIv = bytes(12, 37L * first + second);
        final byte[] back = bytes(32, 41L * first + second);
        final byte[] backIv = bytes(12, 43L * first + second);
        return initiator ?
            new SessionTerms(localIndex, remoteIndex, true, suite, forth, forthIv, back, backIv, 1, 1400, nowNs) :
            new SessionTerms(localIndex, remoteIndex, false, suite, back, backIv, forth, forthIv, 1, 1400, nowNs);
    }

    static Session session(final Peer peer, final int localIndex, final boolean initiator, final long nowNs)
    {
        return session(new RecordingAead(), peer, localIndex, initiator, nowNs);
    }

    static Session session(
        final Aead aead, final Peer peer, final int localIndex, final boolean initiator, final long nowNs)
    {
        final SessionTerms terms = terms(localIndex, ~localIndex, initiator, Suite.AES_256_GCM, nowNs);
        return new Session(terms, aead, peer, initiator);
    }

    /** A random generator whose seed is printed, or given by {@code -Dshadowmesh.seed}. */
    static Random seeded(final String test)
    {
        final long seed = Long.getLong("shadowmesh.seed", ThreadLocalRandom.current().nextLong());
        System.out.println(test + ": -Dshadowmesh.seed=" + seed);
        return new Random(seed);
    }

    private static byte[] bytes(final int length, final long seed)
    {
        final byte[] bytes = new byte[length];
        new Random(seed).nextBytes(bytes);
        return bytes;
    }
}
