package io.shadowmesh.cli.it;

import java.time.Duration;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.extension.RegisterExtension;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** A tunnel that lives longer than its keys: {@code mvn verify -Psoak}. */
@Timeout(7200)
@EnabledIfSystemProperty(named = "shadowmesh.it.soakSeconds", matches = "[1-9][0-9]*",
    disabledReason = "long runs are for -Psoak")
final class SoakIT
{
    private static final int SECONDS = Integer.getInteger("shadowmesh.it.soakSeconds", 0);
    private static final int REKEY_SECONDS = 130;
    private static final int PINGS_PER_SECOND = 100;
    @RegisterExtension
    private final Scene scene = Scene.perTest("ping");

    @Test
    void losesNoPingThroughSeveralRekeys()
    {
        final Relay relay = scene.startRelay();
        final Node b = scene.startListener().ready();
        final Node a = scene.startInitiatorViaRelay().ready();
        scene.a().awaitPing(Scene.INSIDE_B, a, b, relay);
        final int count = SECONDS * PINGS_PER_SECOND;
        final ChildProcess ping = scene.keep(scene.a().start("ping", "-n", "-q", "-c", Integer.toString(count),
            "-i", "0.01", "-W", "5", Scene.INSIDE_B));
        ping.awaitExit(Duration.ofSeconds(SECONDS * 2L + 60));
        final Matcher received = Pattern.compile("(\\d+) received").matcher(String.join("\n", ping.output()));
        assertTrue(received.find(), ping::toString);
        assertEquals(count, Integer.parseInt(received.group(1)), ping::toString);
        System.out.println(relay);
        assertTrue(relay.count("<M4") >= 1 + SECONDS / REKEY_SECONDS, relay::toString);
    }
}
