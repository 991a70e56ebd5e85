/**
 * Off-heap queues of packets: the ring between the TUN device and the sender, and the pool of packets that wait for a
 * handshake. How many packets the ring may hold follows the link, and those that wait too long in it are told to
 * slow down.
 *
 * <p>Packets are named by their raw addresses, so that a system call or a cipher works where they lie. May use Agrona
 * and nothing else of the project.
 */
package io.shadowmesh.dataplane.ring;
