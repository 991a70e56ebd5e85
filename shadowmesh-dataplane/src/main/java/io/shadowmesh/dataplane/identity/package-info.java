/**
 * Who a node is: its static key pair, the Peer ID by which operators name it, and the file that keeps it.
 *
 * <p>Used at start-up and by handshakes, never per packet. May use {@code crypto}, {@code address} and {@code host}.
 */
package io.shadowmesh.dataplane.identity;
