package io.shadowmesh.dataplane;

import io.shadowmesh.dataplane.address.Endpoint;
import io.shadowmesh.dataplane.crypto.Suite;
import io.shadowmesh.dataplane.device.TunConfig;
import io.shadowmesh.dataplane.frame.DropReason;
import io.shadowmesh.dataplane.frame.HandshakeHeader;
import io.shadowmesh.dataplane.handshake.HandshakeListener;
import io.shadowmesh.dataplane.handshake.HandshakeOutcome;
import io.shadowmesh.dataplane.handshake.HandshakePeers;
import io.shadowmesh.dataplane.handshake.HandshakeTable;
import io.shadowmesh.dataplane.handshake.HandshakeTransport;
import io.shadowmesh.dataplane.handshake.ReceiverIndices;
import io.shadowmesh.dataplane.handshake.SessionKeys;
import io.shadowmesh.dataplane.identity.Identity;
import io.shadowmesh.dataplane.identity.PeerId;

import java.io.IOException;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.PortUnreachableException;
import java.net.StandardProtocolFamily;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/**
 * Finds out whether a peer can be reached, by a handshake from a socket of its own. It is never confirmed: the peer makes
 * no session of it, moves no endpoint and ends nothing, so that a tunnel between the two is not disturbed.
 *
 * <p><b>Threading:</b> one thread, for one call of {@link #reach}.
 */
public final class HandshakeProbe
{
    private static final byte[] NO_PRESHARED_KEY = new byte[32];
    private static final byte THIRD_MESSAGE = 3;
    private static final int DATAGRAM_LENGTH = 2048;

    private final TunnelPeer peer;
    private final ReceiverIndices indices;
    private final HandshakeTable table;
    private final ByteBuffer incoming = ByteBuffer.allocate(DATAGRAM_LENGTH);
    private DatagramChannel channel;
    private Outcome outcome;
    private String detail = "";
    private boolean strange;
    private long thirdSentNs = Long.MAX_VALUE;

    /** How it went. */
    public enum Outcome
    {
        /** The handshake was completed. */
        REACHED,
        /** The peer answered as who it should be, and did not accept this node. */
        NOT_ACCEPTED,
        /** Somebody answered who is not the peer. */
        WRONG_IDENTITY,
        /** Nothing came. A node is silent, too, to whoever does not know its Peer ID. */
        SILENT,
        /** The host is there, and has no such UDP port open. */
        REFUSED,
        /** This machine or one on the way knows no way there, or does not let datagrams out. */
        NO_ROUTE
    }

    /**
     * What was found.
     *
     * @param outcome how it went.
     * @param detail  what the system said, or empty.
     * @param elapsed for how long it went on.
     */
    public record Result(Outcome outcome, String detail, Duration elapsed)
    {
    }

    private HandshakeProbe(final Identity identity, final TunnelPeer peer)
    {
        final SecureRandom random = new SecureRandom();
        this.peer = peer;
        this.indices = new ReceiverIndices(random);
        final Ends ends = new Ends();
        this.table = new HandshakeTable(identity, ends, ends, ends, indices, TunConfig.DEFAULT_MTU, 0, random);
    }

    /**
     * Tries to reach a peer.
     *
     * @param identity of this node.
     * @param peer     whose ID and preshared key count.
     * @param at       where it is; resolved.
     * @param from     address to send from, or null for any.
     * @param patience for how long to wait for a first answer, and once more for the last.
     * @return what was found.
     * @throws IOException if there is no socket to be had.
     */
    public static Result reach(final Identity identity, final TunnelPeer peer, final InetSocketAddress at,
        final InetAddress from, final Duration patience) throws IOException
    {
        final long beganNs = System.nanoTime();
        final HandshakeProbe probe = new HandshakeProbe(identity, peer);
        final boolean ipv6 = at.getAddress() instanceof Inet6Address;
        try (Selector selector = Selector.open();
            DatagramChannel channel =
                DatagramChannel.open(ipv6 ? StandardProtocolFamily.INET6 : StandardProtocolFamily.INET))
        {
            probe.channel = channel;
            probe.run(selector, at, from, patience.toNanos());
        }
        finally
        {
            probe.table.cancel(peer.id());
        }
        return new Result(probe.outcome, probe.detail, Duration.ofNanos(System.nanoTime() - beganNs));
    }

    private void run(final Selector selector, final InetSocketAddress at, final InetAddress from, final long patienceNs)
        throws IOException
    {
        channel.configureBlocking(false);
        channel.register(selector, SelectionKey.OP_READ);
        try
        {
            channel.bind(null == from ? null : new InetSocketAddress(from, 0));
            channel.connect(at);
        }
        catch (final IOException e)
        {
            end(Outcome.NO_ROUTE, e);
            return;
        }

        final Endpoint endpoint = Endpoint.of(at);
        final long beganNs = System.nanoTime();
        table.initiate(peer.id(), endpoint, Suite.AES_256_GCM, beganNs);
        while (null == outcome)
        {
            final long nowNs = System.nanoTime();
            final boolean answered = Long.MAX_VALUE != thirdSentNs;
            final long leftNs = (answered ? thirdSentNs : beganNs) + patienceNs - nowNs;
            if (leftNs <= 0)
            {
                outcome = answered ? Outcome.NOT_ACCEPTED : strange ? Outcome.WRONG_IDENTITY : Outcome.SILENT;
                return;
            }
            final long waitNs = Math.min(leftNs, table.nextDeadlineNs() - nowNs);
            selector.select(Math.max(1, TimeUnit.NANOSECONDS.toMillis(waitNs)));
            selector.selectedKeys().clear();
            receive(endpoint);
            if (null == outcome && System.nanoTime() >= table.nextDeadlineNs())
            {
                table.poll(System.nanoTime());
            }
        }
    }

    private void receive(final Endpoint from)
    {
        try
        {
            while (null == outcome && channel.read(incoming.clear()) > 0)
            {
                table.onDatagram(incoming.array(), incoming.position(), from, System.nanoTime());
            }
        }
        catch (final IOException e)
        {
            onError(e);
        }
    }

    private void onError(final IOException e)
    {
        if (null == outcome)
        {
            end(e instanceof PortUnreachableException ? Outcome.REFUSED : Outcome.NO_ROUTE, e);
        }
    }

    private void end(final Outcome how, final IOException e)
    {
        outcome = how;
        detail = null == e.getMessage() ? "" : e.getMessage();
    }

    /** What the handshake sees: one peer, one socket, and who wants to know. */
    private final class Ends implements HandshakePeers, HandshakeTransport, HandshakeListener
    {
        @Override
        public void send(final byte[] datagram, final int length, final Endpoint to)
        {
            if (THIRD_MESSAGE == datagram[HandshakeHeader.MESSAGE_OFFSET] && Long.MAX_VALUE == thirdSentNs)
            {
                thirdSentNs = System.nanoTime();
            }
            try
            {
                channel.write(ByteBuffer.wrap(datagram, 0, length));
            }
            catch (final IOException e)
            {
                onError(e);
            }
        }

        @Override
        public boolean isAllowed(final PeerId id)
        {
            return peer.id().equals(id);
        }

        @Override
        public byte[] presharedKey(final PeerId id)
        {
            final byte[] key = peer.presharedKey();
            return null == key ? NO_PRESHARED_KEY : key;
        }

        @Override
        public void onSession(final SessionKeys keys)
        {
            indices.release(keys.localIndex());
            keys.destroy();
            outcome = Outcome.REACHED;
        }

        @Override
        public void onUnconfirmedExpired(final int localIndex)
        {
            indices.release(localIndex);
        }

        @Override
        public void onAttemptEnded(final PeerId id, final HandshakeOutcome why)
        {
            if (null == outcome)
            {
                outcome = switch (why)
                {
                    case ESTABLISHED -> Outcome.REACHED;
                    case NOT_COMPLETED -> Outcome.NOT_ACCEPTED;
                    case WRONG_RESPONDER -> Outcome.WRONG_IDENTITY;
                    default -> Outcome.SILENT;
                };
            }
        }

        @Override
        public void onDrop(final DropReason reason)
        {
            strange |= DropReason.HANDSHAKE_NOT_ALLOWED == reason;
        }
    }
}
