package io.shadowmesh.dataplane.session;

import org.junit.jupiter.api.Test;

import java.util.concurrent.TimeUnit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

class LinkMeterTest
{
    private static final long SECOND_NS = TimeUnit.SECONDS.toNanos(1);
    private static final long MILLISECOND_NS = TimeUnit.MILLISECONDS.toNanos(1);

    private final LinkMeter meter = new LinkMeter();
    private long nowNs = 1_000 * SECOND_NS;
    private int session = 1;
    private long reportedNs;
    private long packets;
    private long bytes;
    private long lost;

    @Test
    void knowsNothingBeforeTheFirstReply()
    {
        meter.onEcho(nowNs);
        assertEquals(LinkMeter.UNKNOWN, meter.lastRttNs());
        assertEquals(LinkMeter.UNKNOWN, meter.smoothedRttNs());
        assertEquals(LinkMeter.UNKNOWN, meter.rttVariationNs());
        assertEquals(LinkMeter.UNKNOWN, meter.minimumRttNs());
        assertEquals(LinkMeter.UNKNOWN, meter.rttP50Ns());
        assertEquals(LinkMeter.UNKNOWN, meter.rttP99Ns());
        assertEquals(0, meter.lossPpm());
        assertEquals(0, meter.deliveredBitsPerSecond());
        assertEquals(1, meter.echoesSent());
        assertEquals(0, meter.echoesAnswered());
    }

    @Test
    void smoothsTheRoundTripAsRfc6298Does()
    {
        reply(100 * MILLISECOND_NS);
        assertEquals(100 * MILLISECOND_NS, meter.smoothedRttNs());
        assertEquals(50 * MILLISECOND_NS, meter.rttVariationNs());

        reply(180 * MILLISECOND_NS);
        assertEquals(110 * MILLISECOND_NS, meter.smoothedRttNs());
        assertEquals(57_500_000, meter.rttVariationNs());
        assertEquals(180 * MILLISECOND_NS, meter.lastRttNs());
        assertEquals(2, meter.echoesAnswered());
    }

    @Test
    void tellsWhatAnEchoWaitsOnItsWayToThePeerAndNotWhatTheAnswerDoes()
    {
        reply(10 * MILLISECOND_NS);
        reply(10 * MILLISECOND_NS);
        assertEquals(0, meter.outboundQueueNs());
        delayed(10 * MILLISECOND_NS, 7 * MILLISECOND_NS, 0);
        assertEquals(7 * MILLISECOND_NS, meter.outboundQueueNs());
        delayed(10 * MILLISECOND_NS, 0, 8 * MILLISECOND_NS);
        assertEquals(0, meter.outboundQueueNs());
        delayed(10 * MILLISECOND_NS, 5 * MILLISECOND_NS, 8 * MILLISECOND_NS);
        assertEquals(5 * MILLISECOND_NS, meter.outboundQueueNs());
        session = 2;
        reportedNs = 0;
        delayed(10 * MILLISECOND_NS, 5 * MILLISECOND_NS, 0);
        assertEquals(5 * MILLISECOND_NS, meter.outboundQueueNs(), "the queue does not know of the new session");
        reply(10 * MILLISECOND_NS);
        assertEquals(0, meter.outboundQueueNs());
    }

    @Test
    void remembersTheQuickestWayThoughAQueueMakesThePathLookLikeAnother()
    {
        reply(5 * MILLISECOND_NS);
        for (int i = 0; i < 5; i++)
        {
            delayed(5 * MILLISECOND_NS, 20 * MILLISECOND_NS, 0);
        }
        assertEquals(25 * MILLISECOND_NS, meter.minimumRttNs(), "another path, as far as the round trip tells");
        assertEquals(20 * MILLISECOND_NS, meter.outboundQueueNs());
    }

    @Test
    void forgetsTheQuickestWayAfterAMinute()
    {
        reply(10 * MILLISECOND_NS);
        for (int i = 0; i < 53; i++)
        {
            delayed(10 * MILLISECOND_NS, 4 * MILLISECOND_NS, 0);
            assertEquals(4 * MILLISECOND_NS, meter.outboundQueueNs());
        }
        for (int i = 0; i < 8; i++)
        {
            delayed(10 * MILLISECOND_NS, 4 * MILLISECOND_NS, 0);
        }
        assertEquals(0, meter.outboundQueueNs());
    }

    @Test
    void looksTenSecondsBackForTheShortestRoundTrip()
    {
        reply(60 * MILLISECOND_NS);
        for (int i = 0; i < 8; i++)
        {
            reply(80 * MILLISECOND_NS);
            assertEquals(60 * MILLISECOND_NS, meter.minimumRttNs());
        }
        reply(80 * MILLISECOND_NS);
        reply(80 * MILLISECOND_NS);
        assertEquals(80 * MILLISECOND_NS, meter.minimumRttNs());
    }

    @Test
    void takesTwoEchoesThatAreFarOffForOutliers()
    {
        reply(10 * MILLISECOND_NS);
        assertFalse(meter.isUnsettled());
        reply(400 * MILLISECOND_NS);
        assertTrue(meter.isUnsettled());
        reply(400 * MILLISECOND_NS);
        reply(10 * MILLISECOND_NS + meter.smoothedRttNs());
        assertFalse(meter.isUnsettled());
        assertTrue(meter.smoothedRttNs() < 120 * MILLISECOND_NS, () -> "smoothed " + meter.smoothedRttNs());
    }

    @Test
    void beginsAnewWhenThreeEchoesInARowAreFarOff()
    {
        reply(5 * MILLISECOND_NS);
        for (int i = 0; i < 3; i++)
        {
            reply(500 * MILLISECOND_NS);
        }
        assertEquals(500 * MILLISECOND_NS, meter.smoothedRttNs());
        assertEquals(500 * MILLISECOND_NS, meter.minimumRttNs());
        assertEquals(500e6, meter.rttP50Ns(), 5e6);
        for (int i = 0; i < 3; i++)
        {
            reply(5 * MILLISECOND_NS);
        }
        assertEquals(5 * MILLISECOND_NS, meter.smoothedRttNs());
        assertEquals(5e6, meter.rttP99Ns(), 0.1e6, "of the path as it is");
        assertFalse(meter.isUnsettled());
    }

    @Test
    void tellsMedianAndTail()
    {
        for (int i = 0; i < 95; i++)
        {
            reply(20 * MILLISECOND_NS);
        }
        for (int i = 0; i < 5; i++)
        {
            reply(39 * MILLISECOND_NS);
        }
        assertEquals(20e6, meter.rttP50Ns(), 0.2e6);
        assertEquals(39e6, meter.rttP99Ns(), 0.4e6);
    }

    @Test
    void clampsRoundTripsThatLastTooLongForAHistogram()
    {
        reply(Long.MAX_VALUE);
        assertEquals(LinkMeter.LONGEST_RTT_NS, meter.lastRttNs());
    }

    @Test
    void passesOverAReplyFromBeforeItsRequest()
    {
        reply(-1);
        assertEquals(LinkMeter.UNKNOWN, meter.lastRttNs());
        assertEquals(0, meter.echoesAnswered());
    }

    @Test
    void countsWhatDidNotComeInTheWindow()
    {
        reply(MILLISECOND_NS);
        received(990, 10);
        reply(MILLISECOND_NS);
        assertEquals(10_000, meter.lossPpm());
        for (int i = 0; i < 12; i++)
        {
            received(1000, 0);
            reply(MILLISECOND_NS);
        }
        assertEquals(0, meter.lossPpm(), "losses of more than ten seconds ago");
    }

    @Test
    void countsNoLossWhereLateFramesComeAfterAll()
    {
        received(90, 10);
        reply(MILLISECOND_NS);
        received(10, -10);
        reply(MILLISECOND_NS);
        assertEquals(0, meter.lossPpm());
    }

    @Test
    void tellsTheGreatestRateOfTenSeconds()
    {
        reply(MILLISECOND_NS);
        received(1000, 0);
        reply(MILLISECOND_NS);
        assertEquals(8_000_000, meter.deliveredBitsPerSecond());
        for (int i = 0; i < 9; i++)
        {
            received(500, 0);
            reply(MILLISECOND_NS);
            assertEquals(8_000_000, meter.deliveredBitsPerSecond());
        }
        received(500, 0);
        reply(MILLISECOND_NS);
        assertEquals(4_000_000, meter.deliveredBitsPerSecond());
    }

    @Test
    void measuresTheRateByThePeersClockAndNotByItsOwn()
    {
        reply(MILLISECOND_NS);
        received(1000, 0);
        nowNs -= 900 * MILLISECOND_NS;
        reply(MILLISECOND_NS);
        assertEquals(8_000_000, meter.deliveredBitsPerSecond());
    }

    @Test
    void makesNoRateOutOfReportsCloseTogether()
    {
        reply(MILLISECOND_NS);
        received(1000, 0);
        reportedNs -= 999 * MILLISECOND_NS;
        reply(MILLISECOND_NS);
        assertEquals(0, meter.deliveredBitsPerSecond());
    }

    @Test
    void beginsToCompareAnewWithEachSession()
    {
        received(1_000_000, 0);
        reply(MILLISECOND_NS);
        session = 2;
        reportedNs = 0;
        packets = 10;
        bytes = 10_000;
        lost = 7;
        reply(MILLISECOND_NS);
        assertEquals(0, meter.lossPpm());
        assertEquals(0, meter.deliveredBitsPerSecond());
        received(100, 0);
        reply(MILLISECOND_NS);
        assertEquals(800_000, meter.deliveredBitsPerSecond());
    }

    @Test
    void passesOverReportsThatContradictTheLastOne()
    {
        received(1000, 0);
        reply(MILLISECOND_NS);
        bytes = 5;
        packets = 5;
        reply(MILLISECOND_NS);
        bytes = Long.MAX_VALUE;
        packets = Long.MAX_VALUE;
        lost = Long.MAX_VALUE;
        reply(MILLISECOND_NS);
        assertTrue(meter.deliveredBitsPerSecond() >= 0);
        assertTrue(meter.lossPpm() >= 0 && meter.lossPpm() <= 1_000_000);
    }

    private void received(final int count, final int missing)
    {
        packets += count;
        bytes += 1000L * count;
        lost += missing;
    }

    /** A reply of a second after the last one. */
    private void reply(final long rttNs)
    {
        nowNs += SECOND_NS;
        reportedNs += SECOND_NS;
        meter.onReply(rttNs, nowNs, session, reportedNs, packets, bytes, lost, 0);
    }

    /** A reply of a second after the last one, later for what the request and the answer have waited. */
    private void delayed(final long rttNs, final long outboundNs, final long backNs)
    {
        nowNs += SECOND_NS;
        reportedNs += SECOND_NS;
        meter.onReply(rttNs + outboundNs + backNs, nowNs + outboundNs + backNs, session, reportedNs + outboundNs,
            packets, bytes, lost, 0);
    }
}
