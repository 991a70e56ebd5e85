package io.shadowmesh.dataplane.handshake;

import io.shadowmesh.dataplane.crypto.Suite;
import io.shadowmesh.dataplane.frame.DropReason;
import io.shadowmesh.dataplane.identity.PeerId;

import org.junit.jupiter.api.Test;

import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

class RetransmissionTest
{
    private static final long[] LOST = {};
    private static final long[] ONCE = {ScriptedNetwork.LATENCY_NS};
    private static final double SLACK = 1e-6;

    private final ScriptedNetwork network = new ScriptedNetwork();
    private final MeshNode a = new MeshNode(network, TestPeers.LOWER, 1, 21);
    private final MeshNode b = new MeshNode(network, TestPeers.HIGHER, 2, 22);

    RetransmissionTest()
    {
        MeshNode.allowEachOther(a, b);
    }

    @Test
    void doublesFromATenthOfASecondWithAThirdOfJitterUpToTwoSeconds()
    {
        double least = 1;
        double most = 1;
        for (long seed = 0; seed < 500; seed++)
        {
            final RetransmitSchedule schedule = new RetransmitSchedule(new SeededRandom(seed));
            long now = 1000;
            schedule.restart(now);
            long base = RetransmitSchedule.FIRST_NS;
            for (int i = 0; i < 12; i++)
            {
                final long wait = schedule.dueNs() - now;
                assertTrue(wait >= 0.67 * base * (1 - SLACK), "wait " + i + " is " + wait);
                assertTrue(wait <= Math.min(1.33 * base * (1 + SLACK), TimeUnit.SECONDS.toNanos(2)), "wait " + wait);
                least = Math.min(least, (double)wait / base);
                most = Math.max(most, (double)wait / base);
                now = schedule.dueNs();
                schedule.backOff(now);
                base = Math.min(2 * base, TimeUnit.SECONDS.toNanos(2));
            }
            schedule.restart(now);
            assertTrue(schedule.dueNs() - now <= 1.33 * RetransmitSchedule.FIRST_NS * (1 + SLACK), "restarts");
        }
        assertTrue(least < 0.7 && most > 1.3, "the jitter is spread: " + least + " to " + most);
    }

    @Test
    void resendsTheSameM1UntilFifteenSeconds()
    {
        network.script(datagram -> LOST);
        final long begin = network.nowNs();
        a.initiate(b);
        network.run(TimeUnit.MILLISECONDS.toNanos(14_999));
        assertEquals(List.of(), a.outcomes());
        final int index = network.sent().getFirst().bytes()[0];
        network.run(TimeUnit.MILLISECONDS.toNanos(1));

        assertEquals(List.of(HandshakeOutcome.NO_ANSWER), a.outcomes());
        assertEquals(0, index);
        final int count = network.sent().size();
        assertTrue(count >= 10 && count <= 18, "sent " + count);
        for (int i = 1; i < count; i++)
        {
            final ScriptedNetwork.Datagram datagram = network.sent().get(i);
            assertArrayEquals(network.sent().getFirst().bytes(), datagram.bytes());
            final long gap = datagram.sentNs() - network.sent().get(i - 1).sentNs();
            final double base = Math.min(100e6 * (1L << i - 1), 2e9);
            assertTrue(gap >= 0.67 * base * (1 - SLACK) && gap <= Math.min(1.33 * base, 2e9) * (1 + SLACK));
            assertTrue(datagram.sentNs() < begin + TimeUnit.SECONDS.toNanos(15));
        }
        assertEquals(Long.MAX_VALUE, a.table().nextDeadlineNs());
        network.runSeconds(60);
        assertEquals(count, network.sent().size());
    }

    @Test
    void restartsAtM3AndEndsNineSecondsAfterTheFirstM2()
    {
        network.script(datagram -> datagram.message() >= FragmentLayout.M3 || datagram.number() < 4 ? LOST : ONCE);
        a.initiate(b);
        network.runSeconds(3);
        final long secondCame = network.sent(a, FragmentLayout.M3).getFirst().sentNs();
        network.run(secondCame + TimeUnit.SECONDS.toNanos(9) - network.nowNs() - 1);
        assertEquals(List.of(), a.outcomes());
        network.run(1);
        assertEquals(List.of(HandshakeOutcome.NOT_COMPLETED), a.outcomes());

        final List<ScriptedNetwork.Datagram> third = network.sent(a, FragmentLayout.M3);
        final int firstMessages = network.sent(a, FragmentLayout.M1).size();
        assertTrue(third.size() >= 12, "sent " + third.size());
        for (int i = 2; i < third.size(); i++)
        {
            assertArrayEquals(third.get(i % 2).bytes(), third.get(i).bytes());
            final double base = Math.min(100e6 * (1L << i / 2 - 1), 2e9);
            final long gap = third.get(i).sentNs() - third.get(i - 2).sentNs();
            assertTrue(gap >= 0.67 * base * (1 - SLACK) && gap <= Math.min(1.33 * base, 2e9) * (1 + SLACK));
        }
        network.runSeconds(30);
        assertEquals(firstMessages, network.sent(a, FragmentLayout.M1).size(), "M1 is not sent again after M2");
    }

    @Test
    void theResponderNeverSendsByItself()
    {
        network.script(datagram -> datagram.from().equals(a.endpoint()) ? ONCE : LOST);
        a.initiate(b);
        network.run(2 * ScriptedNetwork.LATENCY_NS);
        a.table().cancel(b.id());
        final int count = network.sent().size();
        network.runSeconds(60);
        assertEquals(count, network.sent().size());
        assertEquals(List.of(HandshakeOutcome.CANCELLED), a.outcomes());
        assertEquals(0, b.table().halfOpenCount());
    }

    @Test
    void takesAFreshKeyAndTheOtherChunkAfterAFailure()
    {
        network.script(datagram -> LOST);
        for (int i = 0; i < 3; i++)
        {
            a.initiate(b);
            network.runSeconds(15);
        }
        final List<ScriptedNetwork.Datagram> sent = network.sent();
        final List<byte[]> kinds = sent.stream().map(ScriptedNetwork.Datagram::bytes).toList();
        final List<Integer> counts = sent.stream().map(ScriptedNetwork.Datagram::count).distinct().toList();
        assertEquals(List.of(1, 2), counts);
        assertEquals(1, sent.getLast().count());
        assertEquals(1240 - 24 + 67, kinds.getFirst().length);
        assertFalse(Arrays.equals(kinds.getFirst(), kinds.getLast()), "a fresh ephemeral key");
        assertEquals(1160 + 67, sent.stream().filter(d -> d.count() == 2).findFirst().orElseThrow().bytes().length);
    }

    @Test
    void keepsTheChunkThatWorked()
    {
        network.script(datagram -> LOST);
        a.initiate(b);
        network.runSeconds(15);
        network.script(datagram -> ONCE);
        a.initiate(b);
        network.runSeconds(1);
        a.initiate(b);
        network.runSeconds(1);
        assertEquals(2, a.sessions().size());
        assertEquals(2, network.sent(a, FragmentLayout.M1).getLast().count());
    }

    @Test
    void cancelsAnAttemptAndTakesNothingForItAfterwards()
    {
        a.initiate(b);
        network.run(ScriptedNetwork.LATENCY_NS);
        a.table().cancel(b.id());
        a.table().cancel(b.id());
        network.runSeconds(1);
        assertEquals(List.of(HandshakeOutcome.CANCELLED), a.outcomes());
        assertEquals(0, network.sent(a, FragmentLayout.M3).size());
        assertEquals(2, a.drops(DropReason.HANDSHAKE_UNKNOWN));
    }

    @Test
    void beginsTheNextAttemptFromInsideTheReport()
    {
        final HandshakeTable[] table = new HandshakeTable[1];
        final int[] ended = new int[1];
        final HandshakeListener again = new HandshakeListener()
        {
            @Override
            public void onSession(final SessionKeys keys)
            {
            }

            @Override
            public void onUnconfirmedExpired(final int localIndex)
            {
            }

            @Override
            public void onAttemptEnded(final PeerId peer, final HandshakeOutcome why)
            {
                ended[0]++;
                table[0].initiate(peer, b.endpoint(), Suite.AES_256_GCM, 15_000_000_000L);
            }

            @Override
            public void onDrop(final DropReason reason)
            {
            }
        };
        final SeededRandom random = new SeededRandom(1);
        table[0] = new HandshakeTable(
            TestPeers.LOWER, a, (bytes, length, to) -> { }, again, new ReceiverIndices(random), 1400, 0, random);
        table[0].initiate(b.id(), b.endpoint(), Suite.AES_256_GCM, 0);
        table[0].poll(15_000_000_000L);
        assertEquals(1, ended[0]);
        assertTrue(table[0].isInitiating(b.id()));
        table[0].cancel(b.id());
        assertTrue(table[0].isInitiating(b.id()), "the listener began another");
    }
}
