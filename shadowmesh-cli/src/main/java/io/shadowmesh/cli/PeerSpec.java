package io.shadowmesh.cli;

import io.shadowmesh.dataplane.address.IpPrefix;

import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * A peer as {@code -connect} and {@code -allow} take it: {@code PEER-ID[@HOST[:PORT]][=CIDR,...]}.
 *
 * @param who        a Peer ID, or the name of a peer in the key folder; not looked at yet.
 * @param endpoint   where to reach it, or null.
 * @param allowedIps what may come from it and is sent to it; empty when not said.
 */
record PeerSpec(String who, HostPort endpoint, List<IpPrefix> allowedIps)
{
    /**
     * Splits the three parts.
     *
     * @throws IllegalArgumentException with a message that says what to write.
     */
    static PeerSpec parse(final String text)
    {
        final int equals = text.indexOf('=');
        final String head = equals < 0 ? text : text.substring(0, equals);
        final int at = head.indexOf('@');
        final String who = (at < 0 ? head : head.substring(0, at)).strip();
        if (who.isEmpty())
        {
            throw new IllegalArgumentException("the Peer ID is missing: write PEER-ID[@HOST[:PORT]][=CIDR,...]");
        }
        final HostPort endpoint = at < 0 ? null : HostPort.parse(head.substring(at + 1).strip());
        return new PeerSpec(who, endpoint, equals < 0 ? List.of() : prefixes(text.substring(equals + 1)));
    }

    /**
     * Reads a list of prefixes, without their host bits and without repetition.
     *
     * @throws IllegalArgumentException with a message that says what to write.
     */
    static List<IpPrefix> prefixes(final String list)
    {
        final Set<IpPrefix> prefixes = new LinkedHashSet<>();
        for (final String cidr : list.split(",", -1))
        {
            if (cidr.isBlank())
            {
                throw new IllegalArgumentException("\"" + list + "\": write CIDRs with a comma between two, " +
                    "such as 10.10.10.4/32,fd00::4/128");
            }
            prefixes.add(IpPrefix.parse(cidr.strip()).network());
        }
        return List.copyOf(prefixes);
    }
}
