/**
 * The two ends of a tunnel: the TUN device and the UDP socket, and what an agent needs to drive them without blocking
 * and without allocating: batches of datagrams, an {@code eventfd}, {@code ppoll} and a clock.
 *
 * <p>Usable alone, without a tunnel. Everything here is set up by calls that throw {@link java.io.IOException} with a
 * message that says what to do, and used by calls that return their result or {@code -errno} and allocate nothing.
 * Hot calls take the calling thread's own {@link io.shadowmesh.ffi.SystemCalls}.
 *
 * <p>Segmentation needs no descriptor: {@link io.shadowmesh.dataplane.device.SegmentSplitter} makes packets of what a
 * device with a virtio-net header has brought, {@link io.shadowmesh.dataplane.device.SegmentJoiner} makes few of many.
 *
 * <p>May use: {@code io.shadowmesh.ffi}, {@code address}, and Agrona's buffers.
 */
package io.shadowmesh.dataplane.device;
