package io.shadowmesh.cli.doctor;

import io.shadowmesh.dataplane.device.DeviceException;
import io.shadowmesh.dataplane.device.UdpOptions;
import io.shadowmesh.dataplane.device.UdpSocket;
import io.shadowmesh.ffi.Errno;

import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** The UDP socket: its port, its buffers, and the kernel's offloads. It is bound for a moment. */
public final class SocketCheck implements Check
{
    private final InetSocketAddress local;
    private final Path device;
    private final UdpOptions options;

    /**
     * Looks at a node's socket.
     *
     * @param local  where it would be bound.
     * @param device of the node: where there is one already, the node runs, and the port is its own.
     */
    public SocketCheck(final InetSocketAddress local, final String device)
    {
        this(local, Path.of("/sys/class/net").resolve(device), UdpOptions.defaults().dualStack(true));
    }

    SocketCheck(final InetSocketAddress local, final Path device, final UdpOptions options)
    {
        this.local = local;
        this.device = device;
        this.options = options;
    }

    @Override
    public List<Finding> run()
    {
        try (UdpSocket socket = UdpSocket.bind(local, options))
        {
            return look(socket, "can be bound");
        }
        catch (final DeviceException e)
        {
            if (e.errno() != Errno.EADDRINUSE || !Files.exists(device))
            {
                return List.of(Finding.problem("UDP port", e.getMessage(), ""));
            }
        }
        try (UdpSocket socket = UdpSocket.bind(new InetSocketAddress(local.getAddress(), 0), options))
        {
            return look(socket, "is in use, as a node with the device " + device.getFileName() + " runs");
        }
        catch (final DeviceException e)
        {
            return List.of(Finding.problem("UDP port", e.getMessage(), ""));
        }
    }

    private List<Finding> look(final UdpSocket socket, final String port)
    {
        final List<Finding> findings = new ArrayList<>();
        findings.add(Finding.ok("UDP port", local.getPort() + " " + port));
        buffer("rmem_max", "to receive", socket.receiveBufferGranted(), options.receiveBuffer(), findings);
        buffer("wmem_max", "to send", socket.sendBufferGranted(), options.sendBuffer(), findings);
        final boolean both = socket.maxSegments() > 1 && socket.coalesces();
        findings.add(both ? Finding.ok("UDP offloads", "segmentation and receive offload") :
            Finding.warning("UDP offloads", (socket.maxSegments() > 1 ? "no receive offload" :
                socket.coalesces() ? "no segmentation" : "none") + ": the kernel has not got it",
                "Linux 5.0 and newer have both; without, a core carries less"));
        return findings;
    }

    private static void buffer(final String key, final String what, final int granted, final int wanted,
        final List<Finding> findings)
    {
        findings.add(granted >= wanted ? Finding.ok("socket buffers", granted + " bytes " + what) :
            Finding.warning("socket buffers", granted + " of " + wanted + " bytes " + what + ": bursts may be lost",
                "sysctl -w net.core." + key + "=" + wanted));
    }
}
