package io.shadowmesh.benchmarks;

import org.openjdk.jmh.infra.BenchmarkParams;
import org.openjdk.jmh.profile.GCProfiler;
import org.openjdk.jmh.results.BenchmarkResult;
import org.openjdk.jmh.results.IterationResult;
import org.openjdk.jmh.results.Result;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.CommandLineOptionException;
import org.openjdk.jmh.runner.options.CommandLineOptions;
import org.openjdk.jmh.runner.options.Options;
import org.openjdk.jmh.runner.options.OptionsBuilder;

import java.util.Collection;
import java.util.Locale;

/**
 * Runs benchmarks and fails where one allocates: exit status 1, and one line for each that names it. A benchmark that
 * could not run or was not measured fails too. Takes JMH's own arguments.
 *
 * <p>JMH allocates between 5 and 8 kB in each iteration itself. That much does not count, or else a busy machine, which
 * gets fewer operations done, would fail.
 */
public final class AllocationCheck
{
    /** Bytes per operation that pass. */
    private static final double LIMIT = 0.01;

    /** Bytes per iteration that are JMH's own. */
    private static final double OVERHEAD = 8192;

    private static final String BYTES_PER_OPERATION = "gc.alloc.rate.norm";
    private static final String NAME_PREFIX = "io.shadowmesh.benchmarks.";

    private AllocationCheck()
    {
    }

    /**
     * Runs the check.
     *
     * @param args as JMH takes them.
     */
    public static void main(final String[] args)
    {
        final Collection<RunResult> results;
        try
        {
            final Options options = new OptionsBuilder()
                .parent(new CommandLineOptions(args))
                .addProfiler(GCProfiler.class)
                .shouldFailOnError(true)
                .build();
            results = new Runner(options).run();
        }
        catch (final RunnerException | CommandLineOptionException ex)
        {
            fail("a benchmark could not run: " + ex.getMessage());
            return;
        }

        if (results.isEmpty())
        {
            fail("no benchmark was run");
        }
        int failures = 0;
        for (final RunResult result : results)
        {
            failures += passes(result) ? 0 : 1;
        }
        if (failures > 0)
        {
            System.exit(1);
        }
        System.out.printf(Locale.ROOT, "allocation check: %d benchmarks, none over %s B/op%n", results.size(), LIMIT);
    }

    private static boolean passes(final RunResult result)
    {
        final double bytes = bytesPerOperation(result);
        // Written so that NaN, which is what nothing measured gives, does not pass.
        final boolean passes = bytes <= LIMIT;
        if (!passes)
        {
            System.err.printf(Locale.ROOT, "allocation check: %s allocates %.3f B/op, over %s%n",
                describe(result.getParams()), bytes, LIMIT);
        }
        return passes;
    }

    /** Over all forks and iterations, without what is JMH's own. */
    private static double bytesPerOperation(final RunResult result)
    {
        double bytes = 0;
        double operations = 0;
        for (final BenchmarkResult fork : result.getBenchmarkResults())
        {
            for (final IterationResult iteration : fork.getIterationResults())
            {
                final Result<?> measured = iteration.getSecondaryResults().get(BYTES_PER_OPERATION);
                final double done = iteration.getMetadata().getAllOps();
                bytes += null == measured ? Double.NaN : Math.max(0, measured.getScore() * done - OVERHEAD);
                operations += done;
            }
        }
        return bytes / operations;
    }

    /** Such as {@code SealBenchmark.seal (length=64, provider=libcrypto)}. */
    private static String describe(final BenchmarkParams params)
    {
        final String name = params.getBenchmark();
        final StringBuilder text = new StringBuilder(
            name.startsWith(NAME_PREFIX) ? name.substring(NAME_PREFIX.length()) : name);
        String separator = " (";
        for (final String key : params.getParamsKeys())
        {
            text.append(separator).append(key).append('=').append(params.getParam(key));
            separator = ", ";
        }
        return text.append(params.getParamsKeys().isEmpty() ? "" : ")").toString();
    }

    private static void fail(final String why)
    {
        System.err.println("allocation check: " + why);
        System.exit(1);
    }
}
