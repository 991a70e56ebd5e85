package io.shadowmesh.cli.it;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

import static org.junit.jupiter.api.Assertions.assertEquals;

/** Another project that has nothing but the published artifacts: see {@code src/it/consumer}. */
@Timeout(240)
final class ConsumerIT
{
    private static final String VERSION_REGEX = "<artifactId>shadowmesh</artifactId>\\s*<version>([^<]+)</version>";
    private static final String GROUP = "io/shadowmesh";
    @RegisterExtension
    private final Scene scene = Scene.perTest("ping");

    @Test
    void runsATunnelOnTheClassPath()
    {
        final Path classes = Machine.temporaryFolder("consumer-classes");
        Host.onMachine(Machine.jdk("javac"), "-Xlint:all", "-Werror", "--release", "22", "-cp", publishedJars(),
            "-d", classes.toString(), source("org/example/consumer/Consumer.java"));
        runsATunnel(onClassPath(classes + File.pathSeparator + publishedJars()));
    }

    @Test
    void runsATunnelOnTheModulePath()
    {
        final Path classes = Machine.temporaryFolder("consumer-module");
        Host.onMachine(Machine.jdk("javac"), "-Xlint:all,-requires-automatic", "-Werror", "--release", "22",
            "--module-path", publishedJars(), "-d", classes.toString(), source("module-info.java"),
            source("org/example/consumer/Consumer.java"));
        runsATunnel(onModulePath(classes + File.pathSeparator + publishedJars()));
    }

    @Test
    void buildsWithMavenFromALocalRepositoryAndRunsATunnel() throws IOException
    {
        Machine.require("mvn", "ping");
        final Path project = Machine.temporaryFolder("consumer-project");
        copy(Machine.root().resolve("shadowmesh-cli/src/it/consumer"), project);
        final Path repository = repository();
        final Path dependencies = project.resolve("dependencies.txt");
        final ChildProcess maven = ChildProcess.start("mvn", project, List.of("env",
            "JAVA_HOME=" + System.getProperty("java.home"), "mvn", "-B", "-o", "-ntp",
            "-Dmaven.repo.local=" + repository, "-Dshadowmesh.version=" + version(),
            "package", "dependency:build-classpath", "-Dmdep.outputFile=" + dependencies));
        assertEquals(0, maven.awaitExit(Await.EVENTUALLY.multipliedBy(2)), maven::toString);
        runsATunnel(onModulePath(project.resolve("target/classes") + File.pathSeparator +
            Files.readString(dependencies).strip()));
    }

    private void runsATunnel(final List<String> java)
    {
        final Node b = scene.startListener().ready();
        scene.idA();
        final List<String> command = new ArrayList<>(java);
        command.addAll(List.of(scene.idB(), TwoHosts.B4, Scene.deviceA()));
        final ChildProcess consumer = scene.keep(scene.a().start(command.toArray(String[]::new)));
        consumer.awaitOutput("^device " + Scene.deviceA() + "x, MTU 1300$");
        consumer.awaitOutput("^tunnel " + Scene.deviceA() + "$");
        scene.a().awaitPing(Scene.INSIDE_B, consumer, b);
        // Counted after it is written: by the second answer the first is in.
        scene.a().awaitPing(Scene.INSIDE_B, consumer, b);
        consumer.ask("", "^received [1-9][0-9]* packets$");
        assertEquals(0, consumer.awaitExit(Await.SOON), consumer::toString);
        assertEquals(List.of(), scene.a().tunDevices());
    }

    private static List<String> onClassPath(final String classPath)
    {
        return List.of(Machine.jdk("java"), "--enable-native-access=ALL-UNNAMED",
            "--add-exports", "java.base/jdk.internal.misc=ALL-UNNAMED",
            "-cp", classPath, "org.example.consumer.Consumer");
    }

    private static List<String> onModulePath(final String modulePath)
    {
        return List.of(Machine.jdk("java"), "--enable-native-access=io.shadowmesh.ffi",
            "--add-exports", "java.base/jdk.internal.misc=org.agrona",
            "--module-path", modulePath, "--module", "org.example.consumer/org.example.consumer.Consumer");
    }

    /** The jars that a project with a dependency on shadowmesh-dataplane gets, from this build's launcher. */
    private static String publishedJars()
    {
        final Path lib = Machine.root().resolve("shadowmesh-cli/target/shadowmesh/lib");
        try (Stream<Path> jars = Files.list(lib))
        {
            return String.join(File.pathSeparator, jars.map(Path::toString)
                .filter(jar -> jar.matches(".*/(shadowmesh-(ffi|dataplane)|agrona|HdrHistogram)-[^/]*\\.jar"))
                .sorted().toList());
        }
        catch (final IOException e)
        {
            throw new AssertionError("no jars in " + lib + ": run mvn package", e);
        }
    }

    /** A local repository with this build's artifacts, and everything else as the build's own repository has it. */
    private static Path repository() throws IOException
    {
        final Path original = Path.of(System.getProperty("localRepository",
            System.getProperty("user.home") + "/.m2/repository"));
        final Path repository = Machine.temporaryFolder("repository");
        link(original, repository, "io");
        Files.createDirectories(repository.resolve("io"));
        if (Files.isDirectory(original.resolve("io")))
        {
            link(original.resolve("io"), repository.resolve("io"), "shadowmesh");
        }
        install(repository, "shadowmesh", Machine.root());
        install(repository, "shadowmesh-ffi", Machine.root().resolve("shadowmesh-ffi"));
        install(repository, "shadowmesh-dataplane", Machine.root().resolve("shadowmesh-dataplane"));
        return repository;
    }

    private static void link(final Path from, final Path to, final String except) throws IOException
    {
        try (Stream<Path> entries = Files.list(from))
        {
            for (final Path entry : entries.filter(path -> !path.endsWith(except)).toList())
            {
                Files.createSymbolicLink(to.resolve(entry.getFileName()), entry);
            }
        }
    }

    private static void install(final Path repository, final String artifact, final Path module) throws IOException
    {
        final String version = version();
        final Path folder = repository.resolve(GROUP).resolve(artifact).resolve(version);
        Files.createDirectories(folder);
        final String name = artifact + "-" + version;
        Files.copy(module.resolve("pom.xml"), folder.resolve(name + ".pom"));
        final Path jar = module.resolve("target").resolve(name + ".jar");
        if (Files.exists(jar))
        {
            Files.copy(jar, folder.resolve(name + ".jar"));
        }
    }

    private static String version() throws IOException
    {
        final Matcher matcher = Pattern.compile(VERSION_REGEX)
            .matcher(Files.readString(Machine.root().resolve("pom.xml")));
        if (!matcher.find())
        {
            throw new AssertionError("no version in pom.xml");
        }
        return matcher.group(1);
    }

    private static String source(final String file)
    {
        return Machine.root().resolve("shadowmesh-cli/src/it/consumer/src/main/java").resolve(file).toString();
    }

    private static void copy(final Path from, final Path to) throws IOException
    {
        try (Stream<Path> files = Files.walk(from))
        {
            for (final Path file : files.filter(Files::isRegularFile).toList())
            {
                final Path copy = to.resolve(from.relativize(file));
                Files.createDirectories(copy.getParent());
                Files.copy(file, copy);
            }
        }
    }
}
