package io.shadowmesh.cli.it;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * The scene of a test: two hosts, the nodes on them and whatever else it starts. At the end all of it is removed, in
 * the opposite order; when the test has failed, what the processes printed is shown first.
 *
 * <p>Unless a test says otherwise, b (10.10.10.4) listens and a (10.10.10.3) connects.
 */
final class Scene implements BeforeAllCallback, AfterAllCallback, BeforeEachCallback, AfterEachCallback
{
    static final int PORT = 9443;
    static final String INSIDE_A = "10.10.10.3";
    static final String INSIDE_B = "10.10.10.4";
    static final String INSIDE_A6 = "fd00:10::3";
    static final String INSIDE_B6 = "fd00:10::4";

    private final boolean perClass;
    private final String[] tools;
    private final Deque<AutoCloseable> things = new ArrayDeque<>();
    private TwoHosts hosts;
    private boolean failed;

    private Scene(final boolean perClass, final String... tools)
    {
        this.perClass = perClass;
        this.tools = tools;
    }

    /**
     * A scene for each test method.
     *
     * @param tools that the tests need beside {@code ip} and {@code nsenter}.
     * @return the scene, to be kept in a field with {@code @RegisterExtension}.
     */
    static Scene perTest(final String... tools)
    {
        return new Scene(false, tools);
    }

    /**
     * One scene for all methods of a class.
     *
     * @param tools that the tests need beside {@code ip} and {@code nsenter}.
     * @return the scene, to be kept in a static field with {@code @RegisterExtension}.
     */
    static Scene perClass(final String... tools)
    {
        return new Scene(true, tools);
    }

    /** @return the host that connects. */
    Host a()
    {
        return hosts.a;
    }

    /** @return the host that listens. */
    Host b()
    {
        return hosts.b;
    }

    /** @return a third host, behind a; it is made when it is first asked for. */
    Host c()
    {
        return hosts.c();
    }

    /** @return the name of a's device: no other test run has it. */
    static String deviceA()
    {
        return "sm" + ProcessHandle.current().pid() + "a";
    }

    /** @return the name of b's device. */
    static String deviceB()
    {
        return "sm" + ProcessHandle.current().pid() + "b";
    }

    /** @return the name of c's device. */
    static String deviceC()
    {
        return "sm" + ProcessHandle.current().pid() + "c";
    }

    /** @return the Peer ID of a. */
    String idA()
    {
        return Node.peerId(a(), "keys");
    }

    /** @return the Peer ID of b. */
    String idB()
    {
        return Node.peerId(b(), "keys");
    }

    /** @return the Peer ID of c. */
    String idC()
    {
        return Node.peerId(c(), "keys");
    }

    /**
     * Keeps something until the end of the scene.
     *
     * @param thing to be closed then.
     * @param <T>   its type.
     * @return the thing.
     */
    <T extends AutoCloseable> T keep(final T thing)
    {
        things.push(thing);
        return thing;
    }

    /**
     * Starts b as a listener on IPv4 that allows a.
     *
     * @param more arguments.
     * @return the node, which may not be ready yet.
     */
    Node startListener(final String... more)
    {
        return startNode(b(), more, "-keydir", "./keys", "-ip", TwoHosts.B4, "-tun", deviceB(), "-tun-ip", INSIDE_B,
            "-allow", idA());
    }

    /**
     * Starts a, which connects to b on IPv4.
     *
     * @param more arguments.
     * @return the node, which may not be ready yet.
     */
    Node startInitiator(final String... more)
    {
        return startInitiatorVia(TwoHosts.B4 + ":" + PORT, more);
    }

    /**
     * Starts a, which connects to b through a relay on its own host.
     *
     * @param more arguments.
     * @return the node, which may not be ready yet.
     */
    Node startInitiatorViaRelay(final String... more)
    {
        return startInitiatorVia(TwoHosts.A4 + ":" + Relay.PORT, more);
    }

    /** @return a relay on a's host that forwards to b. */
    Relay startRelay()
    {
        return keep(new Relay(a(), TwoHosts.A4, TwoHosts.B4, PORT));
    }

    /**
     * Starts a relay on a's host that forwards to b as a plan says, and can appear at either of a's addresses.
     *
     * @param plan its text, as {@link io.shadowmesh.cli.it.relay.FaultPlan} has it.
     * @return the relay.
     */
    Relay startRelay(final String plan)
    {
        return keep(newRelay(plan));
    }

    /**
     * Starts a relay as {@link #startRelay} does, but leaves it to the caller to close it.
     *
     * @param plan its text, as {@link io.shadowmesh.cli.it.relay.FaultPlan} has it.
     * @return the relay.
     */
    Relay newRelay(final String plan)
    {
        return new Relay(
            a(), TwoHosts.A4, TwoHosts.B4, PORT, TwoHosts.A4 + "," + TwoHosts.A4_OTHER, plan.split(" "));
    }

    /**
     * Starts a node and keeps it.
     *
     * @param host      to run on.
     * @param more      arguments that come last.
     * @param arguments of {@code up}.
     * @return the node, which may not be ready yet.
     */
    Node startNode(final Host host, final String[] more, final String... arguments)
    {
        final List<String> all = new ArrayList<>(List.of("up"));
        all.addAll(List.of(arguments));
        all.addAll(List.of(more));
        return keep(Node.start(host, all.toArray(String[]::new)));
    }

    @Override
    public void beforeAll(final ExtensionContext context)
    {
        if (perClass)
        {
            open();
        }
    }

    @Override
    public void beforeEach(final ExtensionContext context)
    {
        if (!perClass)
        {
            open();
        }
        System.out.println("--- " + context.getRequiredTestClass().getSimpleName() + "." + context.getDisplayName());
    }

    @Override
    public void afterEach(final ExtensionContext context)
    {
        failed |= context.getExecutionException().isPresent();
        if (!perClass)
        {
            close();
        }
    }

    @Override
    public void afterAll(final ExtensionContext context)
    {
        failed |= context.getExecutionException().isPresent();
        if (perClass)
        {
            close();
        }
    }

    private Node startInitiatorVia(final String endpoint, final String... more)
    {
        return startNode(a(), more, "-keydir", "./keys", "-ip", TwoHosts.A4, "-tun", deviceA(), "-tun-ip", INSIDE_A,
            "-connect", idB() + "@" + endpoint);
    }

    private void open()
    {
        Machine.require(tools);
        hosts = keep(new TwoHosts());
    }

    private void close()
    {
        if (failed)
        {
            things.forEach(System.out::println);
        }
        for (AutoCloseable thing = things.poll(); thing != null; thing = things.poll())
        {
            try
            {
                thing.close();
            }
            catch (final Exception e)
            {
                System.out.println("clean-up: " + e);
            }
        }
    }
}
