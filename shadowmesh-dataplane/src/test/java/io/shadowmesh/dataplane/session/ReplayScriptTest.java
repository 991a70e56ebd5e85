package io.shadowmesh.dataplane.session;

import io.shadowmesh.dataplane.frame.DropReason;
import io.shadowmesh.dataplane.frame.FrameHeader;
import io.shadowmesh.dataplane.frame.FrameType;
import io.shadowmesh.dataplane.frame.SealedFrame;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.LongStream;
import java.util.stream.Stream;

import static io.shadowmesh.dataplane.session.Fixtures.START_NS;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.params.provider.Arguments.argumentSet;

/**
 * Sequences in the orders that are known to trip replay windows, each run through a window and through a whole session,
 * whose frames are all authentic here.
 *
 * <p>Source: the cases of RFC 6479, section 3 (a turn within a word, to the next word, over several words, over the
 * whole ring), and those that the selftest of WireGuard's receive counter goes through, with our limits in place of its
 * own.
 */
class ReplayScriptTest
{
    private static final long W = ReplayWindow.EFFECTIVE_BITS;
    private static final long FIRST_OUTSIDE = W + 1;
    private static final long LIMIT = Lifetimes.SEQUENCE_LIMIT;
    private static final long WORD = Long.SIZE;

    /** What is asked: a sequence, and whether it may pass. */
    private record Step(long sequence, boolean passes)
    {
    }

    /** Steps that follow each other. */
    private static final class Script
    {
        private final List<Step> steps = new ArrayList<>();

        Script pass(final long... sequences)
        {
            LongStream.of(sequences).forEach(sequence -> steps.add(new Step(sequence, true)));
            return this;
        }

        Script refuse(final long... sequences)
        {
            LongStream.of(sequences).forEach(sequence -> steps.add(new Step(sequence, false)));
            return this;
        }

        Script pass(final LongStream sequences)
        {
            return pass(sequences.toArray());
        }

        Script refuse(final LongStream sequences)
        {
            return refuse(sequences.toArray());
        }
    }

    private static Script script()
    {
        return new Script();
    }

    private static LongStream upwards(final long from, final long to)
    {
        return LongStream.rangeClosed(from, to);
    }

    private static LongStream downwards(final long from, final long to)
    {
        return LongStream.rangeClosed(0, from - to).map(i -> from - i);
    }

    private static Arguments named(final String name, final Script script)
    {
        return argumentSet(name, script.steps);
    }

    static Stream<Arguments> scripts()
    {
        return Stream.of(
            named("the edges of the window, one after the other", script()
                .pass(0, 1).refuse(1).pass(9, 8, 7).refuse(7)
                .pass(FIRST_OUTSIDE, FIRST_OUTSIDE - 1).refuse(FIRST_OUTSIDE - 1).pass(FIRST_OUTSIDE - 2)
                .pass(2).refuse(2)
                .pass(FIRST_OUTSIDE + 16).refuse(3, FIRST_OUTSIDE + 16)
                .pass(4 * FIRST_OUTSIDE, 4 * FIRST_OUTSIDE - W)
                .refuse(10, 4 * FIRST_OUTSIDE - FIRST_OUTSIDE, 4 * FIRST_OUTSIDE - FIRST_OUTSIDE - 1)
                .pass(4 * FIRST_OUTSIDE - W + 1)
                .refuse(4 * FIRST_OUTSIDE - W, 0)),
            named("the last sequences of a key", script()
                .pass(0).refuse(LIMIT).pass(LIMIT - 1).refuse(LIMIT, LIMIT - 1)
                .pass(LIMIT - 2).refuse(LIMIT + 1, LIMIT + 2, LIMIT - 2)
                .pass(LIMIT - 3).refuse(0, -1, Long.MIN_VALUE, Long.MAX_VALUE)),
            named("a window upwards, and then what is before it", script()
                .pass(upwards(1, W)).pass(0).refuse(0)),
            named("a window and one more, upwards", script()
                .pass(upwards(2, FIRST_OUTSIDE)).pass(1).refuse(0)),
            named("a window downwards, each once", script()
                .pass(downwards(W, 0)).refuse(downwards(W, 0)).refuse(upwards(0, W))),
            named("a window downwards from one above it", script()
                .pass(downwards(FIRST_OUTSIDE, 1)).refuse(0).refuse(1)),
            named("a jump of a window: all that was is too old but the edge", script()
                .pass(upwards(0, 4)).pass(4 + W).refuse(upwards(0, 4)).pass(5).refuse(5)),
            named("a jump of a window and one", script()
                .pass(upwards(0, 4)).pass(5 + W).refuse(upwards(0, 4)).pass(5, 6)),
            named("a jump over the whole ring: no bit of the last turn is left", script()
                .pass(upwards(0, ReplayWindow.BITS)).pass(3L * ReplayWindow.BITS)
                .pass(downwards(3L * ReplayWindow.BITS - 1, 3L * ReplayWindow.BITS - W))
                .refuse(3L * ReplayWindow.BITS - W - 1)),
            named("within a word, to its end and to the next", script()
                .pass(0, WORD - 2, WORD - 1).refuse(WORD - 1).pass(WORD).refuse(WORD, WORD - 1, 0)
                .pass(1).pass(2 * WORD - 1, 2 * WORD).refuse(2 * WORD - 1).pass(WORD + 1)),
            named("over several words: those between are empty", script()
                .pass(upwards(0, 3 * WORD)).pass(10 * WORD + 5)
                .pass(upwards(3 * WORD + 1, 10 * WORD + 4)).refuse(upwards(0, 10 * WORD + 5))),
            named("round the ring word by word, and each word is fresh", script()
                .pass(LongStream.range(0, 2 * ReplayWindow.BITS / WORD).map(i -> i * WORD))
                .pass(LongStream.range(ReplayWindow.BITS / WORD + 2, 2 * ReplayWindow.BITS / WORD)
                    .map(i -> i * WORD + 1))),
            named("the word that is kept out of use: what lies in it is too old", script()
                .pass(upwards(0, ReplayWindow.BITS - 1)).refuse(upwards(0, ReplayWindow.BITS - 1))
                .pass(ReplayWindow.BITS).refuse(0, 1, WORD - 1, WORD, ReplayWindow.BITS - W - 1)));
    }

    private final FrameBench bench = new FrameBench();
    private final Session session =
        Fixtures.session(new RecordingAead(), Fixtures.peer("alice", 1), 1, false, START_NS);

    @AfterEach
    void free()
    {
        session.destroy();
        bench.close();
    }

    @ParameterizedTest
    @MethodSource("scripts")
    void passesWhatIsNewAndNothingElse(final List<Step> steps)
    {
        final ReplayWindow window = new ReplayWindow();
        long passed = 0;
        for (int i = 0; i < steps.size(); i++)
        {
            final Step step = steps.get(i);
            final String what = "step " + i + ", sequence " + step.sequence();
            if (step.sequence() < LIMIT)
            {
                assertEquals(step.passes(), window.check(step.sequence()) == ReplayWindow.OK, what);
                assertEquals(step.passes(), window.markIfNew(step.sequence()), what);
            }
            final int result = bench.open(session, frame(step.sequence()), START_NS);
            assertEquals(step.passes(), result >= 0, () -> what + ": code " + result);
            if (step.sequence() < 0 || step.sequence() >= LIMIT)
            {
                assertEquals(DropReason.KEY_EXHAUSTED.code(), result, what);
            }
            passed += step.passes() ? 1 : 0;
        }
        assertEquals(passed, session.packetsReceived());
    }

    private static byte[] frame(final long sequence)
    {
        final byte[] frame = new byte[SealedFrame.OVERHEAD];
        FrameHeader.encode(
            new UnsafeBuffer(frame), 0, sequence, FrameType.DATA, 0, frame.length - FrameHeader.LENGTH);
        return frame;
    }
}
