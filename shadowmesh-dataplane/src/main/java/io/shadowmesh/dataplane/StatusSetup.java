package io.shadowmesh.dataplane;

import io.shadowmesh.dataplane.address.Endpoint;
import io.shadowmesh.dataplane.address.IpPrefix;
import io.shadowmesh.dataplane.crypto.Aead;
import io.shadowmesh.dataplane.crypto.Suite;
import io.shadowmesh.dataplane.device.TunDevice;
import io.shadowmesh.dataplane.device.UdpSocket;
import io.shadowmesh.dataplane.identity.PeerId;
import io.shadowmesh.dataplane.status.NodeDescription;
import io.shadowmesh.dataplane.status.OffloadDescription;
import io.shadowmesh.dataplane.status.RuntimeFolder;
import io.shadowmesh.dataplane.status.StatusFile;

import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;

/** The status file of a tunnel: where it lies, and what it says of the tunnel from the start. */
final class StatusSetup
{
    private static final Logger LOGGER = System.getLogger(Tunnel.class.getName());

    private StatusSetup()
    {
    }

    /** Makes the file, or does without it where there need be none; null for a tunnel that wants none. */
    static StatusFile open(final RuntimeFolder chosen, final String device, final int peerCount) throws IOException
    {
        if (null == chosen)
        {
            return StatusFile.inMemory();
        }
        try
        {
            final Path folder = chosen.make();
            if (!RuntimeFolder.isInMemory(folder))
            {
                LOGGER.log(
                    Level.WARNING,
                    "the status file is in " + folder + ", which is on a disk: heavy traffic there can make packets " +
                    "wait; choose a folder on a tmpfs");
            }
            return StatusFile.create(folder, device, peerCount);
        }
        catch (final IOException e)
        {
            if (chosen.isRequired())
            {
                throw e;
            }
            LOGGER.log(Level.WARNING, "others cannot see the status of this node: " + e.getMessage());
            return StatusFile.inMemory();
        }
    }

    /** A tunnel in words; on are the offloads that are wanted. */
    static NodeDescription describe(
        final PeerId peerId,
        final TunDevice device,
        final List<IpPrefix> addresses,
        final UdpSocket socket,
        final ThreadingMode threading,
        final Suite suite,
        final Aead cipher,
        final boolean tunOffloads,
        final boolean segmentation,
        final boolean coalescing)
    {
        return new NodeDescription(
            device.name(),
            peerId.toString(),
            version(),
            addresses.stream().map(IpPrefix::toString).toList(),
            device.mtu(),
            Endpoint.of(socket.localAddress()).toString(),
            threading.name().toLowerCase(Locale.ROOT),
            suite.name().replace('_', '-'),
            cipher.description(),
            List.of(
                offload(OffloadDescription.TUN, tunOffloads),
                offload(OffloadDescription.JOIN, tunOffloads),
                offload(OffloadDescription.GSO, segmentation),
                offload(OffloadDescription.GRO, coalescing)));
    }

    private static OffloadDescription offload(final String name, final boolean wanted)
    {
        return new OffloadDescription(name, wanted, wanted ? "" : "switched off by the operator");
    }

    /** Of this library, as its jar says it; "" where there is none. */
    private static String version()
    {
        final Module module = Tunnel.class.getModule();
        final String version = module.isNamed() ? module.getDescriptor().rawVersion().orElse(null) :
            Tunnel.class.getPackage().getImplementationVersion();
        return null == version ? "" : version;
    }
}
