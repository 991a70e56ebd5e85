package io.shadowmesh.cli.it;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.function.ToLongFunction;
import java.util.regex.Pattern;
import java.util.stream.Stream;

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
@Timeout(1800)
final class SystemCallFaultIT
{
    private static final String OUT = "[tun,send]";
    private static final String IN = "receive";
    private static final String CONTROL = "control";
    private static final String TUN = "/dev/net/tun";
    private static final String SOME = "1+2";
    private static final String ALL = "1+1";
    private static final int ENOUGH = Integer.getInteger("shadowmesh.it.faults", 6);
    private static final boolean FULL = ENOUGH > 10;
    private static final int IOCTLS = 30;
    private static final int FIRST_OF_THE_DEVICE = 13;
    private static final int EVENTFDS = 3;
    private static final int SOCKET_OPTIONS = 5;
    private static final Duration AT_ONCE = Duration.ofSeconds(5);
    /** From the error to the end; a JVM that starts under strace has nothing else to do. */
    private static final Duration PROMISED = FULL ? Await.promised(5) : Await.SOON;
    /** How often a call that was interrupted is made again before it counts as failed. */
    private static final int ATTEMPTS = 16;
    private static final List<String> ERRORS = List.of("error=ENOBUFS", "error=ENOMEM", "error=EPERM",
        "error=ENETUNREACH", "error=ECONNREFUSED", "error=EIO");
    private static final ToLongFunction<TunnelStatus> NOTHING = status -> 0;

    @RegisterExtension
    private final Scene scene = Scene.perTest("ping", "iperf3", "strace");
    private Node a;
    private Node b;

    /**
     * What passes: the tunnel carries on, and counts once for so many answers, or more, if each is of several packets.
     * What is no failure counts as a call or a wait, or not at all; then no failure may be counted.
     */
    private record Passing(
        String thread, String call, String file, String answer, String when, ToLongFunction<TunnelStatus> counter,
        int answersEach, boolean exact, boolean failure)
    {
        /** Each answer is a failure, counted as such. */
        static Passing counted(
            final String thread, final String call, final String file, final String answer,
            final ToLongFunction<TunnelStatus> counter)
        {
            return new Passing(thread, call, file, answer, SOME, counter, 1, false, true);
        }

        /** Nothing has failed. */
        static Passing harmless(
            final String thread, final String call, final String file, final String answer,
            final ToLongFunction<TunnelStatus> counter)
        {
            return new Passing(thread, call, file, answer, SOME, counter, 1, false, false);
        }

        static Passing uncounted(final String thread, final String call, final String file, final String answer)
        {
            return harmless(thread, call, file, answer, NOTHING);
        }

        Passing everyTime()
        {
            return new Passing(thread, call, file, answer, ALL, counter, answersEach, exact, failure);
        }

        Passing exactly()
        {
            return new Passing(thread, call, file, answer, when, counter, answersEach, true, failure);
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

    /** The table for a, which has all offloads: writev, and runs of datagrams by sendmsg. */
    private static List<Passing> passingOnA()
    {
        final List<Passing> rows = new ArrayList<>();
        rows.add(Passing.uncounted(OUT, "read", TUN, "error=EINTR"));
        rows.add(Passing.uncounted(OUT, "read", TUN, "error=EAGAIN"));
        for (final String answer : with(ERRORS, "retval=5", "retval=0"))
        {
            rows.add(Passing.counted(OUT, "read", TUN, answer, counter(TunnelCounter.TUN_READ_FAILURES)).exactly());
        }
        rows.add(Passing.uncounted(IN, "writev", TUN, "error=EINTR"));
        for (final String answer : with(ERRORS, "error=EAGAIN", "retval=12", "retval=0"))
        {
            rows.add(Passing.counted(IN, "writev", TUN, answer, drops(DropReason.TUN_WRITE_FAILED)));
        }
        final ToLongFunction<TunnelStatus> sends = counter(TunnelCounter.UDP_SEND_CALLS);
        rows.add(Passing.harmless(OUT, "sendmsg", null, "error=EINTR", sends));
        rows.add(Passing.harmless(OUT, "sendmsg", null, "error=EAGAIN", sends));
        for (final String answer : ERRORS.subList(0, ERRORS.indexOf("error=EIO")))
        {
            rows.add(Passing.counted(OUT, "sendmsg", null, answer, drops(DropReason.SEND_FAILED)));
        }
        rows.add(Passing.uncounted(OUT, "read", TUN, "error=EINTR").everyTime());
        rows.add(Passing.counted(OUT, "read", TUN, "error=EIO", counter(TunnelCounter.TUN_READ_FAILURES)).exactly()
            .everyTime());
        rows.add(new Passing(
            IN, "writev", TUN, "error=EINTR", ALL, drops(DropReason.TUN_WRITE_FAILED), ATTEMPTS, false, true));
        rows.add(Passing.harmless(IN, "ppoll", null, "error=EINTR", counter(TunnelCounter.AGENT_WAITS)).everyTime());
        rows.add(Passing.counted(IN, "ppoll", null, "error=ENOMEM", counter(TunnelCounter.WAIT_FAILURES)).exactly()
            .everyTime());
        if (FULL)
        {
            rows.addAll(waits(IN));
        }
        return rows;
    }

    /** The table for b, which has none to send or write by: write, and datagrams by sendto and sendmmsg. */
    private static List<Passing> passingOnB()
    {
        final List<Passing> rows = new ArrayList<>();
        rows.add(Passing.uncounted(IN, "write", TUN, "error=EINTR"));
        for (final String answer : with(ERRORS, "error=EAGAIN", "retval=7"))
        {
            rows.add(Passing.counted(IN, "write", TUN, answer, drops(DropReason.TUN_WRITE_FAILED)).exactly());
        }
        final ToLongFunction<TunnelStatus> sends = counter(TunnelCounter.UDP_SEND_CALLS);
        for (final String call : List.of("sendto", "sendmmsg"))
        {
            rows.add(Passing.harmless(OUT, call, null, "error=EINTR", sends));
            rows.add(Passing.harmless(OUT, call, null, "error=EAGAIN", sends));
            for (final String answer : ERRORS)
            {
                final Passing row = Passing.counted(OUT, call, null, answer, drops(DropReason.SEND_FAILED));
                rows.add(FULL ? row.exactly() : row);
            }
        }
        rows.add(Passing.harmless(OUT, "sendmmsg", null, "retval=1", sends));
        rows.add(Passing.harmless(OUT, "sendmmsg", null, "retval=0", sends));
        for (final String answer : List.of("error=EINTR", "error=EAGAIN", "retval=0", "retval=1"))
        {
            rows.add(Passing.uncounted(IN, "recvmmsg", null, answer));
        }
        for (final String answer : ERRORS)
        {
            rows.add(Passing.counted(IN, "recvmmsg", null, answer, counter(TunnelCounter.UDP_RECEIVE_FAILURES))
                .exactly());
        }
        rows.add(Passing.counted(IN, "recvmmsg", null, "error=EIO", counter(TunnelCounter.UDP_RECEIVE_FAILURES))
            .exactly().everyTime());
        rows.add(Passing.harmless(OUT, "sendto", null, "error=EINTR", sends).everyTime());
        if (FULL)
        {
            rows.addAll(waits(OUT));
            rows.addAll(waits(CONTROL));
        }
        else
        {
            rows.add(waitThatFails(OUT, "error=EAGAIN"));
            rows.add(waitThatFails(CONTROL, "error=EIO"));
        }
        return rows;
    }

    private static List<Passing> waits(final String thread)
    {
        final List<Passing> rows = new ArrayList<>();
        rows.add(Passing.harmless(thread, "ppoll", null, "error=EINTR", counter(TunnelCounter.AGENT_WAITS)));
        with(ERRORS, "error=EAGAIN").forEach(answer -> rows.add(waitThatFails(thread, answer)));
        return rows;
    }

    private static Passing waitThatFails(final String thread, final String answer)
    {
        return Passing.counted(thread, "ppoll", null, answer, counter(TunnelCounter.WAIT_FAILURES)).exactly();
    }

    private static List<String> with(final List<String> answers, final String... more)
    {
        return Stream.concat(answers.stream(), Stream.of(more)).toList();
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
            if (FULL || i >= FIRST_OF_THE_DEVICE && (i & 3) == 1)
            {
                rows.add(new SetUp("ioctl", errors[i % errors.length], i));
            }
        }
        for (int i = FULL ? 1 : EVENTFDS; i <= EVENTFDS; i++)
        {
            rows.add(new SetUp("eventfd2", i == 1 ? "EMFILE" : "ENOMEM", i));
        }
        for (int i = 1; i <= SOCKET_OPTIONS; i++)
        {
            if (FULL || i == SOCKET_OPTIONS)
            {
                rows.add(new SetUp("setsockopt", errors[i % errors.length], i));
            }
        }
        return rows;
    }

    private void aTunnel()
    {
        b = scene.startListener("--no-tun-offload", "--no-gso", "--threads", "paired").ready();
        a = scene.startInitiator("--threads", "paired").ready();
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
        final Path trace = host.folder().resolve("strace-of-" + row.call() + "-" + row.number());
        try (ChildProcess node = host.start("strace", "-D", "-f", "-q", "--seccomp-bpf", "-o", trace.toString(),
            "-e", "signal=none", "-e", "trace=" + row.call(), "-e",
            "inject=" + row.call() + ":error=" + row.error() + ":when=" + row.number(),
            "env", "--default-signal=INT,TERM", Machine.launcher(), "up", "-keydir", "./keys", "-ip",
            host == scene.a() ? TwoHosts.A4 : TwoHosts.B4, "-tun", device, "-tun-ip", Scene.INSIDE_B,
            "-allow", peer))
        {
            Await.until("it meets the error, starts or ends", Await.SOON,
                () -> InjectedFaults.count(trace) > 0 || isStartedOrEnded(node), node::toString);
            final long metNs = System.nanoTime();
            Await.until("it starts or ends", Await.SOON, () -> isStartedOrEnded(node), node::toString);
            final boolean ready = node.isAlive();
            final long endNs = ready ? System.nanoTime() : metNs;
            if (ready)
            {
                node.signal("TERM");
            }
            final int status = node.awaitExit(Await.SOON);
            final Duration took = Duration.ofNanos(System.nanoTime() - endNs);
            System.out.println(row + ": " + (ready ? "starts" : node.errors().getLast()) + ", ends in " +
                took.toMillis() + " ms");
            assertTrue(took.compareTo(PROMISED) <= 0, () -> row + ": " + took + " " + node);
            assertEquals(ready ? 0 : 1, status, node::toString);
            assertTrue(ready || node.errors().getLast().startsWith("shadowmesh: "), node::toString);
            assertTrue(node.errors().stream().noneMatch(line -> line.startsWith("\tat ")), node::toString);
            assertEquals(List.of(), host.tunDevices());
            assertEquals(List.of(), host.statusFiles(), node::toString);
        }
    }

    private static boolean isStartedOrEnded(final ChildProcess node)
    {
        return !node.isAlive() || node.output().stream().anyMatch(line -> line.startsWith("ready: "));
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
            final TunnelStatus before = node.status();
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
            final long expected = injected / row.answersEach();
            Await.until("all are counted: " + injected, Await.SOON,
                () -> row.counter() == NOTHING || rise(row.counter(), before, node.status()) >= expected,
                () -> rise(row.counter(), before, node.status()) + " are");
            final TunnelStatus after = node.status();
            final long counted = rise(row.counter(), before, after);
            // Strace may let go between a call's answer and the line about it.
            assertTrue(!row.exact() || counted <= expected + 1, () -> counted + " counted of " + injected);
            final long failed = rise(SystemCallFaultIT::failures, before, after);
            assertTrue(row.failure() || failed <= 1, () -> failed + " failures counted though nothing failed");
            assertTrue(node.process().isAlive(), node::toString);
            System.out.println(name + ": " + row + ": " + injected + " answered so" +
                (row.counter() == NOTHING ? "" : ", " + counted + " counted"));
        }
        catch (final AssertionError | RuntimeException e)
        {
            failures.add(name + ": " + row + ": " + e);
        }
    }

    private static long rise(
        final ToLongFunction<TunnelStatus> counter, final TunnelStatus before, final TunnelStatus after)
    {
        return counter.applyAsLong(after) - counter.applyAsLong(before);
    }

    /** Everything that counts as a call that failed, or as lost by one. */
    private static long failures(final TunnelStatus status)
    {
        return status.get(TunnelCounter.TUN_READ_FAILURES) + status.get(TunnelCounter.UDP_RECEIVE_FAILURES) +
            status.get(TunnelCounter.WAIT_FAILURES) + status.get(DropReason.TUN_WRITE_FAILED) +
            status.get(DropReason.SEND_FAILED);
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
