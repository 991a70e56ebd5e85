package io.shadowmesh.cli.it;

import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** What a node shows to those who are not its peers, as an onlooker on the wire sees it. */
@Timeout(600)
final class StrangerIT
{
    private static final int PROBES = Integer.getInteger("shadowmesh.it.probes", 20_000);
    private static final int PROBES_AT_ONCE = 500;
    @RegisterExtension
    private final Scene scene = Scene.perTest("ping");

    @Test
    void getsNotOneByteBackWithAWrongResponderId()
    {
        final Relay relay = scene.startRelay();
        final Node b = scene.startListener().ready();
        final String wrong = Node.peerId(scene.b(), "keys-of-somebody-else");
        final Node a = scene.startNode(scene.a(), new String[0], "-keydir", "./keys", "-ip", TwoHosts.A4,
            "-tun", Scene.deviceA(), "-tun-ip", Scene.INSIDE_A, "-connect",
            wrong + "@" + TwoHosts.A4 + ":" + Relay.PORT).ready();
        Await.until("b has taken 5 copies of M1", Await.SOON,
            () -> relay.count(">M1") >= 5 && scene.b().datagramsTaken() >= 5, relay::toString);
        a.close();
        b.close();
        final Map<String, Long> counts = relay.counts();
        assertTrue(counts.get(">M1") >= 5, counts::toString);
        assertEquals(Set.of(">M1", ">bytes", ">datagrams"), counts.keySet());
    }

    @Test
    void getsTheSecondMessageAndNothingAfterItWhenItIsNotAllowed()
    {
        final Relay relay = scene.startRelay();
        final String other = Node.peerId(scene.b(), "keys-of-somebody-else");
        assertFalse(other.equals(scene.idA()));
        final Node b = scene.startNode(scene.b(), new String[0], "-keydir", "./keys", "-ip", TwoHosts.B4,
            "-tun", Scene.deviceB(), "-tun-ip", Scene.INSIDE_B, "-allow", other).ready();
        final Node a = scene.startInitiatorViaRelay().ready();
        Await.until("several copies of M3 have gone to b", Await.SOON, () -> relay.count(">M3") >= 6, relay::toString);
        scene.a().canPing(Scene.INSIDE_B);
        a.close();
        b.close();
        final Map<String, Long> counts = relay.counts();
        final Set<String> answers = new HashSet<>(counts.keySet());
        answers.removeIf(name -> !name.startsWith("<"));
        assertEquals(Set.of("<M2", "<bytes", "<datagrams"), answers, counts::toString);
    }

    @Test
    void getsNotOneByteBackForProbesAndTheTunnelComesUpAmongThem()
    {
        final long seed = Seed.print();
        final Node b = scene.startListener().ready();
        final ChildProcess probe = scene.keep(scene.a().start(Machine.java(ProbeProgram.class, TwoHosts.B4,
            Integer.toString(Scene.PORT), Long.toString(seed))));
        probe.awaitOutput("^ready$");
        spray(probe, PROBES / 2);
        final Node a = scene.startInitiator().ready();
        spray(probe, PROBES / 2);
        scene.a().awaitPing(Scene.INSIDE_B, a, b);
        final Matcher heard = probe.ask("heard", "^heard (\\d+) (\\d+) (\\d+)$");
        assertEquals("heard 0 0 0", heard.group(), probe::toString);
        assertTrue(b.process().isAlive(), b::toString);
    }

    private void spray(final ChildProcess probe, final int count)
    {
        for (int sent = 0; sent < count; sent += PROBES_AT_ONCE)
        {
            final long taken = scene.b().datagramsTaken();
            probe.ask("spray " + PROBES_AT_ONCE, "^sprayed ");
            Await.until("b takes the probes", Await.SOON,
                () -> scene.b().datagramsTaken() >= taken + PROBES_AT_ONCE);
        }
    }
}
