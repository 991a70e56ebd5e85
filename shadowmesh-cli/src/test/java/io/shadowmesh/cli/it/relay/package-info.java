/**
 * The fault relay: a box between two UDP sockets that loses, doubles, delays, reorders, damages and swallows datagrams
 * as its plan says, moves to other ports and addresses as a NAT does, and keeps account of all of it.
 *
 * <p>Glossary: a {@link io.shadowmesh.cli.it.relay.FaultPlan} says in one line of text what goes wrong on a path; the
 * {@link io.shadowmesh.cli.it.relay.Fates} draw from it the {@link io.shadowmesh.cli.it.relay.Fate} of one datagram after
 * the other; the {@link io.shadowmesh.cli.it.relay.FaultQueue} holds what is to go later; the
 * {@link io.shadowmesh.cli.it.relay.Ledger} counts; the {@link io.shadowmesh.cli.it.relay.FaultRelay} has the sockets.
 * The same plan and seed give the k-th datagram of a direction the same fate in every run.
 *
 * <p>It needs neither root nor anything but the JDK: it runs as a thread of a test, or as a process of its own
 * ({@link io.shadowmesh.cli.it.relay.FaultRelayProgram}).
 */
package io.shadowmesh.cli.it.relay;
