package io.shadowmesh.cli.it;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import io.shadowmesh.dataplane.frame.DropReason;
import io.shadowmesh.dataplane.identity.Identity;
import io.shadowmesh.dataplane.identity.IdentityFile;
import io.shadowmesh.dataplane.status.TunnelCounter;
import io.shadowmesh.dataplane.status.TunnelStatus;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * A node that is flooded with handshake datagrams while it has a tunnel: the tunnel goes on, a newcomer gets in, and no
 * table grows beyond its cap. Everything runs on the same cores, so how fast the tunnel is beside the flood is compared
 * with how fast it is beside the same flood aimed at a socket that nobody minds; that, and that the flood was as heavy
 * as it was meant to be, is asserted in full volume alone: {@code mvn verify -Psoak}.
 *
 * <p>These floods show no cookie, so that they come nowhere near the caps. What happens at the caps is in
 * {@link ImpostorIT} and in {@code HandshakeCapsTest}.
 */
@Timeout(600)
final class FloodIT
{
    private static final int RATE = Integer.getInteger("shadowmesh.it.floodRate", 20_000);
    private static final int SECONDS = Integer.getInteger("shadowmesh.it.floodSeconds", 3);
    private static final int FRAGMENTS = Integer.getInteger("shadowmesh.it.floodFragments", 20_000);
    private static final boolean IS_FULL = RATE >= 100_000;
    private static final int SINK_PORT = 9999;
    private static final double LEAST_SHARE_SENT = 0.9;
    /** Of 1 Gbit/s: a share of less would be a share of next to nothing. */
    private static final double LEAST_BESIDE_SINK_MEGABITS = 500;
    private static final int HALF_OPEN_CAP = 1024;
    private static final int INCOMPLETE_CAP = 256;
    /** Twice what a node has been seen to take, most of it for its compiler and heap; a busier machine is given more. */
    private static final long MEMORY_GROWTH_KIB = (IS_FULL ? 40 : 64) * 1024;
    private static final String INSIDE_B_FOR_C = "fd00:20::4";
    private static final String INSIDE_C = "fd00:20::5";
    private static final Duration NEWCOMER = IS_FULL ? Duration.ofSeconds(10) : Await.EVENTUALLY;
    @RegisterExtension
    private final Scene scene = Scene.perTest("ping", "iperf3");

    private final long seed = Seed.print();
    private Identity victim;
    private String idC;
    private Node a;
    private Node b;
    private Flood flood;

    @BeforeEach
    void aTunnelBesideAnAttacker() throws IOException
    {
        scene.a().ip("route", "add", "blackhole", Flood.SPOOFED);
        scene.b().ip("route", "add", Flood.SPOOFED, "via", TwoHosts.A4);
        idC = Node.peerId(scene.a(), "keys-of-the-newcomer");
        b = scene.startNode(scene.b(), new String[0], "-keydir", "./keys", "-ip", TwoHosts.B4,
            "-tun", Scene.deviceB(), "-tun-ip", Scene.INSIDE_B + "/24", "-tun-ip", INSIDE_B_FOR_C + "/64",
            "-allow", scene.idA() + "=" + Scene.INSIDE_A + "/32", "-allow", idC + "=" + INSIDE_C + "/128").ready();
        a = scene.startInitiator().ready();
        scene.a().awaitPing(Scene.INSIDE_B, a, b);
        victim = IdentityFile.loadOrCreate(scene.b().folder().resolve("keys"));
        flood = scene.keep(new Flood(scene.a(), TwoHosts.A4_OTHER, victim, seed));
    }

    @Test
    void firstMessagesWithAWrongMac1GetNoAnswerAndDoNoHarm()
    {
        withstands("badmac", RATE, 0.7);
        final TunnelStatus status = b.status();
        assertEquals(0, flood.heard(), "answers, " + b);
        assertTrue(status.get(DropReason.HANDSHAKE_BAD_MAC) > 0, b::toString);
    }

    @Test
    void firstMessagesOfSpoofedSourcesGetCookiesAtMostAndDoNoHarm()
    {
        withstands("spoofed", RATE / 5, 0.5);
        final TunnelStatus status = b.status();
        System.out.println(status.get(TunnelCounter.COOKIES_SENT) + " cookies sent");
        assertTrue(status.get(DropReason.HANDSHAKE_COOKIE_MISSING) > 0, b::toString);
        assertTrue(status.get(TunnelCounter.COOKIES_SENT) > 0, b::toString);
    }

    @Test
    void fragmentsThatNeverFitTakeNoMoreRoomThanTheyMay()
    {
        flood.begin("fragments", TwoHosts.B4, Scene.PORT, RATE / 5, FRAGMENTS);
        final Caps caps = new Caps();
        final long memory = residentKiB(b);
        Await.until("a quarter of the fragments has come", Duration.ofMinutes(3),
            () -> caps.look() && fragmentsSeen() > FRAGMENTS / 4, flood::toString);
        newcomerConnects(caps::look);
        Await.until("all fragments are sent", Duration.ofMinutes(3), () -> caps.look() && flood.hasEnded(),
            flood::toString);
        final long memoryAfter = residentKiB(b);
        assertReached(RATE / 5, flood.end(false), "fragments; " + caps + "; " + dropped() + "; resident memory " +
            memory / 1024 + " MiB, then " + memoryAfter / 1024);
        assertTrue(memoryAfter - memory <= MEMORY_GROWTH_KIB, b::toString);
        final TunnelStatus status = b.status();
        assertTrue(status.get(DropReason.HANDSHAKE_UNKNOWN) > 0, b::toString);
        assertTrue(status.get(DropReason.HANDSHAKE_MALFORMED) > 0, b::toString);
        scene.a().awaitPing(Scene.INSIDE_B, a, b);
    }

    private void withstands(final String kind, final int rate, final double share)
    {
        final ChildProcess sink = scene.keep(Flood.sink(scene.b(), TwoHosts.B4, SINK_PORT));
        flood.begin(kind, TwoHosts.B4, SINK_PORT, rate, Long.MAX_VALUE);
        final double beside = tunnelMegabits(() -> true);
        assertReached(rate, flood.end(true), kind + " at a sink");
        sink.close();

        final Caps caps = new Caps();
        flood.begin(kind, TwoHosts.B4, Scene.PORT, rate, Long.MAX_VALUE);
        final double during = tunnelMegabits(caps::look);
        newcomerConnects(caps::look);
        scene.a().awaitPing(Scene.INSIDE_B, a, b);
        assertReached(rate, flood.end(true), kind + " at the node; " + caps + "; " + dropped());
        System.out.printf("tunnel: %.0f Mbit/s beside the sink, %.0f beside the flood: %.0f %%%n",
            beside, during, 100 * during / beside);
        if (IS_FULL)
        {
            assertTrue(beside >= LEAST_BESIDE_SINK_MEGABITS, () -> beside + " Mbit/s beside the sink");
            assertTrue(during >= share * beside, () -> during + " of " + beside + " Mbit/s, " + b);
        }
    }

    /** An attacker who is short of processors sends less than he should; such a flood shows nothing. */
    private static void assertReached(final int rate, final Flood.Sent sent, final String what)
    {
        System.out.println(what + ": " + sent);
        if (IS_FULL)
        {
            assertTrue(sent.perSecond() >= LEAST_SHARE_SENT * rate, () -> what + ": " + sent);
        }
    }

    /** The time counts from when it is ready: how long a JVM takes to start beside a flood is not the tunnel's doing. */
    private void newcomerConnects(final BooleanSupplier look)
    {
        final Node c = scene.keep(Node.start(scene.a(), "up",
            "-keydir", "./keys-of-the-newcomer", "-ip", TwoHosts.A4_OTHER, "-tun", "sm" +
            ProcessHandle.current().pid() + "c", "-tun-ip", INSIDE_C + "/64", "-connect",
            scene.idB() + "@" + TwoHosts.B4 + ":" + Scene.PORT)).ready();
        final long startNs = System.nanoTime();
        Await.until("the newcomer gets through", NEWCOMER,
            () -> look.getAsBoolean() && scene.a().canPing(INSIDE_B_FOR_C), () -> c + "\n" + b);
        System.out.println("the newcomer got through " +
            TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - startNs) + " ms after it was ready");
    }

    private String dropped()
    {
        final TunnelStatus status = b.status();
        final StringBuilder text = new StringBuilder("dropped");
        for (final DropReason reason : DropReason.values())
        {
            text.append(status.get(reason) == 0 ? "" : " " + status.get(reason) + " " + reason);
        }
        return text.toString();
    }

    private long fragmentsSeen()
    {
        return b.status().get(TunnelCounter.HANDSHAKE_DATAGRAMS_RECEIVED) +
            b.status().get(DropReason.HANDSHAKE_UNKNOWN) + b.status().get(DropReason.HANDSHAKE_BACKLOG_FULL);
    }

    private double tunnelMegabits(final BooleanSupplier look)
    {
        final ChildProcess server =
            scene.keep(scene.b().start("iperf3", "-s", "-1", "--forceflush", "-B", Scene.INSIDE_B));
        server.awaitOutput("listening");
        final ChildProcess client = scene.keep(scene.a().start("iperf3", "-J", "-c", Scene.INSIDE_B, "-b", "1G", "-t",
            Integer.toString(SECONDS)));
        Await.until("iperf3 ends", Duration.ofMinutes(3), () -> look.getAsBoolean() && !client.isAlive(),
            client::toString);
        assertEquals(0, client.awaitExit(Await.SOON), client::toString);
        server.awaitExit(Await.SOON);
        final String report = String.join("\n", client.output());
        final Matcher matcher = Pattern.compile(
            "\"sum_received\":\\s*\\{[^}]*?\"bits_per_second\":\\s*([0-9.e+]+)", Pattern.DOTALL).matcher(report);
        assertTrue(matcher.find(), report);
        return Double.parseDouble(matcher.group(1)) / 1e6;
    }

    private static long residentKiB(final Node node)
    {
        try
        {
            return Files.readAllLines(
                Path.of("/proc/" + node.process().pid() + "/status")).stream()
                .filter(line -> line.startsWith("VmRSS:"))
                .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", ""))).sum();
        }
        catch (final IOException e)
        {
            throw new UncheckedIOException(e);
        }
    }

    /** The most that b has shown, at many looks throughout a flood, of half-open handshakes and incomplete M1s. */
    private final class Caps
    {
        private long halfOpen;
        private long incomplete;

        boolean look()
        {
            final TunnelStatus status = b.status();
            halfOpen = Math.max(halfOpen, status.get(TunnelCounter.HANDSHAKES_HALF_OPEN));
            incomplete = Math.max(incomplete, status.get(TunnelCounter.FIRST_MESSAGES_INCOMPLETE));
            assertTrue(halfOpen <= HALF_OPEN_CAP, b::toString);
            assertTrue(incomplete <= INCOMPLETE_CAP, b::toString);
            return true;
        }

        @Override
        public String toString()
        {
            return halfOpen + " half-open and " + incomplete + " incomplete at most";
        }
    }
}
