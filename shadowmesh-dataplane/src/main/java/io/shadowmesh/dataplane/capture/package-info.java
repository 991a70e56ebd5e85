/**
 * Recordings of the packets inside a tunnel: what the agents leave of them in a ring, and how a file of them looks.
 *
 * <pre>
 *   SendAgent ----PacketTap--+
 *                            +--CaptureRing--&gt; PacketCapture --&gt; PcapngWriter --&gt; channel
 *   ReceiveAgent -PacketTap--+
 * </pre>
 *
 * <p>While nobody records, a tap costs its agent a volatile read in a duty cycle and a comparison for each packet. May
 * use {@code device} and Agrona.
 */
package io.shadowmesh.dataplane.capture;
