package io.shadowmesh.dataplane.ring;

import io.shadowmesh.ffi.NativeMemory;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.JJ_Result;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * A packet that the consumer sees is whole, though its claim was cut at commit; packets come in their order; and memory
 * that the consumer still holds is not the producer's.
 */
public class PacketRingStress
{
    private static final int CAPACITY = 1024;
    private static final int LONGEST = 88;
    private static final long FIRST = 0x1111_1111_1111_1111L;
    private static final long SECOND = 0x2222_2222_2222_2222L;

    private PacketRingStress()
    {
    }

    /** A ring and what its two threads do with it. */
    static class Ring
    {
        private final MemorySegment memory = Arena.ofAuto().allocate(PacketRing.memoryLength(CAPACITY), 128);
        final PacketRing ring = new PacketRing(memory, LONGEST);

        final boolean put(final long value, final int length)
        {
            final long address = ring.claim();
            if (address == 0)
            {
                return false;
            }
            NativeMemory.at(address, LONGEST).set(ValueLayout.JAVA_LONG_UNALIGNED, length - Long.BYTES, value);
            ring.commit(length);
            return true;
        }

        /** The value at the end of the next packet; 0 when there is none, -1 when its length is not the one given. */
        final long take(final int length)
        {
            final long[] seen = new long[1];
            ring.poll((address, packetLength) ->
                seen[0] = packetLength != length ? -1 : NativeMemory.at(address, packetLength)
                    .get(ValueLayout.JAVA_LONG_UNALIGNED, packetLength - Long.BYTES), 1);
            return seen[0];
        }
    }

    /** Two packets of different lengths, both shorter than their claims. */
    @JCStressTest
    @Outcome(id = "0, 0", expect = Expect.ACCEPTABLE, desc = "neither was there yet")
    @Outcome(id = FIRST + ", 0", expect = Expect.ACCEPTABLE, desc = "the first")
    @Outcome(id = "0, " + FIRST, expect = Expect.ACCEPTABLE, desc = "the first, at the second look")
    @Outcome(id = FIRST + ", " + SECOND, expect = Expect.ACCEPTABLE, desc = "both")
    @Outcome(expect = Expect.FORBIDDEN, desc = "a packet in parts, or out of order")
    @State
    public static class Commit extends Ring
    {
        /** The producer. */
        @Actor
        public void producer()
        {
            put(FIRST, 24);
            put(SECOND, 40);
        }

        /**
         * The consumer, which does not know how long the next packet is but by which it is.
         *
         * @param result what it saw.
         */
        @Actor
        public void consumer(final JJ_Result result)
        {
            result.r1 = take(24);
            result.r2 = take(result.r1 == 0 ? 24 : 40);
        }
    }

    /** A ring that is full: the next packet has to wait until the first ones are released. */
    @JCStressTest
    @Outcome(id = FIRST + ", 0", expect = Expect.ACCEPTABLE, desc = "the producer found the ring full")
    @Outcome(id = FIRST + ", 1", expect = Expect.ACCEPTABLE, desc = "the producer came after the release")
    @Outcome(expect = Expect.FORBIDDEN, desc = "a packet was written over before it was released")
    @State
    public static class Release extends Ring
    {
        /** Full but for less than a claim. */
        public Release()
        {
            boolean hasRoom = true;
            while (hasRoom)
            {
                hasRoom = put(FIRST, LONGEST);
            }
        }

        /**
         * The producer.
         *
         * @param result whether there was room.
         */
        @Actor
        public void producer(final JJ_Result result)
        {
            result.r2 = put(SECOND, LONGEST) ? 1 : 0;
        }

        /**
         * The consumer, which reads and then releases.
         *
         * @param result what it read.
         */
        @Actor
        public void consumer(final JJ_Result result)
        {
            final long first = take(LONGEST);
            final long second = take(LONGEST);
            result.r1 = first == second ? first : -1;
            ring.release();
        }
    }

    /** A ring at its limit: the next packet has to wait until the one before it is released, though there is room. */
    @JCStressTest
    @Outcome(id = FIRST + ", 0", expect = Expect.ACCEPTABLE, desc = "the producer found the limit reached")
    @Outcome(id = FIRST + ", 1", expect = Expect.ACCEPTABLE, desc = "the producer came after the release")
    @Outcome(expect = Expect.FORBIDDEN, desc = "the ring held more than it may, or less than nothing")
    @State
    public static class Limit extends Ring
    {
        /** At the limit of one. */
        public Limit()
        {
            ring.limit(1);
            put(FIRST, 24);
        }

        /**
         * The producer.
         *
         * @param result how many packets the ring holds with the one just put there, 0 where it could not be.
         */
        @Actor
        public void producer(final JJ_Result result)
        {
            result.r2 = put(SECOND, 24) ? ring.fill() : 0;
        }

        /**
         * The consumer.
         *
         * @param result what it read, -1 where more or less than nothing waits behind what it can see.
         */
        @Actor
        public void consumer(final JJ_Result result)
        {
            final long first = take(24);
            result.r1 = ring.waiting() == 0 ? first : -1;
            ring.release();
        }
    }
}
