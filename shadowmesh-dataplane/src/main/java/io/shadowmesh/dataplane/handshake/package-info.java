/**
 * The handshake: Noise pqXX with X-Wing, the fragments that carry its messages, retransmission, and the table of
 * handshakes that are under way.
 *
 * <p>Knows no devices, sockets or sessions: datagrams come in and go out as bytes, and time is passed in. Runs on the
 * handshake thread, so that it may allocate. May use {@code crypto}, {@code identity}, {@code address} and {@code frame}.
 */
package io.shadowmesh.dataplane.handshake;
