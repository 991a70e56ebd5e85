package io.shadowmesh.cli.it;

import io.shadowmesh.dataplane.status.TunnelCounter;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

import static org.junit.jupiter.api.Assertions.assertEquals;

/** A key that two nodes share beside their identities: with it a session, with another, or on one side alone, none. */
@Timeout(240)
final class PresharedKeyIT
{
    @RegisterExtension
    private final Scene scene = Scene.perTest("ping");

    @Test
    void connectsTwoNodesThatHaveTheSameOne()
    {
        makeKey(scene.a());
        final String key = scene.a().succeed("cat", "keys/peers/other.psk");
        scene.b().succeed("sh", "-c", "umask 077; mkdir -p keys/peers; echo \"$1\" >keys/peers/other.psk", "sh", key);
        final Node b = startB().ready();
        final Node a = startA().ready();
        scene.a().awaitPing(Scene.INSIDE_B, a, b);
    }

    @Test
    void keepsTwoNodesApartThatHaveDifferentOnesAndSaysSoOnBoth()
    {
        makeKey(scene.a());
        makeKey(scene.b());
        final Node b = startB().ready();
        final Node a = startA().ready();
        b.process().awaitErrors("WARN.*no session with other at 192.0.2.1.*the preshared key that is set here may not be");
        a.process().awaitErrors("WARN.*no session with other at 192.0.2.2.*the preshared keys differ");
        assertEquals(0, a.count(TunnelCounter.SESSIONS_ESTABLISHED), a::toString);
        assertEquals(0, b.count(TunnelCounter.SESSIONS_ESTABLISHED), b::toString);
    }

    @Test
    void keepsTwoNodesApartOfWhichOneHasNone()
    {
        makeKey(scene.a());
        final Node b = scene.startListener().ready();
        final Node a = startA().ready();
        b.process().awaitErrors("WARN.*no session with .*may have a preshared key that is not set here");
        assertEquals(0, a.count(TunnelCounter.SESSIONS_ESTABLISHED), a::toString);
        assertEquals(0, b.count(TunnelCounter.SESSIONS_ESTABLISHED), b::toString);
    }

    private static void makeKey(final Host host)
    {
        host.succeed("mkdir", "-p", "keys/peers");
        host.succeed(Machine.launcher(), "genpsk", "-o", "keys/peers/other.psk");
    }

    private Node startA()
    {
        scene.a().succeed(Machine.launcher(), "peer", "add", "other", "--id", scene.idB(), "--endpoint", TwoHosts.B4,
            "--psk", "keys/peers/other.psk");
        scene.idA();
        return scene.startNode(scene.a(), new String[0], "-tun", Scene.deviceA(), "-tun-ip", Scene.INSIDE_A,
            "-connect", "other");
    }

    private Node startB()
    {
        scene.b().write("keys/peers/other.toml",
            "id = \"" + scene.idA() + "\"\npreshared_key_file = \"other.psk\"\n");
        return scene.startNode(scene.b(), new String[0], "-tun", Scene.deviceB(), "-tun-ip", Scene.INSIDE_B);
    }
}
