package io.shadowmesh.cli.it;

import java.time.Duration;

import io.shadowmesh.dataplane.status.TunnelCounter;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** A node behind a NAT that forgets after two seconds: c, and a is the NAT, the kernel's own. */
@Timeout(240)
final class NatIT
{
    private static final int FORGETS_SECONDS = 2;
    @RegisterExtension
    private final Scene scene = Scene.perTest("ping", "nft");
    private Node b;

    @BeforeEach
    void aListenerBeyondTheNat()
    {
        final Host nat = scene.a();
        scene.c();
        nat.sysctl("net/ipv4/ip_forward", "1");
        nat.succeed("nft", "add", "table", "ip", "nat");
        nat.succeed("nft", "add", "chain", "ip", "nat", "out", "{ type nat hook postrouting priority 100; }");
        nat.succeed("nft", "add", "rule", "ip", "nat", "out", "oifname", "cable", "masquerade");
        nat.sysctl("net/netfilter/nf_conntrack_udp_timeout", Integer.toString(FORGETS_SECONDS));
        nat.sysctl("net/netfilter/nf_conntrack_udp_timeout_stream", Integer.toString(FORGETS_SECONDS));
        b = scene.startNode(scene.b(), new String[0], "-keydir", "./keys", "-ip", TwoHosts.B4, "-tun", Scene.deviceB(),
            "-tun-ip", Scene.INSIDE_B, "-allow", scene.idC()).ready();
    }

    @Test
    void isReachedWhileThePeersKeepaliveHoldsTheNatOpen()
    {
        final Node c = startC("keepalive = 1\n");
        final long sent = c.count(TunnelCounter.KEEPALIVES_SENT);
        Await.passing(Duration.ofSeconds(3 * FORGETS_SECONDS));
        Pings.allAnswered(scene.b(), Scene.INSIDE_A, 5, "0.01");
        assertTrue(c.count(TunnelCounter.KEEPALIVES_SENT) >= sent + 3, c::toString);
        assertEquals(0, b.count(TunnelCounter.ENDPOINT_MOVES), "the mapping is the same all the time");
    }

    @Test
    void isNotReachedWithoutKeepaliveUntilItSendsAgain()
    {
        final Node c = startC("");
        // An echo follows the last packet within a second, and holds for 2 s more; the next one of either end is 10 s after.
        Await.passing(Duration.ofSeconds(3 * FORGETS_SECONDS));
        assertFalse(scene.b().canPing(Scene.INSIDE_A), "a closed NAT");
        scene.c().awaitPing(Scene.INSIDE_B, b, c);
        Pings.allAnswered(scene.b(), Scene.INSIDE_A, 5, "0.01");
    }

    /** Starts c, whose peer's file says how often it sends something, and waits until it has reached b. */
    private Node startC(final String keepalive)
    {
        scene.c().write("keys/peers/beta.toml", "id = \"" + scene.idB() + "\"\nendpoint = \"" + TwoHosts.B4 + ":" +
            Scene.PORT + "\"\nallowed_ips = [\"10.10.10.0/24\"]\n" + keepalive);
        final Node c = scene.startNode(scene.c(), new String[0], "-keydir", "./keys", "-tun", Scene.deviceC(),
            "-tun-ip", Scene.INSIDE_A, "-connect", "beta").ready();
        scene.c().awaitPing(Scene.INSIDE_B, b, c);
        return c;
    }
}
