package io.shadowmesh.cli.it;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.function.ToLongFunction;
import java.util.regex.Pattern;

import io.shadowmesh.dataplane.frame.DropReason;
import io.shadowmesh.dataplane.status.TunnelCounter;
import io.shadowmesh.dataplane.status.TunnelStatus;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * What a node does when the kernel answers the system calls of its data path with errors and short counts. Strace gives
 * the answers, to one thread and one call at a time, while pings and TCP go both ways; each row of a table is one call
 * and one answer.
 */
@Timeout(600)
final class SystemCallFaultIT
{
    private static final String OUT = "[tun,send]";
    private static final String IN = "receive";
    private static final String CONTROL = "control";
    private static final String TUN = "/dev/net/tun";
    private static final String SOME = "1+2";
    private static final String ALL = "1+1";
    private static final int ENOUGH = Integer.getInteger("shadowmesh.it.faults", 6);
    private static final boolean EVERY_SET_UP = ENOUGH > 10;
    private static final int IOCTLS = 30;
    private static final int FIRST_OF_THE_DEVICE = 13;
    private static final int EVENTFDS = 3;
    private static final int SOCKET_OPTIONS = 5;
    private static final Duration AT_ONCE = Duration.ofSeconds(5);
    private static final ToLongFunction<TunnelStatus> NOTHING = status -> 0;

    @RegisterExtension
    private final Scene scene = Scene.perTest("ping", "iperf3", "strace");
    private Node a;
    private Node b;

    /** What passes: the tunnel carries on, and counts as many failures as there were, or more, if each is of several. */
    private record Passing(
        String thread, String call, String file, String answer, String when, ToLongFunction<TunnelStatus> counter,
        boolean exact)
    {
        static Passing uncounted(final String thread, final String call, final String file, final String answer)
        {
            return new Passing(thread, call, file, answer, SOME, NOTHING, false);
        }

        Passing everyTime()
        {
            return new Passing(thread, call, file, answer, ALL, counter, exact);
        }

        @Override
        public String toString()
        {
            return thread + " " + call + " " + answer + (when.equals(ALL) ? ", each" : ", every other");
        }
    }

    /** A call of the set-up: the node starts without what it is for, or says why it does not start. */
    private record SetUp(String call, String error, int number)
    {
    }

    /** What does not: the node says this and ends. */
    private record Final(String thread, String call, String file, String answer, String says)
    {
    }

    /** The table for a, whose device has offloads: writev, and runs of datagrams by sendmsg. */
    private static List<Passing> passingOnA()
    {
        final List<Passing> rows = new ArrayList<>();
        rows.add(Passing.uncounted(OUT, "read", TUN, "error=EINTR"));
        rows.add(Passing.uncounted(OUT, "read", TUN, "error=EAGAIN"));
        for (final String answer : List.of("error=ENOBUFS", "error=ENOMEM", "error=EPERM", "error=ENETUNREACH",
            "error=ECONNREFUSED", "error=EIO", "retval=5", "retval=0"))
        {
            rows.add(new Passing(OUT, "read", TUN, answer, SOME, counter(TunnelCounter.TUN_READ_FAILURES), true));
        }
        rows.add(Passing.uncounted(IN, "writev", TUN, "error=EINTR"));
        for (final String answer : List.of("error=EAGAIN", "error=ENOBUFS", "error=ENOMEM", "error=EPERM",
            "error=ENETUNREACH", "error=ECONNREFUSED", "error=EIO", "retval=12", "retval=0"))
        {
            rows.add(new Passing(IN, "writev", TUN, answer, SOME, drops(DropReason.TUN_WRITE_FAILED), false));
        }
        rows.add(Passing.uncounted(OUT, "sendmsg", null, "error=EINTR"));
        rows.add(Passing.uncounted(OUT, "sendmsg", null, "error=EAGAIN"));
        for (final String answer : List.of("error=ENOBUFS", "error=ENOMEM", "error=EPERM", "error=ENETUNREACH",
            "error=ECONNREFUSED"))
        {
            rows.add(new Passing(OUT, "sendmsg", null, answer, SOME, drops(DropReason.SEND_FAILED), false));
        }
        rows.add(Passing.uncounted(OUT, "read", TUN, "error=EINTR").everyTime());
        rows.add(new Passing(OUT, "read", TUN, "error=EIO", ALL, counter(TunnelCounter.TUN_READ_FAILURES), true));
        rows.add(Passing.uncounted(IN, "writev", TUN, "error=EINTR").everyTime());
        rows.add(Passing.uncounted(IN, "ppoll", null, "error=EINTR").everyTime());
        rows.add(new Passing(IN, "ppoll", null, "error=ENOMEM", ALL, counter(TunnelCounter.WAIT_FAILURES), true));
        return rows;
    }

    /** The table for b, whose device has none: write, and datagrams by sendto and sendmmsg. */
    private static List<Passing> passingOnB()
    {
        final List<Passing> rows = new ArrayList<>();
        rows.add(Passing.uncounted(IN, "write", TUN, "error=EINTR"));
        for (final String answer : List.of("error=EAGAIN", "error=ENOBUFS", "error=ENOMEM", "error=EPERM",
            "error=EIO", "retval=7"))
        {
            rows.add(new Passing(IN, "write", TUN, answer, SOME, drops(DropReason.TUN_WRITE_FAILED), true));
        }
        for (final String call : List.of("sendto", "sendmmsg"))
        {
            rows.add(Passing.uncounted(OUT, call, null, "error=EINTR"));
            rows.add(Passing.uncounted(OUT, call, null, "error=EAGAIN"));
            for (final String answer : List.of("error=ENOBUFS", "error=ENOMEM", "error=EPERM", "error=ENETUNREACH",
                "error=ECONNREFUSED"))
            {
                rows.add(new Passing(OUT, call, null, answer, SOME, drops(DropReason.SEND_FAILED), false));
            }
        }
        rows.add(new Passing(OUT, "sendto", null, "error=EIO", SOME, drops(DropReason.SEND_FAILED), false));
        rows.add(Passing.uncounted(OUT, "sendmmsg", null, "retval=1"));
        rows.add(Passing.uncounted(OUT, "sendmmsg", null, "retval=0"));
        rows.add(Passing.uncounted(IN, "recvmmsg", null, "error=EINTR"));
        rows.add(Passing.uncounted(IN, "recvmmsg", null, "error=EAGAIN"));
        rows.add(Passing.uncounted(IN, "recvmmsg", null, "retval=0"));
        rows.add(Passing.uncounted(IN, "recvmmsg", null, "retval=1"));
        for (final String answer : List.of("error=ENOBUFS", "error=ENOMEM", "error=EPERM", "error=ENETUNREACH",
            "error=ECONNREFUSED", "error=EIO"))
        {
            rows.add(new Passing(
                IN, "recvmmsg", null, answer, SOME, counter(TunnelCounter.UDP_RECEIVE_FAILURES), true));
        }
        rows.add(new Passing(
            IN, "recvmmsg", null, "error=EIO", ALL, counter(TunnelCounter.UDP_RECEIVE_FAILURES), true));
        rows.add(Passing.uncounted(OUT, "sendto", null, "error=EINTR").everyTime());
        rows.add(new Passing(OUT, "ppoll", null, "error=EAGAIN", SOME, counter(TunnelCounter.WAIT_FAILURES), true));
        rows.add(new Passing(CONTROL, "ppoll", null, "error=EIO", SOME, counter(TunnelCounter.WAIT_FAILURES), true));
        return rows;
    }

    private static List<Final> ending()
    {
        final String deviceGone = "the tunnel ended: the TUN device " + Scene.deviceA() + " is gone: ";
        final String socketGone = "the tunnel ended: the UDP socket is gone: ";
        final String noWait = "the tunnel ended: cannot wait for device and socket: ";
        return List.of(
            new Final(OUT, "read", TUN, "error=EBADFD", deviceGone),
            new Final(OUT, "read", TUN, "error=EFAULT", deviceGone),
            new Final(IN, "writev", TUN, "error=ENODEV", deviceGone),
            new Final(OUT, "sendto", null, "error=EBADF", socketGone),
            new Final(IN, "recvmmsg", null, "error=ENOTSOCK", socketGone),
            new Final(IN, "ppoll", null, "error=EINVAL", noWait));
    }

    /** Calls of the set-up, by their number in the main thread; some are the JVM's own. */
    private static List<SetUp> setUp()
    {
        final List<SetUp> rows = new ArrayList<>();
        final String[] errors = { "EPERM", "ENOMEM", "EIO", "EINTR", "EAGAIN", "ENOBUFS" };
        for (int i = 1; i <= IOCTLS; i++)
        {
            if (EVERY_SET_UP || i >= FIRST_OF_THE_DEVICE && (i & 3) == 1)
            {
                rows.add(new SetUp("ioctl", errors[i % errors.length], i));
            }
        }
        for (int i = EVERY_SET_UP ? 1 : EVENTFDS; i <= EVENTFDS; i++)
        {
            rows.add(new SetUp("eventfd2", i == 1 ? "EMFILE" : "ENOMEM", i));
        }
        for (int i = 1; i <= SOCKET_OPTIONS; i++)
        {
            if (EVERY_SET_UP || i == SOCKET_OPTIONS)
            {
                rows.add(new SetUp("setsockopt", errors[i % errors.length], i));
            }
        }
        return rows;
    }

    private void aTunnel()
    {
        b = scene.startListener("--no-tun-offload").ready();
        a = scene.startInitiator().ready();
        scene.a().awaitPing(Scene.INSIDE_B, a, b);
    }

    @Test
    void startsOrSaysWhyNotWhenTheSetUpMeetsErrors() throws InterruptedException
    {
        final String idA = scene.idA();
        final String idB = scene.idB();
        final List<String> failures = Collections.synchronizedList(new ArrayList<>());
        final Thread onB = new Thread(() -> starts(1, scene.b(), Scene.deviceB(), idA, failures), "b");
        onB.start();
        starts(0, scene.a(), Scene.deviceA(), idB, failures);
        onB.join();
        assertEquals(List.of(), failures);
    }

    private void starts(
        final int odd, final Host host, final String device, final String peer, final List<String> failures)
    {
        final List<SetUp> rows = setUp();
        for (int i = odd; i < rows.size(); i += 2)
        {
            final SetUp row = rows.get(i);
            try
            {
                starts(row, host, device, peer);
            }
            catch (final AssertionError | RuntimeException e)
            {
                failures.add(row + ": " + e);
            }
        }
    }

    /** With a dead peer: what the node is able to do is to come up and to end. */
    private void starts(final SetUp row, final Host host, final String device, final String peer)
    {
        try (ChildProcess node = host.start("strace", "-D", "-f", "-q", "--seccomp-bpf", "-o", "strace-of-start",
            "-e", "signal=none", "-e", "trace=" + row.call(), "-e",
            "inject=" + row.call() + ":error=" + row.error() + ":when=" + row.number(),
            "env", "--default-signal=INT,TERM", Machine.launcher(), "up", "-keydir", "./keys", "-ip",
            host == scene.a() ? TwoHosts.A4 : TwoHosts.B4, "-tun", device, "-tun-ip", Scene.INSIDE_B,
            "-allow", peer))
        {
            Await.until("it starts or ends", Await.SOON,
                () -> !node.isAlive() || node.output().stream().anyMatch(line -> line.startsWith("ready: ")),
                node::toString);
            final boolean ready = node.isAlive();
            if (ready)
            {
                node.signal("TERM");
            }
            final int status = node.awaitExit(Await.SOON);
            System.out.println(row + ": " + (ready ? "starts" : node.errors().getLast()));
            assertEquals(ready ? 0 : 1, status, node::toString);
            assertTrue(ready || node.errors().getLast().startsWith("shadowmesh: "), node::toString);
            assertTrue(node.errors().stream().noneMatch(line -> line.startsWith("\tat ")), node::toString);
            assertEquals(List.of(), host.tunDevices());
            assertEquals(List.of(), host.statusFiles(), node::toString);
        }
    }

    @Test
    void carriesOnAndCountsWhatPasses() throws InterruptedException
    {
        aTunnel();
        traffic();
        final List<String> failures = Collections.synchronizedList(new ArrayList<>());
        final Thread onB = new Thread(() -> passingOnB().forEach(row -> passes(row, scene.b(), b, "b", failures)), "b");
        onB.start();
        passingOnA().forEach(row -> passes(row, scene.a(), a, "a", failures));
        onB.join();
        assertEquals(List.of(), failures);
    }

    @Test
    void givesUpTheOffloadThatTheKernelRefusesAndCarriesOn()
    {
        aTunnel();
        traffic();
        assertEquals(1, a.status().get(TunnelCounter.UDP_SEGMENTATION_ON), a::toString);
        try (InjectedFaults faults =
            new InjectedFaults(scene.a(), a.process().pid(), OUT, "sendmsg", null, "error=EIO", "1"))
        {
            Await.until("the error reaches the node", Await.SOON, () -> faults.count() > 0, faults::toString);
            a.process().awaitErrors("UDP segmentation offload is off from now on");
        }
        Await.until("the counter says so", Await.SOON, () -> a.status().get(TunnelCounter.UDP_SEGMENTATION_ON) == 0);
        Pings.allAnswered(scene.a(), Scene.INSIDE_B, 20, "0.01");
        assertEquals(0, a.status().get(DropReason.SEND_FAILED), a::toString);
    }

    @Test
    void endsWithAMessageWhenDeviceOrSocketIsOfNoMoreUse()
    {
        aTunnel();
        for (final Final row : ending())
        {
            final ChildProcess ping = scene.a().start("ping", "-n", "-q", "-i", "0.05", Scene.INSIDE_B);
            final long start = System.nanoTime();
            try (InjectedFaults faults = new InjectedFaults(
                scene.a(), a.process().pid(), row.thread(), row.call(), row.file(), row.answer(), "1"))
            {
                Await.until("the error reaches the node", Await.SOON, () -> faults.count() > 0, faults::toString);
                final long hitNs = System.nanoTime();
                assertEquals(1, a.process().awaitExit(AT_ONCE), () -> row + ": " + a);
                System.out.println(row.call() + " " + row.answer() + ": ended after " +
                    (System.nanoTime() - hitNs) / 1_000_000 + " ms, " + (hitNs - start) / 1_000_000 + " ms to meet it");
            }
            final List<String> said = a.process().errors();
            assertTrue(Pattern.compile(Pattern.quote(row.says()) + ".+").matcher(said.getLast()).find(),
                () -> row + ": " + a);
            assertFalse(scene.a().hasDevice(Scene.deviceA()), () -> row + ": " + a);
            ping.close();
            a.startAgain();
            a.ready();
            scene.a().awaitPing(Scene.INSIDE_B, a, b);
        }
    }

    /** Pings both ways and TCP both ways, in chunks small enough to be one run of datagrams. */
    private void traffic()
    {
        scene.keep(scene.b().start("iperf3", "-s", "--forceflush", "-B", Scene.INSIDE_B)).awaitOutput("listening");
        scene.keep(scene.a().start("iperf3", "-c", Scene.INSIDE_B, "-t", "0", "--bidir", "-b", "16M", "-l", "16K"));
        scene.keep(scene.a().start("ping", "-n", "-q", "-i", "0.02", Scene.INSIDE_B));
        scene.keep(scene.b().start("ping", "-n", "-q", "-i", "0.02", Scene.INSIDE_A));
    }

    private void passes(
        final Passing row, final Host host, final Node node, final String name, final List<String> failures)
    {
        try
        {
            final long before = row.counter().applyAsLong(node.status());
            final long injected;
            final InjectedFaults faults = new InjectedFaults(
                host, node.process().pid(), row.thread(), row.call(), row.file(), row.answer(), row.when());
            try (faults)
            {
                final long enough = row.when().equals(ALL) ? ENOUGH * 10L : ENOUGH;
                Await.until("enough of " + row, Await.EVENTUALLY,
                    () -> faults.count() >= enough || !node.process().isAlive(),
                    () -> faults.toString() + faults.count() + node);
            }
            injected = faults.count();
            host.awaitPing(host == scene.a() ? Scene.INSIDE_B : Scene.INSIDE_A, a, b);
            Await.until("all are counted: " + injected, Await.SOON,
                () -> row.counter() == NOTHING || row.counter().applyAsLong(node.status()) - before >= injected,
                () -> row.counter().applyAsLong(node.status()) - before + " are");
            final long counted = row.counter().applyAsLong(node.status()) - before;
            // Strace may let go between a call's answer and the line about it.
            assertTrue(!row.exact() || counted <= injected + 1, () -> counted + " counted of " + injected);
            assertTrue(node.process().isAlive(), node::toString);
            System.out.println(name + ": " + row + ": " + injected + " answered so" +
                (row.counter() == NOTHING ? "" : ", " + counted + " counted"));
        }
        catch (final AssertionError | RuntimeException e)
        {
            failures.add(name + ": " + row + ": " + e);
        }
    }

    private static ToLongFunction<TunnelStatus> counter(final TunnelCounter counter)
    {
        return status -> status.get(counter);
    }

    private static ToLongFunction<TunnelStatus> drops(final DropReason reason)
    {
        return status -> status.get(reason);
    }
}
