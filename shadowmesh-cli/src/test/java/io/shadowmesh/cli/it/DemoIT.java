package io.shadowmesh.cli.it;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** The first thing that a newcomer runs. */
@Timeout(240)
final class DemoIT
{
    /**
     * Before the JVM compiles a class's first method it makes the strings that the class names, on the thread that
     * asked. One byte for each packet would be hundreds of thousands.
     */
    private static final int STRINGS_OF_A_CLASS = 2_048;

    private static final Duration PATIENCE = Duration.ofMinutes(3);

    @BeforeEach
    void needsNamespaces()
    {
        Machine.require();
    }

    @Test
    void carriesEverythingAndItsAgentsAllocateNothing()
    {
        final List<String> namespaces = namespaces();
        final ChildProcess demo = run("demo", "--json");
        assertEquals(0, demo.awaitExit(PATIENCE), demo::toString);
        final String json = String.join("\n", demo.output());
        System.out.println(json);
        assertTrue(json.contains("\"ok\": true"), json);
        assertEquals(200, number(json, "pings_sent"), json);
        assertEquals(0, number(json, "loss_percent"), json);
        assertTrue(number(json, "agent_heap_bytes") <= STRINGS_OF_A_CLASS, json);
        assertTrue(number(json, "tcp_a_to_b_bytes") > 0, json);
        assertTrue(number(json, "tcp_b_to_a_bytes") > 0, json);
        assertEquals(namespaces, namespaces());
    }

    @Test
    void cleansUpWhenItIsStopped()
    {
        final List<String> namespaces = namespaces();
        final ChildProcess demo = run("demo");
        final List<ProcessHandle> nodes = awaitNodes(demo);
        demo.signal("TERM");
        demo.awaitExit(PATIENCE);
        assertGone(nodes, demo);
        assertEquals(namespaces, namespaces());
    }

    /** One of its nodes is killed. Another, with a device of the same name on a host of its own, is not the demo's. */
    @Test
    void failsAndCleansUpWhenANodeDiesAndHarmsNoOther() throws IOException
    {
        final List<String> namespaces = namespaces();
        final Path folder = Machine.temporaryFolder("demo");
        try (TwoHosts hosts = new TwoHosts();
            Node bystander = Node.start(hosts.b, "up", "-keydir", "./keys", "-ip", TwoHosts.B4, "-tun", "chr001",
                "-tun-ip", Scene.INSIDE_B, "-allow", Node.peerId(hosts.a, "keys")).ready())
        {
            final ChildProcess demo = ChildProcess.start("demo", folder, List.of(
                "env", "SHADOWMESH_OPTS=-Djava.io.tmpdir=" + folder, Machine.launcher(), "demo", "--json"));
            final List<ProcessHandle> nodes = awaitNodes(demo);
            nodes.getLast().destroyForcibly();
            assertEquals(1, demo.awaitExit(PATIENCE), demo::toString);
            assertTrue(demo.output().getLast().startsWith("{\"ok\": false, \"error\": "), demo::toString);
            assertTrue(demo.errors().getLast().startsWith("shadowmesh: "), demo::toString);
            assertGone(nodes, demo);
            assertTrue(bystander.process().isAlive(), bystander::toString);
        }
        assertEquals(namespaces, namespaces());
        try (Stream<Path> left = Files.list(folder))
        {
            assertEquals(List.of(), left.toList());
        }
    }

    @Test
    void saysSoAtOnceWhenANodeDiesWhileItPings()
    {
        final ChildProcess demo = run("demo");
        demo.awaitErrors("^pinging 200 times$");
        final List<ProcessHandle> nodes = awaitNodes(demo);
        nodes.getLast().destroyForcibly();
        assertEquals(1, demo.awaitExit(Await.SOON), demo::toString);
        assertTrue(demo.errors().getLast().startsWith("shadowmesh: "), demo::toString);
        assertGone(nodes, demo);
    }

    @Test
    void runsForAUserWhoMayMakeNamespacesOfHisOwn()
    {
        Machine.require("setpriv", "unshare");
        final List<String> nobody =
            Machine.withTunForAll("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "env", "HOME=/");
        final String check = "test -x " + Machine.launcher() + " && unshare --user --map-root-user --net true";
        final List<String> mayRun = new ArrayList<>(nobody);
        mayRun.addAll(List.of("sh", "-c", check));
        if (ChildProcess.start("check", Path.of("/"), mayRun).awaitExit(Await.SOON) != 0)
        {
            final String message = "SKIPPED: another user may not read this checkout, or not make namespaces";
            System.out.println(message);
            Assumptions.abort(message);
        }
        final List<String> command = new ArrayList<>(nobody);
        command.addAll(List.of(Machine.launcher(), "demo", "--json"));
        final ChildProcess demo = ChildProcess.start("demo", Path.of("/"), command);
        assertEquals(0, demo.awaitExit(PATIENCE), demo::toString);
        assertTrue(String.join("\n", demo.output()).contains("\"ok\": true"), demo::toString);
    }

    private static List<ProcessHandle> awaitNodes(final ChildProcess demo)
    {
        final List<ProcessHandle> nodes = new ArrayList<>();
        Await.until("the demo starts two nodes", Await.EVENTUALLY, () ->
        {
            nodes.clear();
            ProcessHandle.of(demo.pid()).ifPresent(process -> process.descendants().forEach(nodes::add));
            return nodes.size() >= 2;
        }, demo::toString);
        return nodes;
    }

    private static void assertGone(final List<ProcessHandle> nodes, final ChildProcess demo)
    {
        for (final ProcessHandle node : nodes)
        {
            Await.until("a node ends with the demo", Await.SOON, () -> !node.isAlive(), demo::toString);
        }
    }

    private static ChildProcess run(final String... arguments)
    {
        final List<String> command = new ArrayList<>(
            List.of("env", "--default-signal=INT,TERM", Machine.launcher()));
        command.addAll(List.of(arguments));
        final Path folder = Machine.temporaryFolder("demo");
        return ChildProcess.start("demo", folder, command);
    }

    /** Namespaces with a name that this test run has not given. */
    private static List<String> namespaces()
    {
        return Host.onMachine("ip", "netns", "list").lines().filter(line -> !line.startsWith("smit")).toList();
    }

    private static double number(final String json, final String name)
    {
        final Matcher matcher = Pattern.compile("\"" + name + "\":\\s*([0-9.]+)").matcher(json);
        assertTrue(matcher.find(), () -> name + " in " + json);
        return Double.parseDouble(matcher.group(1));
    }
}
