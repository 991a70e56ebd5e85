package io.shadowmesh.dataplane.handshake;

import io.shadowmesh.dataplane.frame.DropReason;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

class SimultaneousInitiationTest
{
    private static final long[] LOST = {};
    private static final long[] ONCE = {ScriptedNetwork.LATENCY_NS};

    private ScriptedNetwork network;
    private MeshNode lower;
    private MeshNode higher;

    SimultaneousInitiationTest()
    {
        begin(1);
    }

    private void begin(final long seed)
    {
        network = new ScriptedNetwork();
        lower = new MeshNode(network, TestPeers.LOWER, 1, 2 * seed);
        higher = new MeshNode(network, TestPeers.HIGHER, 2, 2 * seed + 1);
        MeshNode.allowEachOther(lower, higher);
    }

    @Test
    void theLowersHandshakeWinsWhenBothBeginAtTheSameMoment()
    {
        higher.initiate(lower);
        lower.initiate(higher);
        network.runSeconds(1);

        TestPeers.assertConnected(lower, higher);
        assertEquals(List.of(HandshakeOutcome.ESTABLISHED), lower.outcomes());
        assertEquals(List.of(HandshakeOutcome.SUPERSEDED), higher.outcomes());
        assertEquals(1, lower.drops(DropReason.HANDSHAKE_UNKNOWN), "the higher's M3 was ignored once");
        assertEquals(0, network.sent(lower, FragmentLayout.M4).size());
        network.runSeconds(60);
        assertEquals(1, lower.sessions().size());
    }

    @Test
    void theLowerIgnoresTheHighersM3ForFiveSecondsAndThenAnswers()
    {
        final ScriptedNetwork.Script losesLowersThird = datagram ->
            datagram.from().equals(lower.endpoint()) && datagram.message() == FragmentLayout.M3 ? LOST : ONCE;
        network.script(losesLowersThird);
        lower.initiate(higher);
        higher.initiate(lower);
        network.run(TimeUnit.MILLISECONDS.toNanos(20) + TimeUnit.SECONDS.toNanos(5) - 1);
        assertEquals(0, network.sent(lower, FragmentLayout.M4).size());
        assertTrue(lower.drops(DropReason.HANDSHAKE_UNKNOWN) >= 4);
        assertEquals(1, lower.table().halfOpenCount(), "an ignored M3 changes nothing");

        network.script(datagram -> LOST);
        network.run(1);
        network.sent(higher, FragmentLayout.M3).subList(0, 2)
            .forEach(datagram -> lower.receive(datagram.bytes(), higher.endpoint()));
        assertEquals(1, network.sent(lower, FragmentLayout.M4).size(), "answered from the fifth second on");

        network.script(losesLowersThird);
        network.runSeconds(4);
        TestPeers.assertConnected(higher, lower);
        assertEquals(List.of(HandshakeOutcome.ESTABLISHED), higher.outcomes());
        assertEquals(List.of(HandshakeOutcome.SUPERSEDED), lower.outcomes());
    }

    @Test
    void theHigherAnswersAndKeepsItsOwnHandshakeUntilAFrameConfirmsASession()
    {
        lower.neverConfirms();
        lower.initiate(higher);
        higher.initiate(lower);
        network.run(5 * ScriptedNetwork.LATENCY_NS);
        assertEquals(1, higher.sessions().size());
        assertTrue(higher.table().isInitiating(lower.id()), "not confirmed yet");

        lower.sendSealed(lower.sessions().getFirst());
        network.run(ScriptedNetwork.LATENCY_NS);
        assertFalse(higher.table().isInitiating(lower.id()));
        assertEquals(List.of(HandshakeOutcome.SUPERSEDED), higher.outcomes());
    }

    @Test
    void theLowerAnswersAnM3ThatComesBeforeItsOwn()
    {
        higher.initiate(lower);
        network.run(ScriptedNetwork.LATENCY_NS);
        lower.initiate(higher);
        network.runSeconds(1);
        assertTrue(network.sent(lower, FragmentLayout.M4).size() > 0);
        assertAgreement();
    }

    /**
     * Both begin at any moment, and messages overtake each other in every way.
     */
    @Test
    void agreesOnOneSessionInEveryOrderOfMessages()
    {
        final ArrayDeque<List<Integer>> open = new ArrayDeque<>();
        open.push(List.of());
        int runs = 0;
        int two = 0;
        while (!open.isEmpty())
        {
            final List<Integer> prefix = open.pop();
            begin(7);
            final List<Integer> options = playInOrder(prefix);
            for (int i = prefix.size(); i < options.size(); i++)
            {
                for (int choice = 1; choice < options.get(i); choice++)
                {
                    final List<Integer> other = new ArrayList<>(prefix);
                    other.addAll(Collections.nCopies(i - prefix.size(), 0));
                    other.add(choice);
                    open.push(other);
                }
            }
            assertAgreement();
            two += lower.liveSessions().size() - 1;
            runs++;
        }
        System.out.println(runs + " orders, " + two + " of them with two sessions");
        assertTrue(runs > 100, "orders tried: " + runs);
    }

    /**
     * Plays one event at a time, the first of those that are possible wherever the prefix does not say another.
     *
     * @return how many were possible each time.
     */
    private List<Integer> playInOrder(final List<Integer> prefix)
    {
        final List<List<ScriptedNetwork.Datagram>> underWay = new ArrayList<>();
        network.script(datagram ->
        {
            if (!datagram.isHandshake() || datagram.fragment() == 0)
            {
                underWay.add(new ArrayList<>());
            }
            underWay.getLast().add(datagram);
            return LOST;
        });
        final List<Runnable> beginnings = new ArrayList<>(List.of(
            () -> lower.initiate(higher), () -> higher.initiate(lower)));

        final List<Integer> options = new ArrayList<>();
        while (!underWay.isEmpty() || !beginnings.isEmpty())
        {
            final int choice = options.size() < prefix.size() ? prefix.get(options.size()) : 0;
            options.add(underWay.size() + beginnings.size());
            if (choice < beginnings.size())
            {
                beginnings.remove(choice).run();
            }
            else
            {
                underWay.remove(choice - beginnings.size()).forEach(datagram ->
                    (datagram.to().equals(lower.endpoint()) ? lower : higher)
                        .receive(datagram.bytes(), datagram.from()));
            }
        }
        return options;
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20})
    void agreesOnOneSessionOverABadNetwork(final long seed)
    {
        System.out.println("seed " + seed);
        begin(seed);
        final Random random = new Random(seed);
        network.script(datagram -> datagram.isHandshake() && random.nextInt(100) < 20 ?
            LOST : new long[]{TimeUnit.MILLISECONDS.toNanos(1 + random.nextInt(80))});
        higher.initiate(lower);
        network.run(TimeUnit.MILLISECONDS.toNanos(random.nextInt(150)));
        lower.initiate(higher);
        network.runSeconds(30);
        assertAgreement();
        assertFalse(lower.table().isInitiating(higher.id()) || higher.table().isInitiating(lower.id()));
    }

    /**
     * Both have the same sessions that can be used, one or two, of which the lower's would be current.
     */
    private void assertAgreement()
    {
        network.script(datagram -> ONCE);
        network.runSeconds(30);
        final List<SessionKeys> ofLower = new ArrayList<>(lower.liveSessions());
        final List<SessionKeys> ofHigher = new ArrayList<>(higher.liveSessions());
        assertTrue(ofLower.size() == 1 || ofLower.size() == 2, "sessions: " + ofLower);
        assertEquals(ofLower.size(), ofHigher.size());
        for (final SessionKeys keys : ofLower)
        {
            final SessionKeys other = ofHigher.stream()
                .filter(candidate -> candidate.localIndex() == keys.remoteIndex()).findFirst().orElseThrow();
            TestPeers.assertTwoEnds(keys, other);
        }
        if (ofLower.size() == 2)
        {
            assertFalse(ofLower.get(0).initiator() == ofLower.get(1).initiator(), "one begun by each");
        }
    }
}
