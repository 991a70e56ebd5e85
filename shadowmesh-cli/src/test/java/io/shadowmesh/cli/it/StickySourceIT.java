package io.shadowmesh.cli.it;

import io.shadowmesh.dataplane.status.TunnelCounter;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import static org.junit.jupiter.api.Assertions.assertEquals;

/**
 * A listener with several addresses answers from the one that was called. The caller's host lets nothing in but answers,
 * so one from another address does not reach it.
 */
@Timeout(240)
final class StickySourceIT
{
    private static final String B4_OTHER = "192.0.2.22";
    private static final String B6_OTHER = "2001:db8:1::22";
    @RegisterExtension
    private final Scene scene = Scene.perTest("ping", "iperf3", "nft");

    @ParameterizedTest
    @CsvSource({"::, 192.0.2.2, " + B4_OTHER, "0.0.0.0, 192.0.2.2, " + B4_OTHER, "::, 2001:db8:1::2, " + B6_OTHER})
    void answersFromTheAddressThatWasCalled(final String bound, final String first, final String second)
    {
        scene.b().ip("addr", "add", B4_OTHER + "/24", "dev", "cable");
        scene.b().ip("addr", "add", B6_OTHER + "/64", "dev", "cable", "nodad");
        letOnlyAnswersIn();
        final Node b = scene.startNode(scene.b(), new String[0], "-keydir", "./keys", "-ip", bound,
            "-tun", Scene.deviceB(), "-tun-ip", Scene.INSIDE_B, "-allow", scene.idA()).ready();
        for (final String called : new String[] {second, first})
        {
            final Node a = scene.startNode(scene.a(), new String[0], "-keydir", "./keys", "-tun", Scene.deviceA(),
                "-tun-ip", Scene.INSIDE_A, "-connect", scene.idB() + "@" + Host.bracketed(called)).ready();
            scene.a().awaitPing(Scene.INSIDE_B, a, b);
            Pings.allAnswered(scene.a(), Scene.INSIDE_B, 20, "0.01");
            Pings.allAnswered(scene.b(), Scene.INSIDE_A, 20, "0.01");
            Streams.tcpBothWays(scene, scene.a(), scene.b(), Scene.INSIDE_B, "16M");
            assertEquals(0, a.count(TunnelCounter.ENDPOINT_MOVES), a::toString);
            a.process().signal("TERM");
            assertEquals(0, a.process().awaitExit(Await.SOON), a::toString);
        }
    }

    private void letOnlyAnswersIn()
    {
        final Host a = scene.a();
        a.succeed("nft", "add", "table", "inet", "filter");
        a.succeed("nft", "add", "chain", "inet", "filter", "in", "{ type filter hook input priority 0; policy drop; }");
        a.succeed("nft", "add", "rule", "inet", "filter", "in", "ct", "state", "established,related", "accept");
        a.succeed("nft", "add", "rule", "inet", "filter", "in", "iifname", "!=", "cable", "accept");
        a.succeed("nft", "add", "rule", "inet", "filter", "in", "icmpv6", "type",
            "{ nd-neighbor-solicit, nd-neighbor-advert }", "accept");
    }
}
