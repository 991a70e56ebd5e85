package io.shadowmesh.dataplane.session;

import io.shadowmesh.dataplane.crypto.AeadOpener;
import io.shadowmesh.dataplane.frame.DropReason;
import io.shadowmesh.dataplane.frame.FrameHeader;
import io.shadowmesh.dataplane.frame.SealedFrame;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * The receiving direction of a session: its opener, its replay window and its bounds.
 *
 * <p><b>Threading:</b> the receive agent opens; the counters may be read by any thread.
 */
final class ReceivingKey
{
    private static final VarHandle PACKETS;
    private static final VarHandle BYTES;
    private static final VarHandle HIGHEST;
    private static final VarHandle FAILED_TAGS;
    private static final VarHandle DATA;

    static
    {
        try
        {
            final MethodHandles.Lookup lookup = MethodHandles.lookup();
            PACKETS = lookup.findVarHandle(ReceivingKey.class, "packets", long.class);
            BYTES = lookup.findVarHandle(ReceivingKey.class, "bytes", long.class);
            HIGHEST = lookup.findVarHandle(ReceivingKey.class, "highest", long.class);
            FAILED_TAGS = lookup.findVarHandle(ReceivingKey.class, "failedTags", long.class);
            DATA = lookup.findVarHandle(ReceivingKey.class, "data", boolean.class);
        }
        catch (final ReflectiveOperationException ex)
        {
            throw new ExceptionInInitializerError(ex);
        }
    }

    private final AeadOpener opener;
    private final ReplayWindow window = new ReplayWindow();

    private long packets;
    private long bytes;
    private long highest = -1;
    private long failedTags;
    private boolean data;

    ReceivingKey(final AeadOpener opener)
    {
        this.opener = opener;
    }

    /** {@link Session#open} without the key's age. */
    int open(final long frame, final int datagramLength)
    {
        if (datagramLength < SealedFrame.OVERHEAD)
        {
            return DropReason.TRUNCATED_FRAME.code();
        }
        final long sequence = FrameHeader.sequence(frame);
        final long bytesAfter = bytes + datagramLength;
        if (sequence < 0 || sequence >= Lifetimes.SEQUENCE_LIMIT || bytesAfter > Lifetimes.BYTE_LIMIT ||
            failedTags >= Lifetimes.FAILED_TAG_LIMIT)
        {
            return DropReason.KEY_EXHAUSTED.code();
        }

        final int replay = window.check(sequence);
        if (replay != ReplayWindow.OK)
        {
            return replay == ReplayWindow.DUPLICATE ?
                DropReason.REPLAY_DUPLICATE.code() : DropReason.REPLAY_TOO_OLD.code();
        }

        final long text = frame + SealedFrame.PLAINTEXT_OFFSET;
        final int sealedLength = datagramLength - SealedFrame.PLAINTEXT_OFFSET;
        final int plaintextLength = opener.open(sequence, frame, SealedFrame.AAD_LENGTH, text, sealedLength, text);
        if (plaintextLength < 0)
        {
            FAILED_TAGS.setOpaque(this, failedTags + 1);
            return DropReason.AUTHENTICATION_FAILED.code();
        }
        if (!window.markIfNew(sequence))
        {
            return DropReason.REPLAY_DUPLICATE.code();
        }

        HIGHEST.setOpaque(this, window.highest());
        PACKETS.setOpaque(this, packets + 1);
        BYTES.setOpaque(this, bytesAfter);
        if (Session.isData(FrameHeader.type(frame), plaintextLength))
        {
            DATA.setOpaque(this, true);
        }
        return plaintextLength;
    }

    long packets()
    {
        return (long)PACKETS.getOpaque(this);
    }

    long bytes()
    {
        return (long)BYTES.getOpaque(this);
    }

    /** The highest sequence opened, -1 before the first. */
    long highest()
    {
        return (long)HIGHEST.getOpaque(this);
    }

    long failedTags()
    {
        return (long)FAILED_TAGS.getOpaque(this);
    }

    boolean hasCarriedData()
    {
        return (boolean)DATA.getOpaque(this);
    }

    void destroy()
    {
        opener.close();
    }
}
