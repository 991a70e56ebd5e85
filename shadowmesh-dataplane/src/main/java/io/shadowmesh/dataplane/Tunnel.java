package io.shadowmesh.dataplane;

import io.shadowmesh.dataplane.address.IpPrefix;
import io.shadowmesh.dataplane.agent.Dataplane;
import io.shadowmesh.dataplane.agent.PeerChange;
import io.shadowmesh.dataplane.capture.CaptureLimits;
import io.shadowmesh.dataplane.capture.CaptureSummary;
import io.shadowmesh.dataplane.capture.PacketCapture;
import io.shadowmesh.dataplane.device.TunDevice;
import io.shadowmesh.dataplane.device.UdpSocket;
import io.shadowmesh.dataplane.host.DeviceRoutes;
import io.shadowmesh.dataplane.identity.PeerId;
import io.shadowmesh.dataplane.request.RequestSocket;
import io.shadowmesh.dataplane.session.Peer;
import io.shadowmesh.dataplane.status.Counters;
import io.shadowmesh.dataplane.status.EchoReply;
import io.shadowmesh.dataplane.status.StatusFile;
import io.shadowmesh.dataplane.status.TunnelStatus;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
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

    Tunnel(
        final CompletableFuture<Throwable> termination,
        final PeerId peerId,
        final TunDevice device,
        final UdpSocket socket,
        final StatusFile statusFile,
        final Dataplane dataplane,
        final DeviceRoutes routes,
        final List<IpPrefix> addresses,
        final List<TunnelPeer> peers)
    {
        this.termination = termination;
        this.peerId = peerId;
        this.device = device;
        this.socket = socket;
        this.statusFile = statusFile;
        this.counters = statusFile.counters();
        this.dataplane = dataplane;
        this.routes = routes;
        this.addresses = List.copyOf(addresses);
        this.peers = List.copyOf(peers);
    }

    /**
     * Starts the description of a tunnel.
     *
     * @return a builder with the defaults.
     */
    public static TunnelBuilder builder()
    {
        return new TunnelBuilder();
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
        want(peer(peer));
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

    void want(final Peer peer)
    {
        use(() -> dataplane.want(peer));
    }

    /** The peer as it is now; null where there is none any more. */
    Peer peerOrNull(final PeerId id)
    {
        return currentPeers().stream().filter(peer -> peer.id().equals(id)).findFirst().orElse(null);
    }

    private Peer peer(final PeerId id)
    {
        final Peer found = peerOrNull(id);
        if (null == found)
        {
            throw new IllegalArgumentException(id + " is no peer of this tunnel");
        }
        return found;
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
    public synchronized PeerReplacement replacePeers(final List<TunnelPeer> wanted)
    {
        refuseIfClosed();
        final PeerChange change = dataplane.replacePeers(wanted.stream().map(TunnelPeer::settings).toList());
        peers = List.copyOf(wanted);
        if (null != routes)
        {
            PeerRoutes.replace(routes, addresses, peers);
        }
        return new PeerReplacement(names(change.added()), names(change.changed().keySet()), names(change.removed()));
    }

    /**
     * Tells whether the tunnel's threads do their work. It waits for no other method but the end of {@link #close}.
     *
     * @param patience for how long to wait for that.
     * @return false if one of them has had no turn by then, or the tunnel is closed.
     */
    public boolean isResponsive(final Duration patience)
    {
        memory.readLock().lock();
        try
        {
            return !closed.get() && dataplane.isResponsive(patience.toNanos());
        }
        finally
        {
            memory.readLock().unlock();
        }
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
}
