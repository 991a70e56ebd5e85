package io.shadowmesh.dataplane.agent;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

import static org.junit.jupiter.api.Assertions.assertEquals;

/** A process of its own has few descriptors and runs out of them: this one would take the test runner's. */
@Timeout(120)
class DescriptorShortageTest
{
    private static final int DESCRIPTORS = 200;

    @Test
    void leavesNothingBehindWhenTheKernelGivesNoEventfd() throws IOException, InterruptedException
    {
        final List<String> command = new ArrayList<>(List.of(
            "sh", "-c", "ulimit -n " + DESCRIPTORS + " && exec \"$@\"", "sh",
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-XX:NativeMemoryTracking=summary",
            "--enable-native-access=ALL-UNNAMED",
            "--add-exports=java.base/jdk.internal.misc=ALL-UNNAMED",
            "-cp", System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
            DescriptorShortageProgram.class.getName()));
        final Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        process.getOutputStream().close();
        final String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertEquals(0, process.waitFor(), output);
        assertEquals(
            """
            1 threads, 0 descriptors left: eventfd(): EMFILE (too many open files)%1$s, 0 descriptors and 0 segments more
            1 threads, 1 descriptors left: eventfd(): EMFILE (too many open files)%1$s, 0 descriptors and 0 segments more
            1 threads, 2 descriptors left: eventfd(): EMFILE (too many open files)%1$s, 0 descriptors and 0 segments more
            1 threads, 3 descriptors left: made, 0 descriptors and 0 segments more
            2 threads, 0 descriptors left: eventfd(): EMFILE (too many open files)%1$s, 0 descriptors and 0 segments more
            2 threads, 1 descriptors left: eventfd(): EMFILE (too many open files)%1$s, 0 descriptors and 0 segments more
            2 threads, 2 descriptors left: eventfd(): EMFILE (too many open files)%1$s, 0 descriptors and 0 segments more
            2 threads, 3 descriptors left: eventfd(): EMFILE (too many open files)%1$s, 0 descriptors and 0 segments more
            2 threads, 4 descriptors left: made, 0 descriptors and 0 segments more
            3 threads, 0 descriptors left: eventfd(): EMFILE (too many open files)%1$s, 0 descriptors and 0 segments more
            3 threads, 1 descriptors left: eventfd(): EMFILE (too many open files)%1$s, 0 descriptors and 0 segments more
            3 threads, 2 descriptors left: eventfd(): EMFILE (too many open files)%1$s, 0 descriptors and 0 segments more
            3 threads, 3 descriptors left: eventfd(): EMFILE (too many open files)%1$s, 0 descriptors and 0 segments more
            3 threads, 4 descriptors left: eventfd(): EMFILE (too many open files)%1$s, 0 descriptors and 0 segments more
            3 threads, 5 descriptors left: made, 0 descriptors and 0 segments more
            """.formatted(": raise the limit of open files (ulimit -n)"),
            output);
    }
}
