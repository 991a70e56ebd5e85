package io.shadowmesh.dataplane.handshake;

import io.shadowmesh.dataplane.frame.DropReason;
import io.shadowmesh.dataplane.frame.HandshakeHeader;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.TimeUnit;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

class LossyHandshakeTest
{
    private static final long[] LOST = {};
    private static final long[] ONCE = {ScriptedNetwork.LATENCY_NS};

    private final ScriptedNetwork network = new ScriptedNetwork();
    private final MeshNode a = new MeshNode(network, TestPeers.HIGHER, 1, 11);
    private final MeshNode b = new MeshNode(network, TestPeers.LOWER, 2, 12);

    LossyHandshakeTest()
    {
        MeshNode.allowEachOther(a, b);
    }

    static List<List<Integer>> everyOneAndPairOfSix()
    {
        return everyOneAndPairOf(6);
    }

    static List<List<Integer>> everyOneAndPairOfNine()
    {
        return everyOneAndPairOf(9);
    }

    private static List<List<Integer>> everyOneAndPairOf(final int count)
    {
        final List<List<Integer>> all = new ArrayList<>();
        for (int i = 1; i <= count; i++)
        {
            all.add(List.of(i));
            for (int j = i + 1; j <= count; j++)
            {
                all.add(List.of(i, j));
            }
        }
        return all;
    }

    /**
     * The n-th datagram of a handshake without loss: M1, two of M2, two of M3, M4.
     */
    @ParameterizedTest
    @MethodSource("everyOneAndPairOfSix")
    void connectsWhenTheFirstCopyOfOneOrTwoDatagramsIsLost(final List<Integer> lost)
    {
        loseFirstCopies(lost, new String[]{"1.0", "2.0", "2.1", "3.0", "3.1", "4.0"});
        a.initiate(b);
        network.runSeconds(8);
        TestPeers.assertConnected(a, b);
        assertEquals(1, b.confirmed().size());
    }

    @ParameterizedTest
    @MethodSource("everyOneAndPairOfSix")
    void connectsWhenTheNthDatagramsSentAreLost(final List<Integer> lost)
    {
        network.script(datagram -> lost.contains(datagram.number()) ? LOST : ONCE);
        a.initiate(b);
        network.runSeconds(8);
        TestPeers.assertConnected(a, b);
    }

    @ParameterizedTest
    @MethodSource("everyOneAndPairOfNine")
    void connectsWithSmallChunksWhenTheFirstCopyOfOneOrTwoDatagramsIsLost(final List<Integer> lost)
    {
        failOneAttempt();
        loseFirstCopies(lost, new String[]{"1.0", "1.1", "2.0", "2.1", "2.2", "3.0", "3.1", "3.2", "4.0"});
        a.initiate(b);
        network.runSeconds(8);
        TestPeers.assertConnected(a, b);
        assertEquals(1, b.confirmed().size());
        final List<ScriptedNetwork.Datagram> m2 = network.sent(b, FragmentLayout.M2);
        assertTrue(m2.stream().allMatch(datagram -> datagram.count() == 3), "the responder takes the same chunk");
    }

    private void failOneAttempt()
    {
        network.script(datagram -> LOST);
        a.initiate(b);
        network.runSeconds(15);
        assertEquals(List.of(HandshakeOutcome.NO_ANSWER), a.outcomes());
    }

    private void loseFirstCopies(final List<Integer> lost, final String[] names)
    {
        final Set<String> toLose = new HashSet<>();
        lost.forEach(n -> toLose.add(names[n - 1]));
        network.script(datagram -> datagram.isHandshake() &&
            toLose.remove(datagram.message() + "." + datagram.fragment()) ? LOST : ONCE);
    }

    @Test
    void connectsOnceWhenEveryDatagramComesThreeTimes()
    {
        network.script(datagram -> new long[]{
            ScriptedNetwork.LATENCY_NS, ScriptedNetwork.LATENCY_NS + 1, 30 * ScriptedNetwork.LATENCY_NS});
        a.initiate(b);
        network.runSeconds(30);

        TestPeers.assertConnected(a, b);
        assertEquals(1, b.confirmed().size());
        assertEquals(List.of(), b.expired());
        assertEquals(List.of(HandshakeOutcome.ESTABLISHED), a.outcomes());
    }

    @Test
    void connectsWhenEveryMessagesFragmentsComeInReverse()
    {
        network.script(datagram -> new long[]{ScriptedNetwork.LATENCY_NS - datagram.fragment() * 1000L});
        a.initiate(b);
        network.run(4 * ScriptedNetwork.LATENCY_NS);
        TestPeers.assertConnected(a, b);
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20})
    void connectsOverANetworkThatLosesDuplicatesAndReorders(final long seed)
    {
        System.out.println("seed " + seed);
        final Random random = new Random(seed);
        network.script(datagram ->
        {
            final long[] delays = new long[random.nextInt(100) < 30 ? 0 : 1 + random.nextInt(2)];
            for (int i = 0; i < delays.length; i++)
            {
                delays[i] = TimeUnit.MILLISECONDS.toNanos(1 + random.nextInt(60));
            }
            return delays;
        });
        for (int attempt = 0; attempt < 20 && a.sessions().isEmpty(); attempt++)
        {
            a.initiate(b);
            network.runSeconds(24);
        }

        assertEquals(1, a.sessions().size());
        final SessionKeys ours = a.sessions().getFirst();
        final SessionKeys theirs = b.sessions().stream()
            .filter(keys -> keys.localIndex() == ours.remoteIndex()).findFirst().orElseThrow();
        TestPeers.assertTwoEnds(ours, theirs);
        assertFalse(a.table().isInitiating(b.id()));
        network.runSeconds(30);
        assertEquals(0, a.table().halfOpenCount() + b.table().halfOpenCount());
        assertEquals(0, b.table().answeredCount());
    }

    @Test
    void answersTheSameMessageFromItsCacheToWhereItCameFrom()
    {
        a.neverConfirms();
        a.initiate(b);
        network.runSeconds(1);
        final MeshNode elsewhere = new MeshNode(network, TestPeers.STRANGER, 99, 13);
        final List<ScriptedNetwork.Datagram> first = network.sent(a, FragmentLayout.M1);
        final List<ScriptedNetwork.Datagram> second = network.sent(b, FragmentLayout.M2);
        final List<ScriptedNetwork.Datagram> third = network.sent(a, FragmentLayout.M3);
        final List<ScriptedNetwork.Datagram> fourth = network.sent(b, FragmentLayout.M4);
        assertEquals(1, b.table().answeredCount());

        first.forEach(datagram -> b.receive(datagram.bytes(), elsewhere.endpoint()));
        third.forEach(datagram -> b.receive(datagram.bytes(), elsewhere.endpoint()));

        final List<ScriptedNetwork.Datagram> again = network.sent().stream()
            .filter(datagram -> datagram.to().equals(elsewhere.endpoint())).toList();
        assertEquals(3, again.size());
        assertArrayEquals(second.get(0).bytes(), again.get(0).bytes());
        assertArrayEquals(second.get(1).bytes(), again.get(1).bytes());
        assertArrayEquals(fourth.getFirst().bytes(), again.get(2).bytes());
        assertEquals(1, b.sessions().size());
        assertEquals(a.endpoint(), b.sessions().getFirst().endpoint(), "no endpoint moves");
        assertEquals(0, b.table().halfOpenCount());
    }

    @Test
    void answersACopyOfM1UnderAnotherIndexAndTheGenuineOneToo()
    {
        network.script(datagram -> LOST);
        a.initiate(b);
        final byte[] genuine = network.sent().getFirst().bytes();
        final byte[] copy = genuine.clone();
        copy[HandshakeHeader.SENDER_INDEX_OFFSET] ^= 1;
        Mac1.toResponder(b.id()).write(copy, copy.length);

        b.receive(copy, a.endpoint());
        assertEquals(1, b.table().halfOpenCount());
        network.script(datagram -> ONCE);
        b.receive(genuine, a.endpoint());
        network.run(4 * ScriptedNetwork.LATENCY_NS);
        TestPeers.assertConnected(a, b);
    }

    @Test
    void forgetsTheFragmentsOfAnM2ThatIsMixedFromTwo()
    {
        final byte[][] firstOfOld = new byte[1][];
        network.script(datagram -> FragmentLayout.M2 == datagram.message() ? LOST : ONCE);
        a.initiate(b);
        network.run(2 * ScriptedNetwork.LATENCY_NS);
        firstOfOld[0] = network.sent(b, FragmentLayout.M2).getFirst().bytes();

        final MeshNode restarted = new MeshNode(network, TestPeers.LOWER, 2, 14);
        MeshNode.allowEachOther(a, restarted);
        a.receive(firstOfOld[0], b.endpoint());
        network.script(datagram -> ONCE);
        network.runSeconds(3);
        TestPeers.assertConnected(a, restarted);
        assertEquals(1, a.drops(DropReason.HANDSHAKE_FAILED));
    }

    @Test
    void sendsAnswersWhereTheFullChunkCameFrom()
    {
        failOneAttempt();
        network.script(datagram -> FragmentLayout.M3 == datagram.message() ? LOST : ONCE);
        a.initiate(b);
        network.run(3 * ScriptedNetwork.LATENCY_NS);
        final List<ScriptedNetwork.Datagram> third = network.sent(a, FragmentLayout.M3);
        final MeshNode forged = new MeshNode(network, TestPeers.STRANGER, 99, 13);
        assertEquals(3, third.size());
        b.receive(third.get(0).bytes(), a.endpoint());
        b.receive(third.get(1).bytes(), a.endpoint());
        b.receive(third.get(2).bytes(), forged.endpoint());

        assertEquals(a.endpoint(), network.sent(b, FragmentLayout.M4).getFirst().to());
    }

    @Test
    void repliesNoMoreThanThreeTimesWhatASourceSent()
    {
        final Random random = new Random(5);
        network.script(datagram -> random.nextInt(4) == 0 ? LOST : ONCE);
        for (int i = 0; i < 6; i++)
        {
            a.initiate(b);
            network.runSeconds(24);
        }
        int received = 0;
        int replied = 0;
        for (final ScriptedNetwork.Datagram datagram : network.sent())
        {
            if (datagram.from().equals(a.endpoint()))
            {
                received += datagram.bytes().length;
            }
            else
            {
                replied += datagram.bytes().length;
                assertTrue(replied <= 3 * received, Arrays.toString(new int[]{replied, received}));
            }
        }
    }
}
