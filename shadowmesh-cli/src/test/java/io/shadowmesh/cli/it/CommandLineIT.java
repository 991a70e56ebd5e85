package io.shadowmesh.cli.it;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** The command lines that operators type. */
@Timeout(240)
final class CommandLineIT
{
    private static final String PEER_ID = "(?:[A-Z2-7]{7}-){7}[A-Z2-7]{7}";
    @RegisterExtension
    private final Scene scene = Scene.perTest("ping");

    @Test
    void runsTheCommandLinesOfVersionElevenAsTheyAre()
    {
        final String idA = keygen(scene.a());
        final String idB = keygen(scene.b());
        scene.a().succeed(Machine.launcher(), "peer", "add", "b", "-keydir", "./keys", "-id", idB,
            "-endpoint", TwoHosts.B4);
        scene.b().succeed(Machine.launcher(), "peer", "add", "a", "-keydir", "./keys", "-id", idA,
            "-endpoint", TwoHosts.A4);
        assertTrue(scene.a().succeed(Machine.launcher(), "peer", "list", "-keydir", "./keys").contains(idB));

        final Node a = scene.keep(Node.start(scene.a(),
            "-keydir", "./keys", "-ip", "192.0.2.1", "-tun", "chr001", "-tun-ip", "10.10.10.3"));
        final Node b = scene.keep(Node.start(scene.b(),
            "-keydir", "./keys", "-ip", "192.0.2.2", "-tun", "chr001", "-tun-ip", "10.10.10.4"));
        a.process().awaitOutput(
            "^ready: chr001 10\\.10\\.10\\.3/24, udp 192\\.0\\.2\\.1:9443, peer ID " + idA + "$");
        b.process().awaitOutput(
            "^ready: chr001 10\\.10\\.10\\.4/24, udp 192\\.0\\.2\\.2:9443, peer ID " + idB + "$");
        scene.a().awaitPing("10.10.10.4", a, b);
        Pings.allAnswered(scene.b(), "10.10.10.3", 20, "0.01");
    }

    @Test
    void findsTheAddressOfAConnectedPeerInItsFile()
    {
        scene.a().succeed(Machine.launcher(), "peer", "add", "b", "--keydir", "./keys", "--id", scene.idB(),
            "--endpoint", TwoHosts.B4 + ":" + Scene.PORT);
        final Node b = scene.startListener();
        final Node a = scene.keep(Node.start(scene.a(), "up", "--keydir", "./keys", "--ip", TwoHosts.A4,
            "--tun", Scene.deviceA(), "--tun-ip", Scene.INSIDE_A, "--connect", scene.idB()));
        scene.b().awaitPing(Scene.INSIDE_A, a, b);
    }

    @Test
    void bindsTheWildcardAndSaysSoWhenTheAddressIsNotHeldHere()
    {
        final Node b = scene.startListener();
        final Node a = scene.keep(Node.start(scene.a(), "up", "-keydir", "./keys", "-ip", "203.0.113.7",
            "-tun", Scene.deviceA(), "-tun-ip", Scene.INSIDE_A, "-connect", scene.idB() + "@" + TwoHosts.B4));
        a.process().awaitErrors("203\\.0\\.113\\.7");
        scene.a().awaitPing(Scene.INSIDE_B, a, b);
    }

    @Test
    void makesAnIdentityThatNobodyElseCanReadAndNeverOverwritesIt() throws IOException
    {
        final String id = keygen(scene.a());
        final Path key = scene.a().folder().resolve("keys/identity.key");
        assertEquals("rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(key)));
        final byte[] before = Files.readAllBytes(key);
        final ChildProcess again = scene.a().run(Machine.launcher(), "keygen", "-keydir", "./keys");
        assertNotEquals(0, again.awaitExit(Await.SOON), again::toString);
        assertEquals(new String(before, StandardCharsets.US_ASCII), Files.readString(key));
        assertEquals(id, scene.a().succeed(Machine.launcher(), "id", "-keydir", "./keys"));
    }

    private static String keygen(final Host host)
    {
        final ChildProcess keygen = host.run(Machine.launcher(), "keygen", "-keydir", "./keys");
        return keygen.awaitOutput("^Peer ID: (" + PEER_ID + ")$").group(1);
    }
}
