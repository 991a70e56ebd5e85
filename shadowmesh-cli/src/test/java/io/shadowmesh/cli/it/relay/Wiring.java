package io.shadowmesh.cli.it.relay;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;

/**
 * Where a relay stands.
 *
 * <pre>
 *   client &lt;--&gt; front | relay | source address and port &lt;--&gt; server
 * </pre>
 *
 * @param front      the fixed address at which the client finds the relay; port 0 for any.
 * @param sources    the addresses that the server sees the relay at, one after the other; all of this machine.
 * @param sourcePort the first port that the server sees, 0 for any.
 * @param server     where datagrams of the client go.
 * @param client     where datagrams of the server go until the client has sent one; null for nowhere.
 */
public record Wiring(
    InetSocketAddress front, List<InetAddress> sources, int sourcePort, InetSocketAddress server, InetSocketAddress client)
{
    /**
     * Checks and copies.
     */
    public Wiring
    {
        sources = List.copyOf(sources);
        if (sources.isEmpty())
        {
            throw new IllegalArgumentException("a relay needs a source address");
        }
    }
}
