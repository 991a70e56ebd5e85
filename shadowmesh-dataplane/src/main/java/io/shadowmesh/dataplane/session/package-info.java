/**
 * What two nodes share once their handshake is done: sessions and their keys, the replay window, peers with their
 * allowed IPs and endpoints, and the rules for when a session is renewed, kept alive and erased.
 *
 * <p>Words used here. A <b>session</b> is one pair of keys, one per direction, named by a receiver index on each side.
 * A <b>peer</b> is another node; it has at most two sessions in its slots: <b>current</b>, which frames are sent on,
 * and <b>previous</b>, which frames are still accepted on. A session is <b>confirmed</b> once both sides are known to
 * hold its keys, and only then enters a slot. An <b>attempt</b> is one handshake that this node begins; attempts that
 * follow one another without success form a series.
 *
 * <p>Threads. The send agent seals, the receive agent opens, and the control thread does everything else. What the two
 * hot agents call is {@link io.shadowmesh.dataplane.session.Session#seal},
 * {@link io.shadowmesh.dataplane.session.Session#open}, {@link io.shadowmesh.dataplane.session.SessionTable#lookup},
 * the lookups of {@link io.shadowmesh.dataplane.session.AllowedIps},
 * {@link io.shadowmesh.dataplane.session.InnerPacket} and the {@code on...} methods of
 * {@link io.shadowmesh.dataplane.session.Peer}: none allocates, locks or throws for a bad packet.
 *
 * <p>Knows no device, no socket and no clock: times are nanoseconds that the caller passes in. May use {@code address},
 * {@code crypto}, {@code frame} and {@code identity}, and Agrona's buffers.
 */
package io.shadowmesh.dataplane.session;
