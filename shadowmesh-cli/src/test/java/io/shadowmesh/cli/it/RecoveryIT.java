package io.shadowmesh.cli.it;

import io.shadowmesh.dataplane.status.TunnelCounter;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** What happens to a tunnel when one of its ends dies, moves, or the path between them breaks. */
@Timeout(300)
final class RecoveryIT
{
    @RegisterExtension
    private final Scene scene = Scene.perTest("ping");
    private Relay relay;
    private Node a;
    private Node b;

    @BeforeEach
    void aTunnelThroughARelay()
    {
        relay = scene.startRelay();
        b = scene.startListener().ready();
        a = scene.startInitiatorViaRelay().ready();
        scene.a().awaitPing(Scene.INSIDE_B, a, b, relay);
    }

    @Test
    void recoversByItselfWhenTheListenerIsKilledAndStartedAgain()
    {
        b.process().killHard();
        Await.until("the killed node's device is gone", Await.SOON,
            () -> !scene.b().hasDevice(Scene.deviceB()));
        b.startAgain();
        b.ready();
        scene.a().awaitPing(Scene.INSIDE_B, a, b, relay);
        assertTrue(a.process().isAlive(), a::toString);
        Pings.allAnswered(scene.b(), Scene.INSIDE_A, 20, "0.01");
    }

    @Test
    void recoversByItselfWhenTheInitiatorIsKilledAndStartedAgain()
    {
        a.process().killHard();
        Await.until("the killed node's device is gone", Await.SOON,
            () -> !scene.a().hasDevice(Scene.deviceA()));
        a.startAgain();
        a.ready();
        scene.b().awaitPing(Scene.INSIDE_A, a, b, relay);
        assertTrue(b.process().isAlive(), b::toString);
        Pings.allAnswered(scene.a(), Scene.INSIDE_B, 20, "0.01");
    }

    @Test
    void goesOnWithTheSameSessionWhenTheInitiatorsSourceMoves()
    {
        final long before = relay.count(">M1");
        for (final String source : new String[] { TwoHosts.A4, TwoHosts.A4_OTHER, TwoHosts.A4 })
        {
            System.out.println("roams to " + source + ":" + relay.rebind(source));
            // What was on its way to the old address is lost; the first packet from the new one moves the rest.
            scene.a().awaitPing(Scene.INSIDE_B, a, b, relay);
            Pings.allAnswered(scene.a(), Scene.INSIDE_B, 100, "0.005");
            Pings.allAnswered(scene.b(), Scene.INSIDE_A, 100, "0.005");
        }
        assertEquals(before, relay.count(">M1"), relay::toString);
    }

    @Test
    void recoversWhenAPathThatWasDownComesBack()
    {
        relay.block(true);
        final long before = relay.count(">M1");
        Await.until("the initiator notices that its peer is dead", Await.EVENTUALLY, () ->
        {
            scene.a().canPing(Scene.INSIDE_B);
            return relay.count(">M1") > before;
        }, relay::toString);
        relay.block(false);
        scene.a().awaitPing(Scene.INSIDE_B, a, b, relay);
        Pings.allAnswered(scene.b(), Scene.INSIDE_A, 20, "0.01");
    }

    /** They come from another port than the initiator's: one that were taken would move the endpoint too. */
    @Test
    void deliversNothingAndMovesNothingWhenAllThatWasCapturedIsReplayed()
    {
        Pings.allAnswered(scene.a(), Scene.INSIDE_B, 200, "0.005");
        replayInVain();
        replayInVain();

        a.process().killHard();
        Await.until("the killed node's device is gone", Await.SOON,
            () -> !scene.a().hasDevice(Scene.deviceA()));
        a.startAgain();
        a.ready();
        scene.a().awaitPing(Scene.INSIDE_B, a, b, relay);
        System.out.println("replays under new keys, the old ones still held");
        replayInVain();

        b.process().killHard();
        Await.until("the killed node's device is gone", Await.SOON,
            () -> !scene.b().hasDevice(Scene.deviceB()));
        b.startAgain();
        b.ready();
        System.out.println("replays to a node that has just started");
        replayInVain();
        scene.a().awaitPing(Scene.INSIDE_B, a, b, relay);
        replayInVain();
        Pings.allAnswered(scene.b(), Scene.INSIDE_A, 20, "0.01");
    }

    private void replayInVain()
    {
        final long pings = scene.b().pingsTaken();
        final long moves = b.status().get(TunnelCounter.ENDPOINT_MOVES);
        final long taken = scene.b().datagramsTaken();
        final int replayed = relay.replay();
        assertTrue(replayed > 200, "replayed " + replayed);
        Await.until("b takes every replayed datagram", Await.SOON,
            () -> scene.b().datagramsTaken() >= taken + replayed);
        assertEquals(pings, scene.b().pingsTaken(), b::toString);
        assertEquals(moves, b.status().get(TunnelCounter.ENDPOINT_MOVES), b::toString);
    }
}
