package io.shadowmesh.cli.it;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;

import io.shadowmesh.dataplane.Tunnel;
import io.shadowmesh.dataplane.TunnelPeer;
import io.shadowmesh.dataplane.address.IpPrefix;
import io.shadowmesh.dataplane.identity.IdentityFile;
import io.shadowmesh.dataplane.identity.PeerId;
import io.shadowmesh.dataplane.status.RuntimeFolder;

/**
 * A node that renews its keys as often as the library lets it, which the command does not offer.
 *
 * <pre>
 *   KEYDIR DEVICE ADDRESS/LENGTH LOCAL-ADDRESS PORT PEER-ID PEER-ADDRESS/LENGTH RENEWAL-MS [HOST PORT]
 * </pre>
 *
 * prints "ready", keeps its status in a file as other nodes do, and ends with its standard input.
 */
final class RenewingNodeProgram
{
    private RenewingNodeProgram()
    {
    }

    /**
     * Runs the node.
     *
     * @param arguments as above.
     * @throws IOException if there is no tunnel to be had.
     */
    public static void main(final String[] arguments) throws IOException
    {
        final TunnelPeer.Builder peer = TunnelPeer.builder(PeerId.parse(arguments[5]))
            .allowedIp(IpPrefix.parse(arguments[6]));
        if (arguments.length > 8)
        {
            peer.endpoint(arguments[8], Integer.parseInt(arguments[9])).initiate(true);
        }
        try (Tunnel tunnel = Tunnel.builder()
            .identity(IdentityFile.loadOrCreate(Path.of(arguments[0])))
            .device(arguments[1])
            .address(IpPrefix.parse(arguments[2]))
            .bind(new InetSocketAddress(arguments[3], Integer.parseInt(arguments[4])))
            .renewalAge(Duration.ofMillis(Long.parseLong(arguments[7])))
            .statusFolder(RuntimeFolder.usual(System.getenv()))
            .peer(peer.build())
            .start())
        {
            System.out.println("ready " + tunnel.deviceName());
            while (System.in.read() >= 0)
            {
                continue;
            }
        }
    }
}
