package org.example.consumer;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Path;

import io.shadowmesh.dataplane.Tunnel;
import io.shadowmesh.dataplane.TunnelPeer;
import io.shadowmesh.dataplane.address.IpPrefix;
import io.shadowmesh.dataplane.device.TunConfig;
import io.shadowmesh.dataplane.device.TunDevice;
import io.shadowmesh.dataplane.identity.IdentityFile;
import io.shadowmesh.dataplane.identity.PeerId;
import io.shadowmesh.dataplane.status.TunnelCounter;

/** Opens a TUN device of its own, and then runs a tunnel until a line comes on standard input. */
public final class Consumer
{
    private Consumer()
    {
    }

    /**
     * Runs both.
     *
     * @param arguments the other node's Peer ID and address, and the name of the device.
     * @throws IOException if this machine does not allow it.
     */
    public static void main(final String[] arguments) throws IOException
    {
        final TunConfig config = TunConfig.builder().name(arguments[2] + "x").mtu(1300)
            .address(IpPrefix.parse("10.99.0.1/24")).build();
        try (TunDevice device = TunDevice.open(config))
        {
            System.out.println("device " + device.name() + ", MTU " + device.mtu());
        }
        final TunnelPeer peer = TunnelPeer.builder(PeerId.parse(arguments[0]))
            .endpoint(arguments[1], 9443)
            .allowedIp(IpPrefix.parse("10.10.10.0/24"))
            .initiate(true)
            .build();
        try (Tunnel tunnel = Tunnel.builder()
            .identity(IdentityFile.loadOrCreate(Path.of("keys")))
            .device(arguments[2])
            .address(IpPrefix.parse("10.10.10.3/24"))
            .bind(new InetSocketAddress("192.0.2.1", 9443))
            .peer(peer)
            .start())
        {
            System.out.println("tunnel " + tunnel.deviceName());
            System.in.read();
            System.out.println("received " + tunnel.status().get(TunnelCounter.TUN_PACKETS_WRITTEN) + " packets");
        }
    }
}
