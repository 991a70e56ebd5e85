/**
 * What the steps of the data path cost, each alone and all in a row: time per operation, and heap bytes, of which there
 * must be none. {@link AllocationCheck} holds them to that.
 *
 * <p>Every class whose name ends in {@code Benchmark} is one step of the data path, or the whole of one direction; but
 * {@link ForeignCallBenchmark} and {@link ChannelBenchmark} compare ways to call the kernel. Runs on the class path, and
 * so may use any public class of the project, whether its module exports it or not. What is its package's own is reached
 * by a class of this module in that package: {@link io.shadowmesh.dataplane.agent.OutboundPath},
 * {@link io.shadowmesh.dataplane.agent.InboundPath}, {@link io.shadowmesh.ffi.BareCalls}. {@code docs/performance.md}
 * tells how to run them and what they gave.
 */
package io.shadowmesh.benchmarks;
