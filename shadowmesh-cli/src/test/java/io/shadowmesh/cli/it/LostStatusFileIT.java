package io.shadowmesh.cli.it;

import java.util.List;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** A status file that is deleted, or whose file system is unmounted, while the node runs: only the looking on suffers. */
@Timeout(240)
final class LostStatusFileIT
{
    @RegisterExtension
    private final Scene scene = Scene.perTest("ping", "mount", "umount");

    @Test
    void takesNothingFromTheTunnelAndIsToldInOneLine()
    {
        final String mounted = scene.b().folder().resolve("mounted").toString();
        scene.b().succeed("mkdir", mounted);
        scene.b().succeed("mount", "-t", "tmpfs", "none", mounted);
        scene.keep(() -> scene.b().run("umount", "-l", mounted));
        final Node b = scene.startListener("--status-dir", mounted).ready();
        final Node a = scene.startInitiator().ready();
        scene.a().awaitPing(Scene.INSIDE_B, a.process(), b.process());
        assertEquals(0, status(scene.a()).awaitExit(Await.SOON));
        assertEquals(0, status(scene.b(), "--status-dir", mounted).awaitExit(Await.SOON));

        scene.b().succeed("umount", "-l", mounted);
        scene.a().succeed("rm", scene.a().statusFile(Scene.deviceA()).toString());
        Pings.allAnswered(scene.a(), Scene.INSIDE_B, 200, "0.01");
        assertTold("the node with the device " + Scene.deviceA() + " runs, and its status file " +
            scene.a().statusFile(Scene.deviceA()) + " has been removed: start it again to have one", status(scene.a()));
        assertTold("no node is running here; shadowmesh up starts one", status(scene.b(), "--status-dir", mounted));

        for (final Node node : List.of(a, b))
        {
            final int said = node.process().errors().size();
            node.process().signal("TERM");
            assertEquals(0, node.process().awaitExit(Await.SOON), node.process()::toString);
            assertTrue(node.process().errors().stream().skip(said).noneMatch(line -> line.matches(".*(WARN|ERROR).*")),
                node.process()::toString);
        }
        assertEquals(List.of(), scene.a().statusFiles());
    }

    private static void assertTold(final String what, final ChildProcess status)
    {
        assertEquals(1, status.awaitExit(Await.SOON), status::toString);
        assertEquals(List.of(), status.output());
        assertEquals(List.of("shadowmesh: " + what), status.errors());
    }

    private static ChildProcess status(final Host host, final String... more)
    {
        final String[] line = new String[more.length + 2];
        line[0] = Machine.launcher();
        line[1] = "status";
        System.arraycopy(more, 0, line, 2, more.length);
        return host.run(line);
    }
}
