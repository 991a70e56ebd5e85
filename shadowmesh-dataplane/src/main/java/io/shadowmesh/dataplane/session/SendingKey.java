package io.shadowmesh.dataplane.session;

import io.shadowmesh.dataplane.crypto.AeadSealer;
import io.shadowmesh.dataplane.frame.DropReason;
import io.shadowmesh.dataplane.frame.FrameHeader;
import io.shadowmesh.dataplane.frame.SealedFrame;
import org.agrona.concurrent.UnsafeBuffer;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * The sending direction of a session: its sealer, its sequence and its bounds.
 *
 * <p><b>Threading:</b> the send agent seals; the counters may be read by any thread.
 */
final class SendingKey
{
    private static final int MAX_PLAINTEXT_LENGTH =
        FrameHeader.LENGTH + FrameHeader.MAX_PAYLOAD_LENGTH - SealedFrame.OVERHEAD;

    private static final VarHandle NEXT_SEQUENCE;
    private static final VarHandle BYTES;
    private static final VarHandle DATA;

    static
    {
        try
        {
            final MethodHandles.Lookup lookup = MethodHandles.lookup();
            NEXT_SEQUENCE = lookup.findVarHandle(SendingKey.class, "nextSequence", long.class);
            BYTES = lookup.findVarHandle(SendingKey.class, "bytes", long.class);
            DATA = lookup.findVarHandle(SendingKey.class, "data", boolean.class);
        }
        catch (final ReflectiveOperationException ex)
        {
            throw new ExceptionInInitializerError(ex);
        }
    }

    private final AeadSealer sealer;
    private final int remoteIndex;
    private final UnsafeBuffer header = new UnsafeBuffer(0, 0);

    private long nextSequence;
    private long bytes;
    private boolean data;

    SendingKey(final AeadSealer sealer, final int remoteIndex)
    {
        this.sealer = sealer;
        this.remoteIndex = remoteIndex;
    }

    /** {@link Session#seal} without the key's age. */
    int seal(
        final byte type, final long text, final int plaintextLength, final long frame, final long timestampNs)
    {
        if (plaintextLength < 0 || plaintextLength > MAX_PLAINTEXT_LENGTH)
        {
            return DropReason.OUTBOUND_TOO_LARGE.code();
        }
        final int datagramLength = plaintextLength + SealedFrame.OVERHEAD;
        final long sequence = nextSequence;
        final long bytesAfter = bytes + datagramLength;
        if (sequence >= Lifetimes.SEQUENCE_LIMIT || bytesAfter > Lifetimes.BYTE_LIMIT)
        {
            return DropReason.KEY_EXHAUSTED.code();
        }

        // Consumed before anything can fail: a nonce is never used again, whatever becomes of the frame.
        NEXT_SEQUENCE.setOpaque(this, sequence + 1);
        BYTES.setOpaque(this, bytesAfter);
        if (Session.isData(type, plaintextLength))
        {
            DATA.setOpaque(this, true);
        }

        header.wrap(frame, SealedFrame.PLAINTEXT_OFFSET);
        FrameHeader.encode(header, 0, sequence, type, timestampNs, datagramLength - FrameHeader.LENGTH);
        SealedFrame.receiverIndex(header, 0, remoteIndex);
        sealer.seal(
            sequence, frame, SealedFrame.AAD_LENGTH, text, plaintextLength, frame + SealedFrame.PLAINTEXT_OFFSET);
        return datagramLength;
    }

    boolean isExhausted()
    {
        return frames() >= Lifetimes.SEQUENCE_LIMIT || bytes() + SealedFrame.OVERHEAD > Lifetimes.BYTE_LIMIT;
    }

    long frames()
    {
        return (long)NEXT_SEQUENCE.getOpaque(this);
    }

    long bytes()
    {
        return (long)BYTES.getOpaque(this);
    }

    boolean hasCarriedData()
    {
        return (boolean)DATA.getOpaque(this);
    }

    void destroy()
    {
        sealer.close();
    }
}
