package io.shadowmesh.dataplane.session;

import io.shadowmesh.dataplane.crypto.Aead;
import io.shadowmesh.dataplane.crypto.AeadOpener;
import io.shadowmesh.dataplane.crypto.AeadSealer;
import io.shadowmesh.dataplane.crypto.Suite;

/** Sessions that seal and open nothing. */
public final class StressSession
{
    /** The inner MTU of each. */
    public static final int MTU = 1400;

    /** Ciphers that do nothing. */
    public static final Aead NO_AEAD = new NoAead();

    private StressSession()
    {
    }

    private static final class NoAead implements Aead, AeadSealer, AeadOpener
    {
        @Override
        public String name()
        {
            return "none";
        }

        @Override
        public String description()
        {
            return "none";
        }

        @Override
        public AeadSealer sealer(final Suite suite, final byte[] key32, final byte[] iv12)
        {
            return this;
        }

        @Override
        public AeadOpener opener(final Suite suite, final byte[] key32, final byte[] iv12)
        {
            return this;
        }

        @Override
        public void seal(
            final long sequence, final long aad, final int aadLength, final long text, final int length, final long out)
        {
            // Nothing to do.
        }

        @Override
        public int open(
            final long sequence, final long aad, final int aadLength, final long sealed, final int length, final long out)
        {
            return 0;
        }

        @Override
        public void close()
        {
            // Nothing to do.
        }
    }

    /**
     * Makes one.
     *
     * @param index by which frames name it.
     * @param peer  it is with, or null.
     * @return the session, begun by this node.
     */
    public static Session of(final int index, final Peer peer)
    {
        final byte[] key = new byte[32];
        final byte[] iv = new byte[12];
        return new Session(
            new SessionTerms(index, index + 1, true, Suite.AES_256_GCM, key, iv, key, iv, 1, MTU, 1), NO_AEAD, peer, true);
    }
}
