/**
 * The duty cycles that join everything else: one agent for each of TUN device, sender, receiver, control and handshakes,
 * the bounded rings between them, and how a thread of agents sleeps and is woken.
 *
 * <pre>
 *   TunAgent --PacketRing--&gt; SendAgent --&gt; UDP        UDP --&gt; ReceiveAgent --&gt; TUN
 *                              ^   |                              |
 *                    SendRing  |   |        ControlRing           |
 *                              |   +---------------+--------------+
 *                              |                   v
 *                              +------------- ControlAgent
 *
 *   ReceiveAgent --HandshakeLanes--&gt; HandshakeAgent &lt;--&gt; ControlAgent
 * </pre>
 *
 * <p>Only the send agent seals and only the receive agent opens. What both read is published whole,
 * as immutable objects in {@link io.shadowmesh.dataplane.agent.ForwardingState}. May use every package but the root.
 */
package io.shadowmesh.dataplane.agent;
