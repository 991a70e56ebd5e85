package io.shadowmesh.dataplane.session;

import io.shadowmesh.dataplane.crypto.Aead;
import io.shadowmesh.dataplane.crypto.AeadOpener;
import io.shadowmesh.dataplane.crypto.AeadSealer;
import io.shadowmesh.dataplane.crypto.Suite;

import java.util.ArrayList;
import java.util.List;

/** Encrypts nothing and notes what it is asked: the sequences sealed, and whether all it made was closed. */
final class RecordingAead implements Aead
{
    final List<Long> sealedSequences = new ArrayList<>();
    boolean failSeals;
    boolean refuseTags;
    int opens;
    int live;

    @Override
    public String name()
    {
        return "recording";
    }

    @Override
    public String description()
    {
        return "an AEAD that records";
    }

    @Override
    public AeadSealer sealer(final Suite suite, final byte[] key32, final byte[] iv12)
    {
        live++;
        return new AeadSealer()
        {
            private boolean closed;

            @Override
            public void seal(
                final long sequence,
                final long aad,
                final int aadLength,
                final long text,
                final int textLength,
                final long out)
            {
                if (closed)
                {
                    throw new IllegalStateException("closed");
                }
                sealedSequences.add(sequence);
                if (failSeals)
                {
                    throw new IllegalStateException("asked to fail");
                }
            }

            @Override
            public void close()
            {
                live -= closed ? 0 : 1;
                closed = true;
            }
        };
    }

    @Override
    public AeadOpener opener(final Suite suite, final byte[] key32, final byte[] iv12)
    {
        if (iv12.length != Suite.IV_LENGTH)
        {
            throw new IllegalArgumentException("iv");
        }
        live++;
        return new AeadOpener()
        {
            private boolean closed;

            @Override
            public int open(
                final long sequence,
                final long aad,
                final int aadLength,
                final long sealed,
                final int sealedLength,
                final long out)
            {
                if (closed)
                {
                    throw new IllegalStateException("closed");
                }
                opens++;
                return refuseTags ? REFUSED : sealedLength - Suite.TAG_LENGTH;
            }

            @Override
            public void close()
            {
                live -= closed ? 0 : 1;
                closed = true;
            }
        };
    }
}
