package io.shadowmesh.dataplane.status;

import org.agrona.concurrent.UnsafeBuffer;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.I_Result;

import java.nio.ByteBuffer;

/** Whoever reads a text of the status file while it is rewritten sees the old one or the new one, whole. */
@JCStressTest
@Outcome(id = "1", expect = Expect.ACCEPTABLE, desc = "the old text")
@Outcome(id = "2", expect = Expect.ACCEPTABLE, desc = "the new text")
@Outcome(id = "0", expect = Expect.ACCEPTABLE, desc = "it was being written for as long as the reader tried")
@Outcome(expect = Expect.FORBIDDEN, desc = "a part of the one and a part of the other")
@State
public class TextBlockStress
{
    private static final int BLOCK_LENGTH = 128;
    private static final String OLD = "a".repeat(40);
    private static final String NEW = "b".repeat(100);

    private final UnsafeBuffer buffer = new UnsafeBuffer(ByteBuffer.allocateDirect(BLOCK_LENGTH + Long.BYTES)
        .alignedSlice(Long.BYTES));

    /** With the old text. */
    public TextBlockStress()
    {
        TextBlock.write(buffer, 0, BLOCK_LENGTH, OLD);
    }

    /** Rewrites it. */
    @Actor
    public void writer()
    {
        TextBlock.write(buffer, 0, BLOCK_LENGTH, NEW);
    }

    /**
     * Reads it.
     *
     * @param result which it was.
     */
    @Actor
    public void reader(final I_Result result)
    {
        final String text = TextBlock.read(buffer, 0, BLOCK_LENGTH);
        result.r1 = text == null ? 0 : OLD.equals(text) ? 1 : NEW.equals(text) ? 2 : 3;
    }
}
