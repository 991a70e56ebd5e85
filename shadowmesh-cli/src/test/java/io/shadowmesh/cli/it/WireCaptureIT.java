package io.shadowmesh.cli.it;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.ThreadLocalRandom;

import io.shadowmesh.dataplane.identity.Identity;
import io.shadowmesh.dataplane.identity.IdentityFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** What somebody who records all that crosses the wire has in the end. */
@Timeout(900)
final class WireCaptureIT
{
    private static final long BYTES = Long.getLong("shadowmesh.it.captureMegabytes", 4) << 20;
    private static final int PATTERN_LENGTH = 16;
    @RegisterExtension
    private final Scene scene = Scene.perTest("ping", "tcpdump");
    private final WireSecrets secrets = new WireSecrets();

    @Test
    void holdsNoPlaintextNoStaticKeyAndNoPeerId() throws IOException
    {
        final long seed = Long.getLong("shadowmesh.seed", ThreadLocalRandom.current().nextLong());
        System.out.println("seed " + seed);
        final String pattern = HexFormat.of().formatHex(bytes(seed, PATTERN_LENGTH));
        learn(seed, pattern);
        final Capture outside = scene.keep(new Capture(scene.a(), "cable", "outside.pcap"));
        final Node b = scene.startListener().ready();
        final ChildProcess stranger = scene.keep(scene.a().start(Machine.launcher(), "up", "-keydir", "./stranger",
            "-ip", TwoHosts.A4_OTHER, "-tun", Scene.deviceA() + "s", "-tun-ip", "10.99.0.9", "-connect",
            scene.idB() + "@" + TwoHosts.B4));
        stranger.awaitOutput("^ready: ");
        final Node a = scene.startInitiator().ready();
        scene.a().awaitPing(Scene.INSIDE_B, a, b);
        final Capture inside = scene.keep(new Capture(scene.a(), Scene.deviceA(), "inside.pcap"));
        scene.a().succeed("ping", "-n", "-q", "-c", "20", "-i", "0.01", "-p", pattern, Scene.INSIDE_B);
        transfer(seed);
        final Map<String, Long> within = secrets.search(inside.end());
        System.out.println("inside, as a check of the search: " + within);
        assertEquals(Set.of("addresses", "ping", "transfer"), within.keySet());
        a.process().signal("TERM");
        assertEquals(0, a.process().awaitExit(Await.SOON), a::toString);
        a.startAgain();
        a.ready();
        scene.a().awaitPing(Scene.INSIDE_B, a, b);
        scene.a().succeed("ping", "-n", "-q", "-c", "20", "-i", "0.01", "-p", pattern, Scene.INSIDE_B);
        stranger.close();
        b.close();
        a.close();

        final Path capture = outside.end();
        final long captured = Files.size(capture);
        assertTrue(captured > BYTES, captured + " bytes captured");
        System.out.println("outside: " + captured + " bytes captured");
        assertEquals(Map.of(), secrets.search(capture));
    }

    /** All that must stay inside; that the search would find each of them is checked on the spot. */
    private void learn(final long seed, final String pattern) throws IOException
    {
        for (final String[] node : new String[][] { { "a", "keys" }, { "b", "keys" }, { "a", "stranger" } })
        {
            final Host host = node[0].equals("a") ? scene.a() : scene.b();
            final Identity identity = IdentityFile.loadOrCreate(host.folder().resolve(node[1]));
            final String name = String.join(" ", node);
            learn(name + " public key", identity.publicKey());
            learn(name + " secret key", identity.keyPair().secret());
            learn(name + " peer id", identity.peerId().bytes());
            learn(name + " peer id text", identity.peerId().toString().getBytes(StandardCharsets.US_ASCII));
        }
        learn("ping", HexFormat.of().parseHex(pattern + pattern));
        learn("addresses", new byte[] { 10, 10, 10, 3, 10, 10, 10, 4 });
        final long[] content = new long[(int)(BYTES / Long.BYTES)];
        final SplittableRandom random = new SplittableRandom(seed);
        for (int i = 0; i < content.length; i++)
        {
            final long next = random.nextLong();
            content[i] = ByteOrder.nativeOrder() == ByteOrder.BIG_ENDIAN ? next : Long.reverseBytes(next);
        }
        secrets.add("transfer", content);
    }

    private void learn(final String name, final byte[] secret) throws IOException
    {
        secrets.add(name, secret);
        final byte[] between = new byte[secret.length + 2];
        System.arraycopy(secret, 0, between, 1, secret.length);
        assertTrue(secrets.search(new ByteArrayInputStream(between)).containsKey(name), name);
    }

    private void transfer(final long seed)
    {
        final ChildProcess receiver =
            scene.keep(scene.b().start(Machine.java(TransferProgram.class, "receive", Scene.INSIDE_B)));
        final String port = receiver.awaitOutput("^listening (\\d+)$").group(1);
        scene.keep(scene.a().start(Machine.java(TransferProgram.class, "send", Scene.INSIDE_B, port,
            Long.toString(BYTES), Long.toString(seed))));
        assertEquals(0, receiver.awaitExit(Await.EVENTUALLY), receiver::toString);
    }

    private static byte[] bytes(final long seed, final int length)
    {
        final ByteBuffer bytes = ByteBuffer.allocate(length);
        final SplittableRandom random = new SplittableRandom(~seed);
        while (bytes.hasRemaining())
        {
            bytes.putLong(random.nextLong());
        }
        return bytes.array();
    }
}
