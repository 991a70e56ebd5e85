package io.shadowmesh.cli.it;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** A node with little of what it needs works, or says in one line what is missing and leaves nothing behind. */
@Timeout(240)
final class ShortageIT
{
    private static final int ENOUGH_DESCRIPTORS = 32;
    private static final int[] DESCRIPTORS = { 15, 16, 17, 18 };
    private static final long BYTES = 32L << 20;
    @RegisterExtension
    private final Scene scene = Scene.perTest("ping");

    @Test
    void carriesTrafficWithThirtyTwoDescriptors()
    {
        final Node b = scene.startListener().ready();
        final ChildProcess a = scene.keep(scene.a().start(withDescriptors(ENOUGH_DESCRIPTORS, up())));
        a.awaitOutput("^ready: ");
        carries(a, b);
    }

    @Test
    void carriesTrafficWithSixtyFourMegabytesOfHeap()
    {
        final Node b = scene.startListener().ready();
        final ChildProcess a = scene.keep(scene.a().start(with(List.of("env", "SHADOWMESH_OPTS=-Xmx64m"), up())));
        a.awaitOutput("^ready: ");
        carries(a, b);
    }

    /** How many the JVM takes for itself is its own affair; from some number on the node has too few. */
    @Test
    void saysThatItHasTooFewDescriptorsAndLeavesNothingBehind()
    {
        scene.idA();
        assertTrue(IntStream.of(DESCRIPTORS).filter(this::areTooFew).count() > 0, "each of these was enough");
    }

    private boolean areTooFew(final int descriptors)
    {
        try (ChildProcess a = scene.a().start(withDescriptors(descriptors, up())))
        {
            Await.until("it starts or ends", Await.SOON,
                () -> !a.isAlive() || a.output().stream().anyMatch(line -> line.startsWith("ready: ")), a::toString);
            if (a.isAlive())
            {
                System.out.println(descriptors + " descriptors are enough");
                return false;
            }
            assertEquals(1, a.awaitExit(Await.SOON), a::toString);
            System.out.println(descriptors + " descriptors: " + a.errors());
            // A descriptor for the routes may be missing first: that is a warning in the log, and not the end.
            assertEquals(1, a.errors().stream().filter(line -> line.startsWith("shadowmesh: ")).count(), a::toString);
            assertTrue(a.errors().getLast().matches("shadowmesh: .*too many open files.*ulimit -n.*"), a::toString);
            assertEquals(List.of(), scene.a().tunDevices());
            assertEquals(List.of(), scene.a().statusFiles());
            return true;
        }
    }

    private void carries(final ChildProcess a, final Node b)
    {
        scene.a().awaitPing(Scene.INSIDE_B, a, b);
        final ChildProcess receiver =
            scene.keep(scene.b().start(Machine.java(TransferProgram.class, "receive", Scene.INSIDE_B)));
        final String port = receiver.awaitOutput("^listening (\\d+)$").group(1);
        final ChildProcess sender = scene.keep(scene.a().start(Machine.java(TransferProgram.class, "send",
            Scene.INSIDE_B, port, Long.toString(BYTES), Long.toString(Seed.print()))));
        assertEquals(0, receiver.awaitExit(Await.EVENTUALLY), () -> receiver + "" + a);
        assertEquals(sender.awaitOutput("^sent (\\d+ [0-9a-f]{64})$").group(1),
            receiver.awaitOutput("^received (\\d+ [0-9a-f]{64})$").group(1));
        a.signal("TERM");
        assertEquals(0, a.awaitExit(Await.SOON), a::toString);
        assertEquals(List.of(), scene.a().tunDevices());
    }

    private String[] up()
    {
        return new String[] { Machine.launcher(), "up", "-keydir", "./keys", "-ip", TwoHosts.A4,
            "-tun", Scene.deviceA(), "-tun-ip", Scene.INSIDE_A,
            "-connect", scene.idB() + "@" + TwoHosts.B4 };
    }

    private static String[] withDescriptors(final int count, final String... command)
    {
        return with(List.of("sh", "-c", "ulimit -n " + count + " && exec \"$@\"", "sh"), command);
    }

    private static String[] with(final List<String> first, final String... then)
    {
        final List<String> all = new ArrayList<>(first);
        all.addAll(List.of(then));
        return all.toArray(String[]::new);
    }
}
