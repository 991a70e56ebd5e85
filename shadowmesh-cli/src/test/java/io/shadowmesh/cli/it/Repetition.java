package io.shadowmesh.cli.it;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.IntFunction;

/** The same scenario many times, some at once, since most of its time is waiting. */
final class Repetition
{
    private Repetition()
    {
    }

    /**
     * Runs a scenario again and again; the first failure is the test's.
     *
     * @param times    how often.
     * @param atOnce   how many at the same time.
     * @param scenario given its number, from 0 on.
     * @param <T>      what comes out of it.
     * @return what came out of each, by number.
     */
    static <T> List<T> of(final int times, final int atOnce, final IntFunction<T> scenario)
    {
        final List<Future<T>> running = new ArrayList<>();
        final ExecutorService threads = Executors.newFixedThreadPool(atOnce);
        try
        {
            for (int i = 0; i < times; i++)
            {
                final int number = i;
                running.add(threads.submit(() -> scenario.apply(number)));
            }
            final List<T> results = new ArrayList<>();
            for (int i = 0; i < times; i++)
            {
                results.add(result(running.get(i), i));
            }
            return results;
        }
        finally
        {
            threads.shutdownNow();
            threads.close();
        }
    }

    private static <T> T result(final Future<T> future, final int number)
    {
        try
        {
            return future.get();
        }
        catch (final InterruptedException e)
        {
            Thread.currentThread().interrupt();
            throw new AssertionError("interrupted", e);
        }
        catch (final ExecutionException e)
        {
            throw new AssertionError("number " + number + ": " + e.getCause().getMessage(), e.getCause());
        }
    }
}
