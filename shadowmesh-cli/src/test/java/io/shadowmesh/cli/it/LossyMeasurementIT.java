package io.shadowmesh.cli.it;

import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import io.shadowmesh.dataplane.frame.DropReason;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** What {@code ping} and {@code bench} say of a path that loses, and of a socket that the kernel refuses to send on. */
@Timeout(240)
final class LossyMeasurementIT
{
    private static final int PINGS = 40;
    private static final int FEW = 5;
    private static final int ENOUGH = 5;
    private static final String EVERY_SEND = "sendmsg,sendto,sendmmsg";

    @RegisterExtension
    private static final Scene SCENE = Scene.perClass("ping", "strace");
    private static Relay relay;
    private static Node a;
    private static Node b;

    @BeforeAll
    static void aTunnelThroughARelay()
    {
        relay = SCENE.startRelay("");
        b = SCENE.startListener("--threads", "paired").ready();
        a = SCENE.startInitiatorViaRelay("--threads", "paired").ready();
    }

    @BeforeEach
    void onAGoodPathAtFirst()
    {
        relay.plan("");
        SCENE.a().awaitPing(Scene.INSIDE_B, a, b, relay);
    }

    @Test
    void pingShowsTheLossOfThePath()
    {
        relay.plan("seed=" + Seed.print() + " >loss=30%");
        final long before = relay.count(">lost");
        final String json = succeed("ping", "-c", Integer.toString(PINGS), "-i", "0.1", "-json");
        final long lost = relay.count(">lost") - before;
        System.out.println(lost + " datagrams lost; " + json);
        final double unanswered = field(json, "sent") - field(json, "answered");
        assertEquals(PINGS, field(json, "sent"), json);
        assertEquals(100 * unanswered / PINGS, field(json, "loss_percent"), 0.1, json);
        // Beside the pings there is little: a confirmation, a keepalive. A busy machine may lose some of its own.
        assertTrue(unanswered >= Math.max(1, lost - FEW) && unanswered <= lost + FEW, () -> lost + " were lost: " + json);
    }

    @Test
    void benchShowsTheLossOfThePath()
    {
        relay.plan("seed=" + Seed.print() + " >loss=10%");
        final long before = relay.count(">lost");
        final long all = relay.count(">datagrams");
        final String json = succeed("bench", "-t", "3", "-rate", "8M", "-json");
        final long lost = relay.count(">lost") - before;
        System.out.println(lost + " of " + (relay.count(">datagrams") - all) + " datagrams lost; " + json);
        assertEquals(10, field(json, "loss_percent"), 5, json);
        assertTrue(field(json, "lost") > lost * 0.5 && field(json, "lost") < lost * 1.5, () -> lost + " were lost: " + json);
    }

    @Test
    void benchGoesOnWhenTheSocketIsRefusedAndCountsWhatThatLost()
    {
        final long before = a.count(DropReason.SEND_FAILED);
        final ChildProcess bench = SCENE.keep(SCENE.a().start(Machine.launcher(), "bench", "-t", "5", "-rate", "8M"));
        bench.awaitOutput("^ +\\S+ .bit/s, .* lost");
        refuse("error=ENETUNREACH");
        refuse("error=ECONNREFUSED");
        assertEquals(0, bench.awaitExit(Await.EVENTUALLY), bench::toString);
        final Matcher arrived = bench.awaitOutput("^arrived: +\\S+ .bit/s, .*, (\\d+\\.\\d+) % lost, ");
        final double percent = Double.parseDouble(arrived.group(1));
        System.out.println(arrived.group());
        assertEquals(List.of(), bench.errors());
        assertTrue(percent > 0 && percent < 50, bench::toString);
        assertTrue(a.count(DropReason.SEND_FAILED) - before >= 2 * ENOUGH, a::toString);
        Pings.allAnswered(SCENE.a(), Scene.INSIDE_B, 20, "0.01");
    }

    /** Every other call fails, some times. */
    private static void refuse(final String answer)
    {
        try (InjectedFaults faults =
            new InjectedFaults(SCENE.a(), a.process().pid(), "[tun,send]", EVERY_SEND, null, answer, "1+2"))
        {
            Await.until("the errors reach the node", Await.SOON, () -> faults.count() >= ENOUGH, faults::toString);
        }
    }

    private static String succeed(final String command, final String... arguments)
    {
        final String[] line = new String[arguments.length + 2];
        line[0] = Machine.launcher();
        line[1] = command;
        System.arraycopy(arguments, 0, line, 2, arguments.length);
        return SCENE.a().succeed(line);
    }

    private static double field(final String json, final String name)
    {
        final Matcher matcher = Pattern.compile("\"" + name + "\": ([0-9.]+)").matcher(json);
        assertTrue(matcher.find(), json);
        return Double.parseDouble(matcher.group(1));
    }
}
