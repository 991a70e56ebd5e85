package io.shadowmesh.dataplane.mutation;

import org.w3c.dom.Element;
import org.w3c.dom.NodeList;

import java.io.File;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;

import javax.tools.ToolProvider;
import javax.xml.parsers.DocumentBuilderFactory;

/**
 * Runs the fast unit tests against the product as it is, which must be green, and then against one copy of it per
 * {@link Mutation}, which must be red each time. A copy is the compiled classes with those of the changed files in front
 * of them on the class path; nothing of the tree is touched. The test that the list names is asked first, if it stays green
 * those in the changed files' packages, and then all of them. A run that does not end has noticed too, and the guard's line
 * says so.
 *
 * <p>Arguments: words of the guards to break; without any, all of them. It ends with 1 if a broken guard went unnoticed,
 * if a mutation no longer applies or compiles, or if the product as it is has a red test or one that does not end.
 * {@code -Dshadowmesh.mutations.tests=REGEX} asks these test classes alone.
 */
public final class MutationCheck
{
    /** What takes long, has no guard of the list to hold, or looks at the code rather than at what it does. */
    private static final String LEFT_OUT = ".*(Allocation|Architecture|DescriptorShortage|Mutation|Fuzz).*";

    private static final String ALL = ".*Test";
    private static final String TESTS = System.getProperty("shadowmesh.mutations.tests", ALL);
    private static final long RUN_TIMEOUT_S = 900;

    /** A run with a broken guard may take so many times as long as that of the product as it is before it does not end. */
    private static final int PATIENCE = 3;

    private final Path work;
    private long timeoutS = RUN_TIMEOUT_S;
    private int failures;

    private MutationCheck(final Path work)
    {
        this.work = work;
    }

    /**
     * Runs the check.
     *
     * @param arguments words that the names of the guards to break contain.
     * @throws Exception if it cannot be run.
     */
    public static void main(final String[] arguments) throws Exception
    {
        final Path work = Files.createTempDirectory("shadowmesh-mutations");
        final MutationCheck check = new MutationCheck(work);
        try
        {
            check.run(List.of(arguments));
        }
        finally
        {
            try (Stream<Path> files = Files.walk(work))
            {
                files.sorted(Comparator.reverseOrder()).map(Path::toFile).forEach(File::delete);
            }
        }
        System.exit(check.failures == 0 ? 0 : 1);
    }

    private void run(final List<String> words) throws Exception
    {
        final long startNs = System.nanoTime();
        final Map<String, Set<String>> unbroken = redTests(Map.of(), TESTS);
        timeoutS = Math.max(RUN_TIMEOUT_S, PATIENCE * TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - startNs));
        if (!unbroken.isEmpty())
        {
            failures++;
            System.out.println("NOT GREEN  the product as it is" + listed(unbroken));
            return;
        }
        System.out.println("green      the product as it is");

        int broken = 0;
        for (final Mutation mutation : Mutation.all())
        {
            if (words.isEmpty() || words.stream().anyMatch(mutation.guard()::contains))
            {
                judge(mutation);
                broken++;
            }
        }
        System.out.println(broken + " guards broken, " + (broken - failures) + " noticed");
        failures += broken == 0 ? 1 : 0;
    }

    private void judge(final Mutation mutation) throws Exception
    {
        try
        {
            final Map<Path, String> changed = mutation.changedSources();
            Map<String, Set<String>> red = Map.of();
            for (final String tests : TESTS.equals(ALL) ? nearestFirst(mutation, changed.keySet()) : List.of(TESTS))
            {
                if (red.isEmpty())
                {
                    red = redTests(changed, tests);
                }
            }
            failures += red.isEmpty() ? 1 : 0;
            System.out.println((red.isEmpty() ? "UNNOTICED  " : "red        ") + mutation.guard() + listed(red));
        }
        catch (final IllegalStateException ex)
        {
            failures++;
            System.out.println("FAILED     " + mutation.guard() + "\n             " + ex.getMessage());
        }
    }

    private static String listed(final Map<String, Set<String>> red)
    {
        return red.entrySet().stream()
            .map(entry -> "\n             " + entry.getKey() + ": " + String.join(", ", entry.getValue()))
            .collect(Collectors.joining());
    }

    /** The tests to ask one after the other: the one that is named, those in the packages of the changed files, all. */
    private static List<String> nearestFirst(final Mutation mutation, final Set<Path> changed)
    {
        final String named = mutation.tests().stream().map(test -> ".*[.]" + test).collect(Collectors.joining("|"));
        final String besides = changed.stream()
            .map(file -> file.getParent().toString().replace(File.separator, "[.]") + "[.]" + ALL)
            .distinct()
            .collect(Collectors.joining("|"));
        return Stream.of(named, besides, ALL).filter(tests -> !tests.isEmpty()).toList();
    }

    /** The methods that fail, by their class. */
    private Map<String, Set<String>> redTests(final Map<Path, String> changed, final String tests) throws Exception
    {
        final Path run = Files.createTempDirectory(work, "run");
        final Path classes = Files.createDirectory(run.resolve("classes"));
        if (!changed.isEmpty())
        {
            compile(changed, run.resolve("sources"), classes);
        }

        final List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
            .filter(argument -> !argument.startsWith("-agentlib"))
            .forEach(command::add);
        command.addAll(List.of(
            "-cp", classes + File.pathSeparator + System.getProperty("java.class.path"),
            "org.junit.platform.console.ConsoleLauncher", "execute",
            "--scan-classpath=" + Path.of("target/test-classes").toAbsolutePath(),
            "--exclude-classname=" + LEFT_OUT,
            "--include-classname=" + tests,
            "--details=none",
            "--disable-banner",
            "--reports-dir=" + run));
        final Process process = new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(run.resolve("output").toFile())
            .start();
        if (!process.waitFor(timeoutS, TimeUnit.SECONDS))
        {
            process.destroyForcibly().waitFor();
            return Map.of("no end", Set.of("the tests were still running after " + timeoutS + " s"));
        }

        final Path report = run.resolve("TEST-junit-jupiter.xml");
        if (!Files.exists(report))
        {
            throw new IllegalStateException(
                "no report, exit status " + process.exitValue() + ": " + Files.readString(run.resolve("output")));
        }
        return failuresIn(report, tests);
    }

    private static void compile(final Map<Path, String> changed, final Path sources, final Path classes)
        throws IOException
    {
        final List<String> arguments = new ArrayList<>(List.of(
            "-nowarn", "-proc:none", "-cp", System.getProperty("java.class.path"), "-d", classes.toString()));
        for (final Map.Entry<Path, String> entry : changed.entrySet())
        {
            final Path file = sources.resolve(entry.getKey());
            Files.createDirectories(file.getParent());
            arguments.add(Files.writeString(file, entry.getValue()).toString());
        }
        if (ToolProvider.getSystemJavaCompiler().run(null, null, null, arguments.toArray(String[]::new)) != 0)
        {
            throw new IllegalStateException("it does not compile");
        }
    }

    /** A package without tests of its own has none that fails; where all are asked, some must have run. */
    private static Map<String, Set<String>> failuresIn(final Path report, final String tests) throws Exception
    {
        final NodeList cases = DocumentBuilderFactory.newInstance().newDocumentBuilder().parse(report.toFile())
            .getElementsByTagName("testcase");
        if (cases.getLength() == 0 && tests.equals(TESTS))
        {
            throw new IllegalStateException("no test ran");
        }
        final Map<String, Set<String>> red = new TreeMap<>();
        for (int i = 0; i < cases.getLength(); i++)
        {
            final Element test = (Element)cases.item(i);
            if (test.getElementsByTagName("failure").getLength() + test.getElementsByTagName("error").getLength() > 0)
            {
                final String name = test.getAttribute("classname");
                red.computeIfAbsent(name.substring(name.lastIndexOf('.') + 1), key -> new TreeSet<>())
                    .add(test.getAttribute("name").replaceAll("\\(.*", ""));
            }
        }
        return red;
    }
}
