package io.shadowmesh.dataplane.agent;

import io.shadowmesh.dataplane.session.AllowedIps;
import io.shadowmesh.dataplane.session.InnerPacket;
import io.shadowmesh.dataplane.session.Peer;
import org.agrona.DirectBuffer;

/**
 * Whose an inner packet's source address is. Packets of one flow follow each other, so the last answer of each family
 * is kept for the batch.
 *
 * <p><b>Threading:</b> the receive agent.
 */
final class SourceCheck
{
    private AllowedIps allowedIps;
    private Peer ipv4Owner;
    private int ipv4;
    private Peer ipv6Owner;
    private long ipv6High;
    private long ipv6Low;

    /** Forgets the last batch's answers. */
    void begin(final AllowedIps current)
    {
        allowedIps = current;
        ipv4Owner = null;
        ipv6Owner = null;
    }

    /** The peer that may send from the source of a packet which {@link InnerPacket#validate} has found sound, or null. */
    Peer owner(final int version, final DirectBuffer packet, final int offset)
    {
        return InnerPacket.IPV4 == version ? ipv4Owner(InnerPacket.ipv4Source(packet, offset)) :
            ipv6Owner(InnerPacket.ipv6SourceHigh(packet, offset), InnerPacket.ipv6SourceLow(packet, offset));
    }

    private Peer ipv4Owner(final int source)
    {
        if (null == ipv4Owner || ipv4 != source)
        {
            ipv4 = source;
            ipv4Owner = allowedIps.lookupIpv4(source);
        }
        return ipv4Owner;
    }

    private Peer ipv6Owner(final long high, final long low)
    {
        if (null == ipv6Owner || ipv6Low != low || ipv6High != high)
        {
            ipv6High = high;
            ipv6Low = low;
            ipv6Owner = allowedIps.lookupIpv6(high, low);
        }
        return ipv6Owner;
    }
}
