package io.shadowmesh.dataplane.status;

/**
 * A peer's answer to an echo frame: how long it took, and what the peer has received on the session so far.
 *
 * @param rttNs           from the sealing of the request to the opening of the reply, ns.
 * @param session         local index of the session that both were of: the counts begin anew with each.
 * @param packetsReceived authenticated frames that have come there, of whatever type.
 * @param bytesReceived   their bytes.
 * @param packetsLost     frames that have not come, though later ones have.
 * @param reportedNs      when the reply was sealed, on the peer's clock: ns since the session began.
 */
public record EchoReply(
    long rttNs, int session, long packetsReceived, long bytesReceived, long packetsLost, long reportedNs)
{
}
