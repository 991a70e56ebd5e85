package io.shadowmesh.dataplane.handshake;

import io.shadowmesh.dataplane.address.Endpoint;
import io.shadowmesh.dataplane.frame.DropReason;

/**
 * The step of an M1's way that decides who may cost this node work: after mac1, before a fragment is kept and long
 * before anything is encapsulated. Defences against floods belong here and nowhere else.
 *
 * <p>Source: wire protocol ShadowMesh/1, section 5.
 */
@FunctionalInterface
interface Admission
{
    /**
     * Judges a datagram of an M1 whose fields and mac1 are right.
     *
     * @return null to let it go on, otherwise why it is dropped.
     */
    DropReason judge(HandshakeDatagram datagram, Endpoint source, long nowNs);

    /**
     * How many cookies have been given away.
     */
    default long cookiesSent()
    {
        return 0;
    }
}
