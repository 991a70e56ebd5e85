package io.shadowmesh.cli.it;

import java.util.concurrent.TimeUnit;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.extension.RegisterExtension;

import static org.junit.jupiter.api.Assertions.assertTrue;

/** A peer that is known by its host's name, which the machine looks up as it does any name. */
@Timeout(240)
final class NamedPeerIT
{
    private static final String NAME = "home.shadowmesh.test";
    private static final String HOSTS = "hosts";
    private static final String B4_LATER = "192.0.2.22";
    @RegisterExtension
    private final Scene scene = Scene.perTest("ping", "unshare", "mount");

    /** The listener knows no address of a's: only by the name can the two meet again. */
    @Test
    @EnabledIfSystemProperty(named = "shadowmesh.it.soakSeconds", matches = "[1-9][0-9]*",
        disabledReason = "two attempts of 15 s go to the old address first")
    void findsAPeerAgainWhoseNameHasGotAnotherAddress()
    {
        nameStandsFor(TwoHosts.B4);
        final Node b = startB(TwoHosts.B4);
        // The JVM remembers for 30 s what a name stood for, which is the JVM's own affair and would only take time here.
        final ChildProcess a = scene.keep(scene.a().start("unshare", "-m", "sh", "-c",
            "mount --bind " + HOSTS + " /etc/hosts && exec \"$@\"", "sh",
            "env", "SHADOWMESH_OPTS=-Dsun.net.inetaddr.ttl=0", Machine.launcher(), "up", "-keydir", "./keys",
            "-ip", TwoHosts.A4, "-tun", Scene.deviceA(), "-tun-ip", Scene.INSIDE_A,
            "-connect", scene.idB() + "@" + NAME + ":" + Scene.PORT));
        a.awaitOutput("^ready: ");
        scene.a().awaitPing(Scene.INSIDE_B, a, b);

        b.close();
        scene.b().ip("addr", "del", TwoHosts.B4 + "/24", "dev", "cable");
        scene.b().ip("addr", "add", B4_LATER + "/24", "dev", "cable");
        nameStandsFor(B4_LATER);
        final Node moved = startB(B4_LATER);
        final long startNs = System.nanoTime();
        scene.a().awaitPing(Scene.INSIDE_B, a, moved);
        System.out.println("found again " + TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - startNs) +
            " ms after it was ready at its new address");
        assertTrue(a.isAlive(), a::toString);
        Pings.allAnswered(scene.b(), Scene.INSIDE_A, 20, "0.01");
    }

    private void nameStandsFor(final String address)
    {
        scene.a().write(HOSTS, "127.0.0.1 localhost\n" + address + " " + NAME + "\n");
    }

    private Node startB(final String address)
    {
        return scene.startNode(scene.b(), new String[0], "-keydir", "./keys", "-ip", address, "-tun", Scene.deviceB(),
            "-tun-ip", Scene.INSIDE_B, "-allow", scene.idA()).ready();
    }
}
