package io.shadowmesh.cli.it;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.security.Security;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Assumptions;

/**
 * The machine that the tests run on: what it offers, and where this checkout and its JDK lie.
 */
final class Machine
{
    /** Debian's Python, which its packages of modules are for. */
    static final String PYTHON = "/usr/bin/python3";

    private static final Path TUN = Path.of("/dev/net/tun");
    private static final Path ROOT = findRoot();
    private static final Path MEMORY = Path.of("/dev/shm");

    private Machine()
    {
    }

    /**
     * Skips the calling test with one printed line if this machine lacks something; where CI=true it fails instead.
     *
     * @param tools names of the programs that the test needs beside {@code ip} and {@code nsenter}.
     */
    static void require(final String... tools)
    {
        final List<String> missing = new ArrayList<>();
        if (!"root".equals(System.getProperty("user.name")))
        {
            missing.add("root");
        }
        if (!Files.isWritable(TUN))
        {
            missing.add("/dev/net/tun");
        }
        final List<String> wanted = new ArrayList<>(List.of("ip", "nsenter"));
        wanted.addAll(List.of(tools));
        for (final String tool : wanted)
        {
            if (findTool(tool).isEmpty())
            {
                missing.add(tool);
            }
        }
        skipWithout(missing);
    }

    /**
     * The same for modules of Debian's Python, which others on the machine may not have.
     *
     * @param modules that the test needs.
     */
    static void requirePython(final String... modules)
    {
        final List<String> missing = new ArrayList<>();
        for (final String module : modules)
        {
            if (!Files.isExecutable(Path.of(PYTHON)) || ChildProcess.start("python", Path.of("/"),
                List.of(PYTHON, "-c", "import " + module)).awaitExit(Await.SOON) != 0)
            {
                missing.add(PYTHON + " with " + module);
            }
        }
        skipWithout(missing);
    }

    private static void skipWithout(final List<String> missing)
    {
        if (!missing.isEmpty())
        {
            final String message = "SKIPPED: this test needs " + String.join(", ", missing) + " (see docs/testing.md)";
            System.out.println(message);
            if ("true".equals(System.getenv("CI")))
            {
                Assertions.fail(message + "; with CI=true nothing may be skipped");
            }
            Assumptions.abort(message);
        }
    }

    /** @return where the program is, if it is on the PATH. */
    static Optional<Path> findTool(final String name)
    {
        final String path = System.getenv("PATH") + File.pathSeparator + "/usr/sbin" + File.pathSeparator + "/sbin";
        for (final String folder : path.split(File.pathSeparator))
        {
            final Path candidate = Path.of(folder, name);
            if (Files.isExecutable(candidate))
            {
                return Optional.of(candidate);
            }
        }
        return Optional.empty();
    }

    /** @return the root folder of this checkout. */
    static Path root()
    {
        return ROOT;
    }

    /** @return the launcher that users run. */
    static String launcher()
    {
        return ROOT.resolve("bin/shadowmesh").toString();
    }

    /**
     * Makes a command see a {@code /dev/net/tun} that every user may open, as udev makes it. Where there is no udev, as in
     * many containers, it is root's alone. The machine's own device stays as it is.
     *
     * @param command to run, as root until it gives that up itself.
     * @return the command that does both.
     */
    static List<String> withTunForAll(final String... command)
    {
        try
        {
            if (Files.getPosixFilePermissions(TUN).contains(PosixFilePermission.OTHERS_WRITE))
            {
                return List.of(command);
            }
        }
        catch (final IOException e)
        {
            throw new UncheckedIOException(e);
        }
        final List<String> line = new ArrayList<>(List.of("unshare", "-m", "sh", "-c",
            "mount -t tmpfs none /dev/net && mknod /dev/net/tun c 10 200 && chmod 666 /dev/net/tun && exec \"$@\"", "sh"));
        line.addAll(List.of(command));
        return line;
    }

    /** @return a program of the JDK that runs the tests. */
    static String jdk(final String program)
    {
        return Path.of(System.getProperty("java.home"), "bin", program).toString();
    }

    /**
     * Takes ML-KEM away from the launcher's JVM: of all security providers it leaves it the first one alone.
     *
     * @param host in whose folder the list of providers is written.
     * @return the setting of an environment variable, for {@code env}.
     */
    static String withoutMlKem(final Host host)
    {
        final StringBuilder providers = new StringBuilder("security.provider.1=SUN\n");
        for (int i = 2; i <= Security.getProviders().length; i++)
        {
            providers.append("security.provider.").append(i).append("=\n");
        }
        host.write("providers", providers.toString());
        return "SHADOWMESH_OPTS=-Djava.security.properties=" + host.folder().resolve("providers");
    }

    /**
     * The command line of a class of this package as a process of its own.
     *
     * @param program   the class with the main method.
     * @param arguments for it.
     * @return the command line.
     */
    static String[] java(final Class<?> program, final String... arguments)
    {
        final List<String> command = new ArrayList<>(List.of(jdk("java"), "-XX:+UseSerialGC", "-Xshare:auto", "-cp",
            classes(program).toString(), program.getName()));
        command.addAll(List.of(arguments));
        return command.toArray(String[]::new);
    }

    /**
     * The command line of a class of this package that uses the tunnel's library, as a process of its own.
     *
     * @param heap      its greatest size, as 64m.
     * @param program   the class with the main method.
     * @param arguments for it.
     * @return the command line.
     */
    static String[] javaWithLibrary(final String heap, final Class<?> program, final String... arguments)
    {
        return javaWithLibrary(heap, 60_000, program, arguments);
    }

    /** The same, with the time in ms after which the JVM gives the system back what malloc keeps of freed memory. */
    static String[] javaWithLibrary(
        final String heap, final int trimMs, final Class<?> program, final String... arguments)
    {
        final List<String> command = new ArrayList<>(List.of(jdk("java"), "-XX:+UseSerialGC", "-Xshare:auto",
            "-Xms" + heap, "-Xmx" + heap, "-XX:+AlwaysPreTouch", "-XX:TrimNativeHeapInterval=" + trimMs,
            "-XX:CompileThresholdScaling=3", "-XX:Tier3InvocationThreshold=600", "-XX:InlineSmallCode=6000",
            "-XX:PerMethodTrapLimit=0", "-XX:CompileCommand=quiet"));
        for (final String scaled : List.of("io.shadowmesh.dataplane", "io.shadowmesh.ffi", "org.agrona"))
        {
            command.add("-XX:CompileCommand=CompileThresholdScaling," + scaled + ".*::*,0.05");
        }
        command.addAll(List.of("--enable-native-access=ALL-UNNAMED",
            "--add-exports", "java.base/jdk.internal.misc=ALL-UNNAMED", "-cp",
            classes(program) + File.pathSeparator + ROOT.resolve("shadowmesh-cli/target/shadowmesh/lib") + "/*",
            program.getName()));
        command.addAll(List.of(arguments));
        return command.toArray(String[]::new);
    }

    /**
     * In memory where there is a file system for it: a mapped file on a disk stalls who writes to it while the kernel
     * writes it back.
     *
     * @return a new folder that is removed, with all that is in it, when the test JVM ends.
     */
    static Path temporaryFolder(final String purpose)
    {
        try
        {
            final String prefix = "shadowmesh-it-" + purpose + "-";
            final Path folder = Files.isWritable(MEMORY) ?
                Files.createTempDirectory(MEMORY, prefix) : Files.createTempDirectory(prefix);
            CleanUp.atExit(() -> CleanUp.delete(folder));
            return folder;
        }
        catch (final IOException e)
        {
            throw new AssertionError("no temporary folder", e);
        }
    }

    /** @return a new folder in memory, where there is such a thing, that is removed when the test JVM ends. */
    static Path memoryFolder(final String purpose)
    {
        final Path memory = Path.of("/dev/shm");
        if (!Files.isWritable(memory))
        {
            return temporaryFolder(purpose);
        }
        try
        {
            final Path folder = Files.createTempDirectory(memory, "shadowmesh-it-" + purpose + "-");
            CleanUp.atExit(() -> CleanUp.delete(folder));
            return folder;
        }
        catch (final IOException e)
        {
            throw new AssertionError("no folder in memory", e);
        }
    }

    private static Path classes(final Class<?> type)
    {
        return Path.of(type.getProtectionDomain().getCodeSource().getLocation().getPath());
    }

    private static Path findRoot()
    {
        Path folder = Path.of("").toAbsolutePath();
        while (folder != null && !Files.exists(folder.resolve("bin/shadowmesh")))
        {
            folder = folder.getParent();
        }
        return folder == null ? Path.of("").toAbsolutePath() : folder;
    }
}
