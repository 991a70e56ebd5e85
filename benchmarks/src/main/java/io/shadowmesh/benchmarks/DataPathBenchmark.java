package io.shadowmesh.benchmarks;

import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

import java.util.concurrent.TimeUnit;

/**
 * How every step of the data path is measured: ns per operation on one thread, in JVMs with the collector and the access
 * that a tunnel runs with.
 *
 * <p>JMH itself allocates some 7 kB per iteration. Where an operation takes microseconds, the iterations are longer, so
 * that this does not show.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@State(Scope.Thread)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 2)
@Fork(value = 2, jvmArgsAppend = {
    "--enable-native-access=ALL-UNNAMED",
    "--add-exports=java.base/jdk.internal.misc=ALL-UNNAMED",
    "-XX:+UseSerialGC"})
public abstract class DataPathBenchmark
{
    /** For the benchmarks alone. */
    DataPathBenchmark()
    {
    }
}
