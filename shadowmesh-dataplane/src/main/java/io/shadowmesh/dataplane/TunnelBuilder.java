package io.shadowmesh.dataplane;

import io.shadowmesh.dataplane.address.IpPrefix;
import io.shadowmesh.dataplane.agent.Dataplane;
import io.shadowmesh.dataplane.agent.LinkOptions;
import io.shadowmesh.dataplane.crypto.Aead;
import io.shadowmesh.dataplane.crypto.Suite;
import io.shadowmesh.dataplane.device.TunConfig;
import io.shadowmesh.dataplane.device.TunDevice;
import io.shadowmesh.dataplane.device.UdpOptions;
import io.shadowmesh.dataplane.device.UdpSocket;
import io.shadowmesh.dataplane.host.DeviceRoutes;
import io.shadowmesh.dataplane.identity.Identity;
import io.shadowmesh.dataplane.session.AllowedIps;
import io.shadowmesh.dataplane.session.Lifetimes;
import io.shadowmesh.dataplane.session.Peer;
import io.shadowmesh.dataplane.status.RuntimeFolder;
import io.shadowmesh.dataplane.status.StatusFile;

import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;

/**
 * Describes a {@link Tunnel} step by step, and starts it.
 *
 * <p><b>Threading:</b> one thread at a time.
 */
public final class TunnelBuilder
{
    private static final Logger LOGGER = System.getLogger(TunnelBuilder.class.getName());

    /**
     * Packets that wait in the kernel while the TUN agent is not running. The kernel's own 500 are 5 ms of a paced
     * 1 Gbit/s, less than a busy two-core machine may keep a thread waiting, and lose near half of a burst of 1000 small
     * ones; 2000 lose none, and more bring no more: docs/adaptive-buffers.md has the measurement.
     */
    private static final int TRANSMIT_QUEUE_LENGTH = 2000;

    private final List<IpPrefix> addresses = new ArrayList<>();
    private final List<TunnelPeer> peers = new ArrayList<>();
    private Identity identity;
    private String deviceName = "";
    private TunDevice openDevice;
    private InetSocketAddress local = new InetSocketAddress(9443);
    private int mtu = TunConfig.DEFAULT_MTU;
    private Suite suite = Suite.AES_256_GCM;
    private Aead aead;
    private ThreadingMode threading = ThreadingMode.fitting(Runtime.getRuntime().availableProcessors());
    private RuntimeFolder statusFolder;
    private boolean tunOffloads = true;
    private boolean segmentation = true;
    private boolean coalescing = true;
    private boolean routes;
    private Bandwidth bandwidth = Bandwidth.UNKNOWN;
    private boolean aqm = true;
    private Duration renewalAge = Duration.ofNanos(Lifetimes.REKEY_INITIATOR_NS);

    TunnelBuilder()
    {
    }

    /**
     * Says who this node is. Required.
     *
     * @param nodeIdentity its keys.
     * @return this.
     */
    public TunnelBuilder identity(final Identity nodeIdentity)
    {
        this.identity = nodeIdentity;
        return this;
    }

    /**
     * Names the TUN device to make, or the persistent one to attach to.
     *
     * @param name at most 15 bytes; the kernel chooses where it is empty, and fills in a {@code %d}.
     * @return this.
     */
    public TunnelBuilder device(final String name)
    {
        this.deviceName = name;
        return this;
    }

    /**
     * Takes a device that is open already, instead of opening one. The tunnel closes it.
     *
     * @param device to read packets from and write them to.
     * @return this.
     */
    public TunnelBuilder device(final TunDevice device)
    {
        this.openDevice = device;
        return this;
    }

    /**
     * Gives the device an address.
     *
     * @param address with the length of its prefix.
     * @return this.
     */
    public TunnelBuilder address(final IpPrefix address)
    {
        addresses.add(address);
        return this;
    }

    /**
     * Says where datagrams come in and leave. The default is port 9443 of every address.
     *
     * @param address and port; port 0 for any.
     * @return this.
     */
    public TunnelBuilder bind(final InetSocketAddress address)
    {
        this.local = address;
        return this;
    }

    /**
     * Sets the greatest packet that the device takes.
     *
     * @param bytes {@link TunConfig#DEFAULT_MTU} where not set.
     * @return this.
     */
    public TunnelBuilder mtu(final int bytes)
    {
        this.mtu = bytes;
        return this;
    }

    /**
     * Adds a peer. At least one is required.
     *
     * @param peer to talk to.
     * @return this.
     */
    public TunnelBuilder peer(final TunnelPeer peer)
    {
        peers.add(peer);
        return this;
    }

    /**
     * Chooses the cipher to propose in the handshakes that this node begins; it accepts both.
     *
     * @param proposed AES-256-GCM where not set.
     * @return this.
     */
    public TunnelBuilder suite(final Suite proposed)
    {
        this.suite = proposed;
        return this;
    }

    /**
     * Chooses who does the ciphers' work.
     *
     * @param provider the fastest of this machine where not set.
     * @return this.
     */
    public TunnelBuilder aead(final Aead provider)
    {
        this.aead = provider;
        return this;
    }

    /**
     * Spreads the agents over threads.
     *
     * @param mode where not set, what {@link ThreadingMode#fitting fits} the processors that there are.
     * @return this.
     */
    public TunnelBuilder threading(final ThreadingMode mode)
    {
        this.threading = mode;
        return this;
    }

    /**
     * Keeps the tunnel's status in a file that other processes can read, named after the device: see
     * {@link io.shadowmesh.dataplane.status.NodeStatus}. The file goes with the tunnel.
     *
     * @param folder for the file; no file where not set. Where it is none of somebody's choice, a tunnel goes without
     *               if no file can be made there, and says so in the log.
     * @return this.
     */
    public TunnelBuilder statusFolder(final RuntimeFolder folder)
    {
        this.statusFolder = folder;
        return this;
    }

    /**
     * Has the device bring and take super-packets of up to 64 KiB, where the kernel has them.
     *
     * @param wanted true where not set.
     * @return this.
     */
    public TunnelBuilder tunOffloads(final boolean wanted)
    {
        this.tunOffloads = wanted;
        return this;
    }

    /**
     * Has runs of datagrams cross the kernel as one on their way out (UDP_SEGMENT), where it can.
     *
     * @param wanted true where not set.
     * @return this.
     */
    public TunnelBuilder udpSegmentation(final boolean wanted)
    {
        this.segmentation = wanted;
        return this;
    }

    /**
     * Has datagrams of one sender come end to end (UDP_GRO), where the kernel can.
     *
     * @param wanted true where not set.
     * @return this.
     */
    public TunnelBuilder udpCoalescing(final boolean wanted)
    {
        this.coalescing = wanted;
        return this;
    }

    /**
     * Has routes to the peers' prefixes lead into the device: to all that its own addresses do not make reachable,
     * but not to one that holds a peer's endpoint, which would then be looked for inside the tunnel, nor to the whole
     * of a family. They go with the tunnel. What cannot be set is logged.
     *
     * @param wanted false where not set.
     * @return this.
     */
    public TunnelBuilder routes(final boolean wanted)
    {
        this.routes = wanted;
        return this;
    }

    /**
     * Says what the link carries that datagrams leave by. They are then paced a little below it, so that packets
     * wait in this node, where they can be managed, and not before a bottleneck.
     *
     * @param carried {@link Bandwidth#UNKNOWN} where not set.
     * @return this.
     */
    public TunnelBuilder bandwidth(final Bandwidth carried)
    {
        this.bandwidth = carried;
        return this;
    }

    /**
     * Has packets that pacing, or a full socket, has held up for too long marked or dropped, one now and then, so that
     * their senders slow down (CoDel, RFC 8289; ECN, RFC 3168).
     *
     * @param wanted true where not set.
     * @return this.
     */
    public TunnelBuilder queueManagement(final boolean wanted)
    {
        this.aqm = wanted;
        return this;
    }

    /**
     * Has sessions that this node began renewed earlier than the protocol's 120 s: for those who want keys to live
     * shorter, and for tests of renewal.
     *
     * @param age from which a session that carries data is renewed, 1 to 120 s.
     * @return this.
     * @throws IllegalArgumentException when the age is out of range.
     */
    public TunnelBuilder renewalAge(final Duration age)
    {
        if (age.compareTo(Duration.ofNanos(Lifetimes.REKEY_LEAST_NS)) < 0 ||
            age.compareTo(Duration.ofNanos(Lifetimes.REKEY_INITIATOR_NS)) > 0)
        {
            throw new IllegalArgumentException("sessions are renewed at an age of 1 to 120 s, not of " + age);
        }
        this.renewalAge = age;
        return this;
    }

    /**
     * Opens device and socket and starts the agents. On failure nothing is left behind.
     *
     * @return the running tunnel.
     * @throws IOException              when device, socket or status file cannot be had; the message says what to
     *                                  do.
     * @throws IllegalArgumentException when the description is not one of a tunnel; the message says why.
     */
    public Tunnel start() throws IOException
    {
        Objects.requireNonNull(identity, "identity");
        if (peers.isEmpty())
        {
            throw new IllegalArgumentException("a tunnel needs a peer");
        }

        final Peer[] numbered = new Peer[peers.size()];
        for (int i = 0; i < numbered.length; i++)
        {
            numbered[i] = new Peer(peers.get(i).settings(), identity.peerId(), i);
            for (int j = 0; j < i; j++)
            {
                if (numbered[j].id().equals(numbered[i].id()))
                {
                    throw new IllegalArgumentException(
                        numbered[j] + " and " + numbered[i] + " have the same Peer ID; keep one of them");
                }
            }
        }
        final AllowedIps allowedIps = AllowedIps.of(List.of(numbered));
        final Aead cipher = null == aead ? Aead.best() : aead;

        UdpSocket socket = null;
        TunDevice device = openDevice;
        StatusFile status = null;
        Dataplane dataplane = null;
        DeviceRoutes deviceRoutes = null;
        try
        {
            final UdpOptions options =
                UdpOptions.defaults().dualStack(true).segmentation(segmentation).coalescing(coalescing);
            socket = UdpSocket.bind(local, options);
            sayBuffers(socket, options);
            if (null == device)
            {
                final TunConfig.Builder config = TunConfig.builder().name(deviceName).mtu(mtu)
                    .transmitQueueLength(TRANSMIT_QUEUE_LENGTH).offloads(tunOffloads);
                addresses.forEach(config::address);
                device = TunDevice.open(config.build());
            }
            if (routes && device != openDevice)
            {
                deviceRoutes = PeerRoutes.set(device.name(), addresses, peers);
            }
            status = StatusSetup.open(statusFolder, device.name(), numbered.length);

            final CompletableFuture<Throwable> termination = new CompletableFuture<>();
            dataplane = new Dataplane(
                identity, numbered, allowedIps, device, socket, suite, cipher, threading.dataThreads(),
                status.counters(), renewalAge.toNanos(),
                new LinkOptions(bandwidth.bitsPerSecond(), bandwidth.isAuto(), aqm));
            dataplane.show(status, StatusSetup.describe(
                identity.peerId(), device, addresses, socket, threading, suite, cipher, tunOffloads, segmentation,
                coalescing));
            dataplane.start(termination::complete);
            return new Tunnel(
                termination, identity.peerId(), device, socket, status, dataplane, deviceRoutes,
                addresses, peers);
        }
        catch (final IOException | RuntimeException | Error e)
        {
            PeerRoutes.remove(deviceRoutes, device);
            closeAll(dataplane, status, device, socket);
            throw e;
        }
    }

    /** Worth a look only where it is less than was asked for. */
    private static void sayBuffers(final UdpSocket socket, final UdpOptions wanted)
    {
        final boolean less = socket.receiveBufferGranted() < wanted.receiveBuffer() ||
            socket.sendBufferGranted() < wanted.sendBuffer();
        LOGGER.log(
            less ? Level.INFO : Level.DEBUG,
            "socket buffers: " + socket.receiveBufferGranted() + " bytes to receive, " +
            socket.sendBufferGranted() + " to send" +
            (less ? "; wanted " + wanted.receiveBuffer() + " and " + wanted.sendBuffer() +
                ": raise net.core.rmem_max and net.core.wmem_max" : ""));
    }

    /** The agents first: they use all the others. */
    private static void closeAll(
        final Dataplane dataplane, final StatusFile status, final TunDevice device, final UdpSocket socket)
    {
        if (null != dataplane)
        {
            dataplane.close();
        }
        if (null != status)
        {
            status.close();
        }
        if (null != device)
        {
            device.close();
        }
        if (null != socket)
        {
            socket.close();
        }
    }
}
