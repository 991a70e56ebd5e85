/**
 * What crosses the network, byte by byte: the 19-byte frame header, the sealed frame, the handshake fragment, the
 * receive report, and the reasons for which a datagram is dropped.
 *
 * <p>Layouts only: no state, no clock, no device. May use Agrona's buffers and nothing else of the project.
 */
package io.shadowmesh.dataplane.frame;
