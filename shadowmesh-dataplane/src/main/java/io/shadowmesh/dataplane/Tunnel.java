package io.shadowmesh.dataplane;

import io.shadowmesh.dataplane.address.IpPrefix;
import io.shadowmesh.dataplane.agent.Dataplane;
import io.shadowmesh.dataplane.agent.LinkOptions;
import io.shadowmesh.dataplane.capture.CaptureLimits;
import io.shadowmesh.dataplane.capture.CaptureSummary;
import io.shadowmesh.dataplane.capture.PacketCapture;
import io.shadowmesh.dataplane.agent.PeerChange;
import io.shadowmesh.dataplane.crypto.Aead;
import io.shadowmesh.dataplane.crypto.Suite;
import io.shadowmesh.dataplane.device.TunConfig;
import io.shadowmesh.dataplane.device.TunDevice;
import io.shadowmesh.dataplane.device.UdpOptions;
import io.shadowmesh.dataplane.device.UdpSocket;
import io.shadowmesh.dataplane.host.DeviceRoutes;
import io.shadowmesh.dataplane.identity.Identity;
import io.shadowmesh.dataplane.identity.PeerId;
import io.shadowmesh.dataplane.request.RequestSocket;
import io.shadowmesh.dataplane.session.AllowedIps;
import io.shadowmesh.dataplane.session.Lifetimes;
import io.shadowmesh.dataplane.session.Peer;
import io.shadowmesh.dataplane.status.Counters;
import io.shadowmesh.dataplane.status.EchoReply;
import io.shadowmesh.dataplane.status.RuntimeFolder;
import io.shadowmesh.dataplane.status.StatusFile;
import io.shadowmesh.dataplane.status.TunnelStatus;

import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.net.InetSocketAddress;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.BooleanSupplier;

/**
 * An encrypted layer-3 tunnel between this node and its peers: a TUN device, a UDP socket, and the agents between
 * them.
 *
 * <pre>{@code
 * try (Tunnel tunnel = Tunnel.builder()
 *     .identity(IdentityFile.loadOrCreate(Path.of("keys")))
 *     .device("chr001")
 *     .address(IpPrefix.parse("10.10.10.4/24"))
 *     .bind(new InetSocketAddress("192.0.2.2", 9443))
 *     .peer(TunnelPeer.builder(PeerId.parse(peerId))
 *         .endpoint("192.0.2.1", 9443)
 *         .allowedIp(IpPrefix.parse("10.10.10.0/24"))
 *         .initiate(true)
 *         .build())
 *     .start())
 * {
 *     tunnel.awaitTermination();
 * }
 * }</pre>
 *
 * <p><b>Threading:</b> all methods may be called by any thread. <b>Ownership:</b> the tunnel owns device, socket,
 * threads and memory until {@link #close}.
 */
public final class Tunnel implements AutoCloseable
{
    private static final Logger LOGGER = System.getLogger(Tunnel.class.getName());

    /**
     * Packets that wait in the kernel while the TUN agent is not running. The kernel's own 500 are 5 ms of a paced
     * 1 Gbit/s, less than a busy two-core machine may keep a thread waiting, and lose near half of a burst of 1000 small
     * ones; 2000 lose none, and more bring no more: docs/adaptive-buffers.md has the measurement.
     */
    private static final int TRANSMIT_QUEUE_LENGTH = 2000;

    private final AtomicBoolean closed = new AtomicBoolean();
    /** Held for reading while somebody uses the data plane's memory, for writing while it goes. */
    private final ReadWriteLock memory = new ReentrantReadWriteLock();
    private final CompletableFuture<Throwable> termination;
    private final PeerId peerId;
    private final TunDevice device;
    private final UdpSocket socket;
    private final StatusFile statusFile;
    private final Counters counters;
    private final Dataplane dataplane;
    private final DeviceRoutes routes;
    private final List<IpPrefix> addresses;
    private List<TunnelPeer> peers;
    private volatile TunnelStatus lastStatus;
    private RequestSocket requests;

    private Tunnel(
        final CompletableFuture<Throwable> termination,
        final PeerId peerId,
        final TunDevice device,
        final UdpSocket socket,
        final StatusFile statusFile,
        final Dataplane dataplane,
        final DeviceRoutes routes,
        final Builder builder)
    {
        this.termination = termination;
        this.peerId = peerId;
        this.device = device;
        this.socket = socket;
        this.statusFile = statusFile;
        this.counters = statusFile.counters();
        this.dataplane = dataplane;
        this.routes = routes;
        this.addresses = List.copyOf(builder.addresses);
        this.peers = List.copyOf(builder.peers);
    }

    /**
     * Starts the description of a tunnel.
     *
     * @return a builder with the defaults.
     */
    public static Builder builder()
    {
        return new Builder();
    }

    /**
     * The counters now; after {@link #close} as they were at the end.
     *
     * @return a copy.
     */
    public synchronized TunnelStatus status()
    {
        if (closed.get())
        {
            return lastStatus;
        }

        dataplane.sample();
        return TunnelStatus.of(counters);
    }

    /**
     * The file by which other processes see this tunnel.
     *
     * @return its path, or null where there is none.
     */
    public Path statusFile()
    {
        return statusFile.path();
    }

    /**
     * The name of the TUN device, as the kernel has it.
     *
     * @return the name.
     */
    public String deviceName()
    {
        return device.name();
    }

    /**
     * The address that the UDP socket is bound to.
     *
     * @return address and port.
     */
    public InetSocketAddress localAddress()
    {
        return socket.localAddress();
    }

    /**
     * This node's Peer ID.
     *
     * @return the ID.
     */
    public PeerId peerId()
    {
        return peerId;
    }

    /**
     * Records the packets inside the tunnel, in clear text, as pcapng, on this thread. Only one recording goes on at a
     * time; the data path never waits for it.
     *
     * @param limits where it ends by itself.
     * @param out    to write to, left open; one that does not take what is written holds up {@link #close}.
     * @param enough asked several times a second; true ends the recording. So does {@link #close}.
     * @return what it has come to.
     * @throws IllegalStateException when another recording goes on or the tunnel is closed.
     * @throws IOException           when it cannot be written.
     * @throws InterruptedException  when the thread is interrupted.
     */
    public CaptureSummary capture(
        final CaptureLimits limits, final WritableByteChannel out, final BooleanSupplier enough)
        throws IOException, InterruptedException
    {
        memory.readLock().lock();
        try
        {
            refuseIfClosed();
            return PacketCapture.run(
                dataplane.captures(), deviceName(), limits, out, () -> closed.get() || enough.getAsBoolean());
        }
        finally
        {
            memory.readLock().unlock();
        }
    }

    /**
     * Sends one echo frame to a peer, through the tunnel but past its device: no ICMP, and no packet for the host. A
     * peer answers at most ten a second.
     *
     * @param peer to send it to.
     * @return completed by a thread of the tunnel when the reply has come; by nobody when it does not, so that the caller
     *         sets a limit ({@link CompletableFuture#orTimeout}); at once, with an {@link IllegalStateException}, where
     *         there is no session with the peer.
     * @throws IllegalArgumentException when it is no peer of this tunnel.
     * @throws IllegalStateException    when the tunnel is closed.
     */
    public CompletableFuture<EchoReply> ping(final PeerId peer)
    {
        final CompletableFuture<EchoReply> answer = new CompletableFuture<>();
        probe(peer(peer), answer);
        return answer;
    }

    /**
     * Has a session with a peer made, if there is none and its address is known, as if there were packets for it.
     *
     * @param peer to reach.
     * @throws IllegalArgumentException when it is no peer of this tunnel.
     * @throws IllegalStateException    when the tunnel is closed.
     */
    public void wake(final PeerId peer)
    {
        final Peer found = peer(peer);
        use(() -> dataplane.want(found));
    }

    /**
     * Measures what arrives at a peer of packets that this host sends it through the tunnel, without anything that
     * listens over there, on this thread. Packets of up to the device's MTU go to an address of the peer's allowed IPs,
     * to UDP port 9, and no further than to the peer's host.
     *
     * @param peer   to measure.
     * @param limits how.
     * @param enough asked often; true ends it early, and so does {@link #close}.
     * @return what has arrived, by the peer's own count.
     * @throws IllegalArgumentException when it is no peer of this tunnel, or has no address to send to.
     * @throws IllegalStateException    when there is no session with the peer, when it answers no more, or when the
     *                                  tunnel is closed.
     * @throws IOException              when this host cannot send into the device.
     * @throws InterruptedException     when the thread is interrupted.
     */
    public BenchResult bench(final PeerId peer, final BenchLimits limits, final BooleanSupplier enough)
        throws IOException, InterruptedException
    {
        return bench(peer(peer), limits, enough, (searching, interval) -> { });
    }

    BenchResult bench(
        final Peer peer, final BenchLimits limits, final BooleanSupplier enough, final PeerBench.Listener listener)
        throws IOException, InterruptedException
    {
        return new PeerBench(this, peer, limits, device.mtu()).run(
            PeerBench.destination(currentPeers(), peer, deviceName()),
            () -> closed.get() || enough.getAsBoolean(),
            listener);
    }

    /** The peers now. */
    List<Peer> currentPeers()
    {
        return dataplane.peers();
    }

    void probe(final Peer peer, final CompletableFuture<EchoReply> answer)
    {
        use(() -> dataplane.probe(peer, answer));
    }

    private Peer peer(final PeerId id)
    {
        return currentPeers().stream().filter(peer -> peer.id().equals(id)).findFirst()
            .orElseThrow(() -> new IllegalArgumentException(id + " is no peer of this tunnel"));
    }

    /** Does something with the data plane while it is there. */
    private void use(final Runnable task)
    {
        memory.readLock().lock();
        try
        {
            refuseIfClosed();
            task.run();
        }
        finally
        {
            memory.readLock().unlock();
        }
    }

    /**
     * Answers requests of other processes at a Unix-domain socket from now on, until the tunnel is closed. See
     * {@link io.shadowmesh.dataplane.request}.
     *
     * @param path of the socket, whose folder is there.
     * @return the socket, to which more kinds of requests can be added.
     * @throws IOException           when it cannot be had; the message says what to do.
     * @throws IllegalStateException when the tunnel answers requests already or is closed.
     */
    public synchronized RequestSocket answerRequests(final Path path) throws IOException
    {
        refuseIfClosed();
        if (null != requests)
        {
            throw new IllegalStateException("requests are answered at " + requests.path() + " already");
        }
        requests = RequestSocket.open(path);
        new TunnelRequests(this).register(requests);
        return requests;
    }

    private void refuseIfClosed()
    {
        if (closed.get())
        {
            throw new IllegalStateException("the tunnel is closed");
        }
    }

    /**
     * The peers that the tunnel has.
     *
     * @return those of the builder, or of the last {@link #replacePeers}.
     */
    public synchronized List<TunnelPeer> peers()
    {
        return peers;
    }

    /**
     * Replaces the peers of the running tunnel. Sessions and packets of peers that stay are not touched: a peer stays if
     * its ID and its preshared key do, and may get another name, endpoint, prefixes or keepalive. A peer that goes is
     * sent CLOSE. Routes follow, where the tunnel sets any; to be called in the device's network namespace then.
     *
     * @param wanted all peers from now on; may be none.
     * @return what has changed.
     * @throws IllegalArgumentException if the peers cannot be had together; the message says why, and nothing has changed.
     * @throws IllegalStateException    if the tunnel is closed or has ended.
     */
    public synchronized PeerChanges replacePeers(final List<TunnelPeer> wanted)
    {
        refuseIfClosed();
        final PeerChange change = dataplane.replacePeers(wanted.stream().map(TunnelPeer::settings).toList());
        peers = List.copyOf(wanted);
        if (null != routes)
        {
            PeerRoutes.replace(routes, addresses, peers);
        }
        return new PeerChanges(names(change.added()), names(change.changed().keySet()), names(change.removed()));
    }

    /**
     * Tells whether the tunnel's threads do their work.
     *
     * @param patience for how long to wait for that.
     * @return false if one of them has had no turn by then, or the tunnel is closed.
     */
    public synchronized boolean isResponsive(final Duration patience)
    {
        return !closed.get() && dataplane.isResponsive(patience.toNanos());
    }

    private static List<String> names(final Collection<Peer> of)
    {
        return of.stream().map(Peer::name).toList();
    }

    /**
     * Waits until the tunnel is closed or an agent has ended by itself, because its device or its socket is gone.
     *
     * @return null after {@link #close}, else what the agent did not survive; then {@link #close} is still to be
     * called.
     * @throws InterruptedException when the waiting thread is interrupted.
     */
    public Throwable awaitTermination() throws InterruptedException
    {
        try
        {
            return termination.get();
        }
        catch (final ExecutionException e)
        {
            throw new IllegalStateException(e);
        }
    }

    /**
     * Sends CLOSE on every session, ends the threads, removes the device (but a persistent one) and frees all memory.
     * The second call does nothing.
     */
    @Override
    public synchronized void close()
    {
        if (closed.compareAndSet(false, true))
        {
            lastStatus = TunnelStatus.of(counters);
            if (null != requests)
            {
                requests.close();
            }
            memory.writeLock().lock();
            try
            {
                dataplane.close();
                lastStatus = TunnelStatus.of(counters);
            }
            finally
            {
                memory.writeLock().unlock();
                PeerRoutes.remove(routes, device);
                device.close();
                socket.close();
                statusFile.close();
                termination.complete(null);
            }
        }
    }

    /**
     * Describes a tunnel step by step.
     */
    public static final class Builder
    {
        private final List<IpPrefix> addresses = new ArrayList<>();
        private final List<TunnelPeer> peers = new ArrayList<>();
        private Identity identity;
        private String deviceName = "";
        private TunDevice openDevice;
        private InetSocketAddress local = new InetSocketAddress(9443);
        private int mtu = TunConfig.DEFAULT_MTU;
        private Suite suite = Suite.AES_256_GCM;
        private Aead aead;
        private ThreadingMode threading = ThreadingMode.PAIRED;
        private RuntimeFolder statusFolder;
        private boolean tunOffloads = true;
        private boolean segmentation = true;
        private boolean coalescing = true;
        private boolean routes;
        private Bandwidth bandwidth = Bandwidth.UNKNOWN;
        private boolean aqm = true;
        private Duration renewalAge = Duration.ofNanos(Lifetimes.REKEY_INITIATOR_NS);

        private Builder()
        {
        }

        /**
         * Says who this node is. Required.
         *
         * @param nodeIdentity its keys.
         * @return this.
         */
        public Builder identity(final Identity nodeIdentity)
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
        public Builder device(final String name)
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
        public Builder device(final TunDevice device)
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
        public Builder address(final IpPrefix address)
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
        public Builder bind(final InetSocketAddress address)
        {
            this.local = address;
            return this;
        }

        /**
         * Sets the greatest packet that the device takes.
         *
         * @param bytes 1400 where not set.
         * @return this.
         */
        public Builder mtu(final int bytes)
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
        public Builder peer(final TunnelPeer peer)
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
        public Builder suite(final Suite proposed)
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
        public Builder aead(final Aead provider)
        {
            this.aead = provider;
            return this;
        }

        /**
         * Spreads the agents over threads.
         *
         * @param mode {@link ThreadingMode#PAIRED} where not set.
         * @return this.
         */
        public Builder threading(final ThreadingMode mode)
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
        public Builder statusFolder(final RuntimeFolder folder)
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
        public Builder tunOffloads(final boolean wanted)
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
        public Builder udpSegmentation(final boolean wanted)
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
        public Builder udpCoalescing(final boolean wanted)
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
        public Builder routes(final boolean wanted)
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
        public Builder bandwidth(final Bandwidth carried)
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
        public Builder queueManagement(final boolean wanted)
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
        public Builder renewalAge(final Duration age)
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
                status = StatusFiles.open(statusFolder, device.name(), numbered.length);

                final CompletableFuture<Throwable> termination = new CompletableFuture<>();
                dataplane = new Dataplane(
                    identity, numbered, allowedIps, device, socket, suite, cipher, threading.dataThreads(),
                    status.counters(), renewalAge.toNanos(),
                    new LinkOptions(bandwidth.bitsPerSecond(), bandwidth.isAuto(), aqm));
                dataplane.show(status, StatusFiles.describe(
                    identity.peerId(), device, addresses, socket, threading, suite, cipher, tunOffloads, segmentation,
                    coalescing));
                dataplane.start(termination::complete);
                return new Tunnel(
                    termination, identity.peerId(), device, socket, status, dataplane, deviceRoutes, this);
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
}
