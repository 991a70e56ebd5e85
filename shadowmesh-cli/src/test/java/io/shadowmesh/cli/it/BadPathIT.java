package io.shadowmesh.cli.it;

import java.time.Duration;
import java.util.Map;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * TCP, and numbered datagrams beside it, through a tunnel whose path loses, reorders, doubles, goes dark, and changes
 * its address: every byte arrives, and no inner datagram comes twice or from nowhere.
 */
@Timeout(1800)
final class BadPathIT
{
    private static final int LOSSY_MEGABYTES = Integer.getInteger("shadowmesh.it.lossyMegabytes", 16);
    private static final int WORST_KILOBYTES = Integer.getInteger("shadowmesh.it.worstKilobytes", 256);
    /** For how long a path that changes is used, at {@link #MEGABITS}. */
    private static final int CHANGING_SECONDS = Integer.getInteger("shadowmesh.it.changingSeconds", 12);
    /** How long the tunnel may take to be back. Two seconds are promised; a busy machine is given more. */
    private static final int BACK_MS = Integer.getInteger("shadowmesh.it.backMillis", 5000);
    private static final int MEGABITS = 40;
    private static final long BYTES_PER_SECOND = MEGABITS * 1_000_000L / 8;
    private static final int PIECE_BYTES = 1 << 16;
    private static final int DARK_MS = 5000;
    private static final int LEDGER_INTERVAL_MS = 5;
    /** A fault in a plan, and as the relay counts it. */
    private static final Map<String, String> PAST = Map.of("reorder", "reordered", "duplicate", "duplicated");
    /** Catches what hangs; 30 % loss moves some hundred kilobytes a second. */
    private static final Duration DEADLINE =
        Duration.ofSeconds(240 + LOSSY_MEGABYTES + WORST_KILOBYTES / 20 + 5 * CHANGING_SECONDS);
    @RegisterExtension
    private static final Scene SCENE = Scene.perClass("ping");
    private static Relay relay;
    private static Node a;
    private static Node b;

    @BeforeAll
    static void aTunnelThroughARelay()
    {
        relay = SCENE.startRelay("");
        b = SCENE.startListener().ready();
        a = SCENE.startInitiatorViaRelay().ready();
    }

    @BeforeEach
    void onAGoodPathAtFirst()
    {
        relay.plan("");
        SCENE.a().awaitPing(Scene.INSIDE_B, a, b, relay);
    }

    @Test
    void movesTcpUnchangedAtTwoPercentLoss()
    {
        movesTcp("loss=2%", LOSSY_MEGABYTES * 1_000_000L);
    }

    @Test
    void movesTcpUnchangedOnThePathOnWhichMostGoesWrong()
    {
        movesTcp("loss=30% reorder=25%/5ms duplicate=10%", WORST_KILOBYTES * 1000L);
    }

    /** The transfer keeps the path busy all the time, so that the client always sends. */
    @Test
    void isBackAtOnceWhenTheNatForgetsPortAndAddress()
    {
        final long seed = Seed.print();
        try (Ledger ledger = new Ledger(SCENE, LEDGER_INTERVAL_MS, seed))
        {
            ledger.awaitReceived(10);
            final Map<String, Long> before = relay.counts();
            relay.plan("seed=" + seed + " rate=" + MEGABITS + "/50ms rebind=5s");
            ledger.mark();
            transfer(CHANGING_SECONDS * BYTES_PER_SECOND, seed);
            final long rebinds = count("rebinds", before);
            System.out.println("port and address changed " + rebinds + " times; back after at most " +
                ledger.longestGapMs() + " ms");
            assertTrue(rebinds >= CHANGING_SECONDS / 5, relay::toString);
            assertTrue(ledger.longestGapMs() <= BACK_MS, ledger::toString);
            ledger.assertHonest();
        }
    }

    @Test
    void isBackAtOnceWhenADarkPathIsOpenAgainThoughTheNatForgetsToo()
    {
        final long seed = Seed.print();
        try (Ledger ledger = new Ledger(SCENE, LEDGER_INTERVAL_MS, seed))
        {
            ledger.awaitReceived(10);
            final Map<String, Long> before = relay.counts();
            relay.plan("seed=" + seed + " rate=" + MEGABITS + "/50ms rebind=5s blackhole=5s/2s");
            ledger.mark();
            // Two seconds in seven are open.
            transferInPieces((int)(CHANGING_SECONDS * BYTES_PER_SECOND * 2 / 7 / PIECE_BYTES), seed);
            final long backMs = ledger.longestGapMs() - DARK_MS;
            final long rebinds = count("rebinds", before);
            System.out.println(count(">blackholed", before) + " datagrams of a lost in the dark, the port changed " +
                rebinds + " times; back after at most " + backMs + " ms");
            assertTrue(count(">blackholed", before) > 0, relay::toString);
            assertTrue(rebinds >= Math.max(1, CHANGING_SECONDS / 10), relay::toString);
            assertTrue(backMs <= BACK_MS, ledger::toString);
            ledger.assertHonest();
        }
    }

    private static void movesTcp(final String faults, final long bytes)
    {
        final long seed = Seed.print();
        try (Ledger ledger = new Ledger(SCENE, LEDGER_INTERVAL_MS, seed))
        {
            ledger.awaitReceived(10);
            final Map<String, Long> before = relay.counts();
            relay.plan("seed=" + seed + " " + faults);
            final long beganNs = System.nanoTime();
            transfer(bytes, seed);
            ledger.awaitReceived(ledger.received() + 100);
            System.out.printf("%d bytes in %.1f s on a path with %s: %d and %d datagrams lost, %d and %d reordered, " +
                "%d and %d doubled%n", bytes, (System.nanoTime() - beganNs) / 1e9, faults, count(">lost", before),
                count("<lost", before), count(">reordered", before), count("<reordered", before),
                count(">duplicated", before), count("<duplicated", before));
            assertTrue(count(">lost", before) > 0 && count("<lost", before) > 0, relay::toString);
            for (final String fault : new String[] {"reorder", "duplicate"})
            {
                for (final String direction : new String[] {">", "<"})
                {
                    assertEquals(faults.contains(fault), count(direction + PAST.get(fault), before) > 0, relay::toString);
                }
            }
            ledger.assertHonest();
        }
    }

    private static void transfer(final long bytes, final long seed)
    {
        try (ChildProcess receiver = SCENE.b().start(Machine.java(TransferProgram.class, "receive", Scene.INSIDE_B)))
        {
            final String port = receiver.awaitOutput("^listening (\\d+)$").group(1);
            try (ChildProcess sender = SCENE.a().start(Machine.java(TransferProgram.class,
                "send", Scene.INSIDE_B, port, Long.toString(bytes), Long.toString(seed))))
            {
                assertEquals(0, sender.awaitExit(DEADLINE), sender::toString);
                assertEquals(0, receiver.awaitExit(DEADLINE), receiver::toString);
                assertSame(sender, receiver);
            }
        }
    }

    private static void transferInPieces(final int pieces, final long seed)
    {
        try (ChildProcess receiver = SCENE.b().start(Machine.java(PieceTransferProgram.class,
            "receive", Scene.INSIDE_B, Integer.toString(pieces))))
        {
            final String port = receiver.awaitOutput("^listening (\\d+)$").group(1);
            try (ChildProcess sender = SCENE.a().start(Machine.java(PieceTransferProgram.class,
                "send", Scene.INSIDE_B, port, Integer.toString(pieces), Long.toString(seed))))
            {
                assertEquals(0, sender.awaitExit(DEADLINE), sender::toString);
                assertSame(sender, receiver);
            }
        }
    }

    private static void assertSame(final ChildProcess sender, final ChildProcess receiver)
    {
        final String sent = sender.awaitOutput("^sent (\\d+ [0-9a-f]{64})").group(1);
        final String received = receiver.awaitOutput("^received (\\d+ [0-9a-f]{64})$").group(1);
        System.out.println("SHA-256 of " + received + " at the receiver");
        assertEquals(sent, received);
    }

    private static long count(final String name, final Map<String, Long> before)
    {
        return relay.counts().getOrDefault(name, 0L) - before.getOrDefault(name, 0L);
    }
}
