package io.shadowmesh.cli;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * Counts what passes by in a recording: the packets, and at the end those that are not in it.
 *
 * <p>Source: draft-ietf-opsawg-pcapng, sections 3.1, 4.3 and 4.6.
 */
final class CaptureTally
{
    private static final int INTERFACE_STATISTICS = 5;
    private static final int ENHANCED_PACKET = 6;
    private static final int HEADER_LENGTH = 8;
    private static final int LONGEST_STATISTICS = 1024;
    private static final int FIXED_LENGTH = 20;
    private static final int ISB_IFDROP = 5;

    private final ByteBuffer block = ByteBuffer.allocate(LONGEST_STATISTICS).order(ByteOrder.LITTLE_ENDIAN);
    private long toSkip;
    private int toKeep = HEADER_LENGTH;
    private long packets;
    private long missed;
    private boolean complete;

    /** The next bytes of the file. */
    void add(final ByteBuffer bytes)
    {
        while (bytes.hasRemaining())
        {
            if (toSkip > 0)
            {
                final int skipped = (int)Math.min(toSkip, bytes.remaining());
                bytes.position(bytes.position() + skipped);
                toSkip -= skipped;
                continue;
            }
            block.put(bytes.get());
            if (block.position() == toKeep)
            {
                onKept();
            }
        }
    }

    private void onKept()
    {
        final int type = block.getInt(0);
        final long length = block.getInt(Integer.BYTES) & 0xFFFFFFFFL;
        if (toKeep == HEADER_LENGTH && type == INTERFACE_STATISTICS && length <= LONGEST_STATISTICS)
        {
            toKeep = (int)length;
            return;
        }
        if (toKeep > HEADER_LENGTH)
        {
            missed = dropped(toKeep);
            complete = true;
        }
        else
        {
            packets += type == ENHANCED_PACKET ? 1 : 0;
            toSkip = Math.max(0, length - HEADER_LENGTH);
        }
        block.clear();
        toKeep = HEADER_LENGTH;
    }

    private long dropped(final int length)
    {
        for (int option = FIXED_LENGTH; option + Integer.BYTES <= length - Integer.BYTES;
            option += Integer.BYTES + ((block.getShort(option + Short.BYTES) & 0xFFFF) + 3 & -4))
        {
            if (block.getShort(option) == ISB_IFDROP)
            {
                return block.getLong(option + Integer.BYTES);
            }
        }
        return 0;
    }

    long packets()
    {
        return packets;
    }

    /** Packets that came faster than they were taken. */
    long missed()
    {
        return missed;
    }

    /** Whether the end of the recording has been seen. */
    boolean isComplete()
    {
        return complete;
    }
}
