package io.shadowmesh.dataplane.status;

import org.agrona.concurrent.AtomicBuffer;

import java.lang.invoke.VarHandle;
import java.nio.charset.StandardCharsets;

/**
 * A text in a status file that its one writer may rewrite while others read it: a sequence lock.
 *
 * <pre>
 *  offset  length  field
 *       0       8  sequence  u64: odd while the text is being written; 0 when none ever was
 *       8       4  length    u32: bytes of the text
 *      16       .  text      UTF-8
 * </pre>
 *
 * <p><b>Threading:</b> one thread writes, any number of processes read.
 */
final class TextBlock
{
    private static final int LENGTH_OFFSET = 8;
    private static final int TEXT_OFFSET = 16;
    private static final int ATTEMPTS = 1000;

    private TextBlock()
    {
    }

    /** Writes a text, of one that is too long as many whole lines as fit. */
    static void write(final AtomicBuffer buffer, final int offset, final int blockLength, final String text)
    {
        final byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        int length = bytes.length;
        if (length > blockLength - TEXT_OFFSET)
        {
            length = blockLength - TEXT_OFFSET;
            while (length > 0 && bytes[length - 1] != '\n')
            {
                length--;
            }
        }

        final long sequence = buffer.getLong(offset);
        buffer.putLongRelease(offset, sequence + 1);
        VarHandle.storeStoreFence();
        buffer.putInt(offset + LENGTH_OFFSET, length);
        buffer.putBytes(offset + TEXT_OFFSET, bytes, 0, length);
        buffer.putLongRelease(offset, sequence + 2);
    }

    /** Reads a text as it was at one moment. Returns "" where none has been written, null while it changes on and on. */
    static String read(final AtomicBuffer buffer, final int offset, final int blockLength)
    {
        for (int i = 0; i < ATTEMPTS; i++)
        {
            final long sequence = buffer.getLongVolatile(offset);
            final int length = buffer.getInt(offset + LENGTH_OFFSET);
            if (0 == (sequence & 1) && length >= 0 && length <= blockLength - TEXT_OFFSET)
            {
                final byte[] bytes = new byte[length];
                buffer.getBytes(offset + TEXT_OFFSET, bytes);
                VarHandle.loadLoadFence();
                if (buffer.getLongVolatile(offset) == sequence)
                {
                    return new String(bytes, StandardCharsets.UTF_8);
                }
            }
            Thread.onSpinWait();
        }
        return null;
    }
}
