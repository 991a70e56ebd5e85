package io.shadowmesh.bindgen;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Compiles check.c, without output, for each architecture that has a compiler and the system's headers here. Where a
 * check is required, a missing compiler fails the build.
 */
record CompilerCheck(List<Target> targets, boolean required, String searchPath, PrintStream out)
{
    /** An architecture and the compilers that may serve it, the first found being taken. */
    record Target(String architecture, List<String> compilers)
    {
    }

    /**
     * The targets that we support: this machine's own architecture by {@code cc}, the other by a cross compiler.
     *
     * @param environment of the build: CC, CI, PATH.
     * @param required    the property check.required; may be null.
     * @return the check.
     */
    static CompilerCheck ofEnvironment(final Map<String, String> environment, final String required)
    {
        final boolean arm = System.getProperty("os.arch").equals("aarch64");
        final List<String> own = new ArrayList<>(List.of("cc", "gcc", "clang"));
        if (!environment.getOrDefault("CC", "").isBlank())
        {
            own.add(0, environment.get("CC"));
        }
        final boolean must = required != null && !required.isBlank() ? !required.equals("false") :
            "true".equals(environment.get("CI"));
        return new CompilerCheck(List.of(
            new Target("x86-64", arm ? List.of("x86_64-linux-gnu-gcc") : own),
            new Target("arm64", arm ? own : List.of("aarch64-linux-gnu-gcc"))), must,
            environment.get("PATH"), System.out);
    }

    /**
     * Checks for each target, and says in one line what was done.
     *
     * @param check the C text.
     * @param plan  which headers it needs.
     * @param work  a folder for a probe of those headers.
     * @throws IOException where the header is wrong, or a required check cannot be made.
     */
    void run(final Path check, final CheckPlan plan, final Path work) throws IOException
    {
        final Path probe = work.resolve("probe.c");
        Files.writeString(probe, plan.preamble());
        for (final Target target : targets)
        {
            if (!plan.isFor(target.architecture()))
            {
                continue;
            }
            final String obstacle = obstacle(target, probe);
            if (obstacle == null)
            {
                compile(target, check);
                out.println("bindings: checked against the system's headers for " + target.architecture() +
                    ", by " + compiler(target));
            }
            else if (required && (plan.architectures().isEmpty() || isOwn(target)))
            {
                throw new IOException("the check for " + target.architecture() + " is required, but " + obstacle);
            }
            else
            {
                out.println("bindings: not checked for " + target.architecture() + ": " + obstacle);
            }
        }
    }

    /** Whether this machine is one: an architecture's own library cannot be asked for on another. */
    private static boolean isOwn(final Target target)
    {
        return !target.architecture().equals(System.getProperty("os.arch").equals("aarch64") ? "x86-64" : "arm64");
    }

    private Path compiler(final Target target)
    {
        return target.compilers().stream().map(name -> Tool.find(name, searchPath))
            .filter(java.util.Objects::nonNull).findFirst().orElse(null);
    }

    /** Why no check can be made here, or null. */
    private String obstacle(final Target target, final Path probe) throws IOException
    {
        if (!System.getProperty("os.name").equals("Linux"))
        {
            return "this is not Linux";
        }
        final Path compiler = compiler(target);
        if (compiler == null)
        {
            return "there is no " + String.join(" or ", target.compilers());
        }
        final Tool.Outcome outcome = Tool.run(List.of(compiler.toString(), "-fsyntax-only", probe.toString()));
        return outcome.status() == 0 ? null :
            compiler + " does not find the headers: " + outcome.output().lines().findFirst().orElse("no reason given");
    }

    private void compile(final Target target, final Path check) throws IOException
    {
        final Tool.Outcome outcome = Tool.run(
            List.of(compiler(target).toString(), "-std=gnu11", "-fsyntax-only", "-Wall", check.toString()));
        out.print(outcome.output());
        if (outcome.status() != 0)
        {
            throw new IOException("the header differs from the system's for " + target.architecture() +
                " (see the messages above)");
        }
    }
}
