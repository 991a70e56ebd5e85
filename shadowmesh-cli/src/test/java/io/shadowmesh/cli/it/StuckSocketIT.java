package io.shadowmesh.cli.it;

import io.shadowmesh.dataplane.ring.AdaptiveLimit;
import io.shadowmesh.dataplane.status.TunnelCounter;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.junit.jupiter.api.Assertions.assertTrue;

/** A link that takes as good as nothing, so that the socket takes nothing either and the ring is full. */
@Timeout(180)
final class StuckSocketIT
{
    private static final int PINGS = 200;
    /** More than socket, ring and device hold. */
    private static final String FLOOD = "12000";

    @RegisterExtension
    private final Scene scene = Scene.perTest("ping", "tc");

    @ParameterizedTest
    @ValueSource(strings = {"shared", "paired", "dedicated"})
    void delaysNoInboundPacketAndRecoversAtOnce(final String threads)
    {
        final Node b = scene.startListener().ready();
        final Node a = scene.startInitiator("-threads", threads).ready();
        scene.a().awaitPing(Scene.INSIDE_B, a, b);

        scene.a().succeed("tc", "qdisc", "replace", "dev", "cable", "root", "tbf", "rate", "8kbit", "burst", "2000",
            "limit", "200000000");
        final ChildProcess flood = scene.a().start("ping", "-n", "-q", "-l", FLOOD, "-c", FLOOD, "-s", "1300", "-W", "1",
            Scene.INSIDE_B);
        Await.until("the ring is full", Await.SOON, () -> isFull(a), () -> a.toString() + flood);

        final long sent = a.count(TunnelCounter.UDP_DATAGRAMS_SENT);
        final long taken = scene.a().pingsTaken();
        final ChildProcess pings = scene.b().start("ping", "-n", "-q", "-c", Integer.toString(PINGS), "-i", "0.005",
            "-W", "1", Scene.INSIDE_A);
        Await.until("the pings arrive", Await.promised(4), () -> scene.a().pingsTaken() - taken >= PINGS,
            () -> scene.a().pingsTaken() - taken + " of " + PINGS + ", " + a + pings);
        final long went = a.count(TunnelCounter.UDP_DATAGRAMS_SENT) - sent;
        assertTrue(went < PINGS / 2, () -> "the socket was stuck all the time, but " + went + " went, " + a);
        assertTrue(isFull(a), a::toString);
        pings.close();
        flood.close();

        scene.a().succeed("tc", "qdisc", "del", "dev", "cable", "root");
        scene.a().awaitPing(Scene.INSIDE_B, a, b);
        Await.until("the ring is empty", Await.SOON, () -> a.count(TunnelCounter.RING_FILL) == 0, a::toString);
    }

    private static boolean isFull(final Node node)
    {
        return node.count(TunnelCounter.RING_FILL) >= AdaptiveLimit.LEAST;
    }
}
