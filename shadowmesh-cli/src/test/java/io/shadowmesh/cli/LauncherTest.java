package io.shadowmesh.cli;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import java.util.stream.Stream;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** {@code bin/shadowmesh}, with JDKs that only say who they are and what they were given. */
final class LauncherTest
{
    private static final Path LAUNCHER = Path.of(System.getProperty("shadowmesh.root", ".."), "bin", "shadowmesh");
    private static final String TOOLS = "/usr/bin:/bin";

    @TempDir
    private Path folder;
    private Path root;
    private final Map<String, String> environment = new TreeMap<>();

    private record Ended(int status, List<String> out, List<String> err)
    {
    }

    @BeforeEach
    void makeACheckout() throws IOException
    {
        root = Files.createDirectories(folder.toRealPath().resolve("check out"));
        Files.createDirectories(root.resolve("bin"));
        Files.copy(LAUNCHER, root.resolve("bin/shadowmesh"));
        executable(root.resolve("bin/shadowmesh"));
        final Path tools = Files.createDirectories(folder.resolve("tools"));
        // The tools that the launcher uses, and no java.
        for (final String tool : List.of("dirname", "readlink", "sed", "cat", "mkdir", "rm", "mv", "sleep"))
        {
            for (final String place : TOOLS.split(":"))
            {
                if (Files.isExecutable(Path.of(place, tool)))
                {
                    Files.writeString(tools.resolve(tool), "#!/bin/sh\nexec " + Path.of(place, tool) + " \"$@\"\n");
                    executable(tools.resolve(tool));
                }
            }
        }
        environment.put("PATH", tools.toString());
        environment.put("HOME", folder.toString());
        environment.put("SHADOWMESH_JDKS", folder.resolve("jvm").toString());
        environment.put("SHADOWMESH_CACHE", "off");
    }

    @Test
    void isGoodForAPlainShell() throws Exception
    {
        final Ended ended = end(new ProcessBuilder("sh", "-n", LAUNCHER.toString()));
        assertEquals(0, ended.status, ended::toString);
    }

    @ParameterizedTest
    @CsvSource({
        "21 22 25 24, 25", "22 23, 23", "22, 22", "17 30 25, 30", "1.8.0_402 24.0.1, 24.0.1", "26-ea 25, 26-ea"})
    void takesTheNewestJdk(final String versions, final String chosen) throws Exception
    {
        pretendBuilt();
        for (final String version : versions.split(" "))
        {
            jdk(folder.resolve("jvm/jdk-" + version), version);
        }
        assertEquals("jdk " + chosen, run("id").out.getFirst());
    }

    @Test
    void prefersJavaHomeWhereItIsGoodEnough() throws Exception
    {
        pretendBuilt();
        jdk(folder.resolve("jvm/jdk-26"), "26");
        environment.put("JAVA_HOME", jdk(folder.resolve("mine"), "24").toString());
        assertEquals("jdk 24", run("id").out.getFirst());
        environment.put("JAVA_HOME", jdk(folder.resolve("older"), "23").toString());
        assertEquals("jdk 26", run("id").out.getFirst(), "ML-KEM came with 24");
        environment.put("JAVA_HOME", folder.resolve("nowhere").toString());
        assertEquals("jdk 26", run("id").out.getFirst());
    }

    @Test
    void takesTheJavaOnThePath() throws Exception
    {
        pretendBuilt();
        jdk(folder.resolve("jvm/jdk-22"), "22");
        Files.createSymbolicLink(folder.resolve("tools/java"), jdk(folder.resolve("on path"), "25").resolve("bin/java"));
        assertEquals("jdk 25", run("id").out.getFirst());
        jdk(folder.resolve("jvm/jdk-30"), "30");
        assertEquals("jdk 25", run("id").out.getFirst());
    }

    /** And starts no process to see where a link leads, where it leads to one of the usual places. */
    @ParameterizedTest
    @CsvSource({"25, 30, 25", "25, 17, 25", "24, 25, 24", "23, 25, 25", "17, 22, 22"})
    void takesTheJavaOnThePathIfItIsGoodEnough(final String onPath, final String other, final String chosen) throws Exception
    {
        pretendBuilt();
        jdk(folder.resolve("jvm/jdk-" + other), other);
        final Path java = jdk(folder.resolve("jvm/jdk-" + onPath), onPath).resolve("bin/java");
        Files.createSymbolicLink(folder.resolve("tools/java"), java);
        Files.delete(folder.resolve("tools/readlink"));
        final Ended ended = run("id");
        assertEquals("jdk " + chosen, ended.out.getFirst());
        assertEquals(List.of(), ended.err);
    }

    /** What looks like a JDK and is a link to one elsewhere is not what the cache is named after. */
    @Test
    void followsLinksToTheJdkItself() throws Exception
    {
        pretendBuilt();
        final Path home = jdk(folder.toRealPath().resolve("real"), "25");
        Files.createDirectories(folder.resolve("jvm/prefix/bin"));
        Files.createSymbolicLink(folder.resolve("jvm/prefix/bin/java"), home.resolve("bin/java"));
        Files.createSymbolicLink(folder.resolve("jvm/default"), home);
        Files.createSymbolicLink(folder.resolve("tools/java"), folder.resolve("jvm/prefix/bin/java"));
        final Path cache = folder.resolve("cache");
        environment.put("SHADOWMESH_CACHE", cache.toString());
        assertEquals("jdk 25", run("id").out.getFirst());
        try (Stream<Path> files = Files.list(cache))
        {
            assertEquals(List.of("real-25.aot"), files.map(file -> file.getFileName().toString()).toList());
        }
    }

    /** One without a release file would have to be run to be asked. */
    @Test
    void asksNoOtherJdkWhereThePathLeadsToOne() throws Exception
    {
        pretendBuilt();
        final Path other = jdk(folder.resolve("jvm/other"), "30");
        Files.delete(other.resolve("release"));
        Files.writeString(other.resolve("bin/java"), "#!/bin/sh\necho asked >>\"$HOME/asked\"\n");
        Files.createSymbolicLink(folder.resolve("tools/java"), jdk(folder.resolve("on path"), "25").resolve("bin/java"));
        assertEquals("jdk 25", run("id").out.getFirst());
        assertFalse(Files.exists(folder.resolve("asked")));
    }

    @Test
    void asksAJdkThatHasNoReleaseFile() throws Exception
    {
        pretendBuilt();
        Files.delete(jdk(folder.resolve("jvm/plain"), "25.0.1").resolve("release"));
        assertEquals("jdk 25.0.1", run("id").out.getFirst());
    }

    @Test
    void saysWhatToInstallWhereThereIsNoJdk() throws Exception
    {
        pretendBuilt();
        final Ended none = run("id");
        assertEquals(1, none.status);
        assertEquals(List.of(), none.out);
        assertEquals(1, none.err.size(), none::toString);
        assertTrue(none.err.getFirst().startsWith("shadowmesh: needs a JDK 22 or newer"), none::toString);
        assertTrue(none.err.getFirst().contains("there is none"), none::toString);
        jdk(folder.resolve("jvm/jdk-17"), "17.0.15");
        final Ended old = run("id");
        assertEquals(1, old.status);
        assertTrue(old.err.getFirst().contains("the newest here is 17"), old::toString);
    }

    @Test
    void handsItsArgumentsOnAsTheyAre() throws Exception
    {
        pretendBuilt();
        jdk(folder.resolve("jvm/jdk-25"), "25");
        environment.put("SHADOWMESH_OPTS", "-Da=b -Xmx32m");
        final List<String> out = run("up", "-keydir", "./my keys", "", "*", "$HOME").out;
        final int jar = out.indexOf("-jar") + 1;
        assertEquals(List.of("up", "-keydir", "./my keys", "", "*", "$HOME"), out.subList(jar + 1, out.size()));
        assertEquals(root.resolve("shadowmesh-cli/target/shadowmesh/lib/shadowmesh-cli-1.jar").toString(), out.get(jar));
        assertTrue(out.subList(0, jar).containsAll(List.of("-Da=b", "-Xmx32m", "-XX:+UseSerialGC")), out::toString);
        assertTrue(out.indexOf("-Xmx32m") > out.indexOf("-XX:+UseSerialGC"), "ours come first, so theirs win");
    }

    @ParameterizedTest
    @CsvSource({
        "24.0.2, -XX:ArchiveClassesAtExit, -XX:SharedArchiveFile, jsa", "25.0.1, -XX:AOTCacheOutput, -XX:AOTCache, aot",
        "26-ea, -XX:AOTCacheOutput, -XX:AOTCache, aot"})
    void keepsACacheUntilTheJarsChange(final String version, final String make, final String use, final String suffix)
        throws Exception
    {
        pretendBuilt();
        final Path lib = root.resolve("shadowmesh-cli/target/shadowmesh/lib");
        final Path log = rehearsing(version, make);
        environment.remove("SHADOWMESH_CACHE");
        final Path cache = root.resolve("shadowmesh-cli/target/shadowmesh/cache/jdk-" + version + "." + suffix);
        for (int start = 1; start <= 2; start++)
        {
            final Ended ended = run("id");
            assertTrue(ended.out.contains(use + "=" + cache), ended::toString);
            assertFalse(ended.out.contains("noise"), ended::toString);
            assertEquals(List.of(), ended.err);
            assertEquals(1, Files.readAllLines(log).size());
        }
        assertEquals(List.of("classes"), Files.readAllLines(cache));
        Files.setLastModifiedTime(lib.resolve("dataplane.jar"),
            FileTime.from(Files.getLastModifiedTime(cache).toInstant().plusSeconds(1)));
        run("id");
        assertEquals(2, Files.readAllLines(log).size(), "a newer jar makes it stale");
        try (Stream<Path> left = Files.list(cache.getParent()))
        {
            assertEquals(List.of(cache), left.toList(), "no lock and no draft is left");
        }
    }

    @Test
    void startsWithoutACacheWhileAnotherStartMakesIt() throws Exception
    {
        pretendBuilt();
        final Path log = rehearsing("25", "-XX:AOTCacheOutput");
        environment.put("SHADOWMESH_CACHE", folder.resolve("cache").toString());
        final Path owner = Files.createDirectories(folder.resolve("cache/jdk-25.aot.making")).resolve("pid");
        Files.writeString(owner, ProcessHandle.current().pid() + "\n");
        final Ended meanwhile = run("id");
        assertEquals(0, meanwhile.status, meanwhile::toString);
        assertFalse(meanwhile.out.toString().contains("AOTCache"), meanwhile::toString);
        assertFalse(Files.exists(log), "one rehearsal is enough");
        final Process gone = new ProcessBuilder("true").start();
        gone.waitFor();
        Files.writeString(owner, gone.pid() + "\n");
        run("id");
        assertTrue(run("id").out.toString().contains("-XX:AOTCache="), "whoever made it was killed");
        assertEquals(1, Files.readAllLines(log).size());
    }

    @Test
    void makesNoCacheWhereItIsOff() throws Exception
    {
        pretendBuilt();
        final Path log = rehearsing("25", "-XX:AOTCacheOutput");
        final Ended ended = run("id");
        assertEquals(0, ended.status, ended::toString);
        assertFalse(ended.out.toString().contains("AOTCache"), ended::toString);
        assertFalse(Files.exists(log));
    }

    @Test
    void doesWithoutACacheThatCannotBeMade() throws Exception
    {
        pretendBuilt();
        final Path jdk = jdk(folder.resolve("jvm/jdk-25"), "25");
        Files.writeString(jdk.resolve("bin/java"), "#!/bin/sh\ncase \"$*\" in *rehearse*) echo x >>'" +
            folder.resolve("rehearsals") + "'; exit 1 ;; esac\nprintf '%s\\n' \"$@\"\n");
        environment.put("SHADOWMESH_CACHE", folder.resolve("cache").toString());
        for (int start = 1; start <= 2; start++)
        {
            final Ended ended = run("id");
            assertEquals(0, ended.status, ended::toString);
            assertFalse(ended.out.toString().contains("AOTCache"), ended::toString);
        }
        assertEquals(1, Files.readAllLines(folder.resolve("rehearsals")).size(), "it is tried once");
        environment.put("SHADOWMESH_CACHE", "/proc/nowhere");
        final Ended readOnly = run("id");
        assertEquals(0, readOnly.status, readOnly::toString);
        assertFalse(readOnly.out.toString().contains("AOTCache"), readOnly::toString);
    }

    /** The program of {@link #startsWithABrokenCache}, which stands for the rehearsal too. */
    static final class Greeting
    {
        private Greeting()
        {
        }

        public static void main(final String[] words)
        {
            System.out.println("hello " + words[0]);
        }
    }

    @Test
    void startsWithABrokenCache() throws Exception
    {
        final Path jar = Files.createDirectories(root.resolve("shadowmesh-cli/target/shadowmesh/lib"))
            .resolve("shadowmesh-cli-1.jar");
        final Manifest manifest = new Manifest();
        manifest.getMainAttributes().putValue("Manifest-Version", "1.0");
        manifest.getMainAttributes().putValue("Main-Class", Greeting.class.getName());
        final String name = Greeting.class.getName().replace('.', '/') + ".class";
        try (JarOutputStream out = new JarOutputStream(Files.newOutputStream(jar), manifest);
            InputStream code = Greeting.class.getClassLoader().getResourceAsStream(name))
        {
            out.putNextEntry(new JarEntry(name));
            code.transferTo(out);
        }
        environment.put("JAVA_HOME", System.getProperty("java.home"));
        environment.put("SHADOWMESH_CACHE", folder.resolve("cache").toString());
        final Ended first = run("one");
        assertEquals(List.of("hello one"), first.out, first::toString);
        assertEquals(List.of(), first.err);
        final Path cache;
        try (Stream<Path> made = Files.list(folder.resolve("cache")))
        {
            cache = made.toList().getFirst();
        }
        assertTrue(Files.size(cache) > 100_000, () -> cache + " holds no classes");
        Files.writeString(cache, "no classes here");
        final Ended second = run("two");
        assertEquals(0, second.status, second::toString);
        assertEquals(List.of("hello two"), second.out, second::toString);
    }

    /** A JDK that rehearses, and the file with a line for each time that it did. */
    private Path rehearsing(final String version, final String make) throws IOException
    {
        final Path log = folder.resolve("rehearsals");
        Files.writeString(jdk(folder.resolve("jvm/jdk"), version).resolve("bin/java"), """
            #!/bin/sh
            case "$*" in
              *rehearse*)
                echo "$*" >>'LOG'
                for flag; do case $flag in MAKE=*) echo classes >"${flag#*=}" ;; esac; done
                echo noise; echo noise >&2 ;;
              *) for argument; do printf '%s\n' "$argument"; done ;;
            esac
            """.replace("LOG", log.toString()).replace("MAKE", make));
        return log;
    }

    @Test
    void isFoundThroughLinks() throws Exception
    {
        pretendBuilt();
        jdk(folder.resolve("jvm/jdk-25"), "25");
        Files.createSymbolicLink(folder.resolve("one"), Path.of("check out/bin/shadowmesh"));
        Files.createSymbolicLink(folder.resolve("two"), folder.resolve("one"));
        final Ended ended = end(new ProcessBuilder(folder.resolve("two").toString(), "id"));
        assertEquals("jdk 25", ended.out.getFirst(), ended::toString);
    }

    @Test
    void becomesTheJvm() throws Exception
    {
        pretendBuilt();
        final Path jdk = jdk(folder.resolve("jvm/jdk-25"), "25");
        Files.writeString(jdk.resolve("bin/java"), "#!/bin/sh\necho $$\n");
        final ProcessBuilder builder = new ProcessBuilder(root.resolve("bin/shadowmesh").toString());
        builder.environment().clear();
        builder.environment().putAll(environment);
        final Process process = builder.start();
        assertEquals(Long.toString(process.pid()), new String(process.getInputStream().readAllBytes()).strip());
    }

    @Test
    void saysWhatItNeedsToBuild() throws Exception
    {
        jdk(folder.resolve("jvm/jdk-25"), "25");
        final Ended noSources = run("id");
        assertEquals(1, noSources.status);
        assertTrue(noSources.err.getFirst().contains("no sources"), noSources::toString);
        Files.createFile(root.resolve("pom.xml"));
        final Ended noMaven = run("id");
        assertEquals(1, noMaven.status);
        assertTrue(noMaven.err.getFirst().contains("install Maven 3.8"), noMaven::toString);
        Files.writeString(folder.resolve("tools/mvn"), "#!/bin/sh\necho broken\nexit 1\n");
        executable(folder.resolve("tools/mvn"));
        final Ended broken = run("id");
        assertEquals(1, broken.status);
        assertEquals(List.of(), broken.out, "what Maven prints is not the command's output");
        assertTrue(broken.err.getLast().contains("the build failed"), broken::toString);
        assertFalse(Files.exists(root.resolve("shadowmesh-cli/target/first-build")), "the lock is gone");
    }

    @Test
    void buildsOnFirstUseAndOnlyThen() throws Exception
    {
        jdk(folder.resolve("jvm/jdk-25"), "25");
        Files.createFile(root.resolve("pom.xml"));
        final Path lib = root.resolve("shadowmesh-cli/target/shadowmesh/lib");
        Files.writeString(folder.resolve("tools/mvn"), "#!/bin/sh\necho \"$*\" >>'" + folder.resolve("built") +
            "'\nmkdir -p '" + lib + "'\n: >'" + lib.resolve("shadowmesh-cli-1.jar") + "'\n");
        executable(folder.resolve("tools/mvn"));
        // What a build that was killed leaves behind: a lock whose owner is gone.
        final Path lock = Files.createDirectories(root.resolve("shadowmesh-cli/target/first-build"));
        final Process gone = new ProcessBuilder("true").start();
        gone.waitFor();
        Files.writeString(lock.resolve("pid"), gone.pid() + "\n");
        final Ended first = run("id");
        assertEquals("jdk 25", first.out.getFirst(), first::toString);
        assertEquals(1, first.err.size(), first::toString);
        assertTrue(first.err.getFirst().contains("building"), first::toString);
        final Ended second = run("id");
        assertEquals(List.of(), second.err);
        final List<String> built = Files.readAllLines(folder.resolve("built"));
        assertEquals(1, built.size());
        assertTrue(built.getFirst().contains("-pl shadowmesh-cli -am package"), built::toString);
    }

    private void pretendBuilt() throws IOException
    {
        final Path lib = Files.createDirectories(root.resolve("shadowmesh-cli/target/shadowmesh/lib"));
        Files.createFile(lib.resolve("shadowmesh-cli-1.jar"));
        Files.createFile(lib.resolve("dataplane.jar"));
    }

    private Path jdk(final Path home, final String version) throws IOException
    {
        Files.createDirectories(home.resolve("bin"));
        Files.writeString(home.resolve("release"), "IMPLEMENTOR=\"x\"\nJAVA_VERSION=\"" + version + "\"\nMODULES=\"y\"\n");
        Files.writeString(home.resolve("bin/java"), """
            #!/bin/sh
            if [ "$1" = -version ]; then echo 'openjdk version "VERSION" 2025-01-01' >&2; exit 0; fi
            echo 'jdk VERSION'
            for argument; do printf '%s\\n' "$argument"; done
            """.replace("VERSION", version));
        executable(home.resolve("bin/java"));
        return home;
    }

    private static void executable(final Path file) throws IOException
    {
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
    }

    private Ended run(final String... arguments) throws Exception
    {
        final ProcessBuilder builder = new ProcessBuilder(root.resolve("bin/shadowmesh").toString());
        builder.command().addAll(List.of(arguments));
        return end(builder);
    }

    private Ended end(final ProcessBuilder builder) throws Exception
    {
        builder.environment().clear();
        builder.environment().putAll(environment);
        final Path err = folder.resolve("err");
        final Process process = builder.redirectError(err.toFile()).start();
        process.getOutputStream().close();
        final String out = new String(process.getInputStream().readAllBytes());
        return new Ended(process.waitFor(), out.lines().toList(), Files.readAllLines(err));
    }
}
