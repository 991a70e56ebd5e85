package io.shadowmesh.dataplane;

import io.shadowmesh.dataplane.address.IpPrefix;
import io.shadowmesh.dataplane.crypto.Aead;
import io.shadowmesh.dataplane.crypto.ForgingAead;
import io.shadowmesh.dataplane.device.SuperPackets;
import io.shadowmesh.dataplane.device.TunOffloads;
import io.shadowmesh.dataplane.frame.DropReason;
import io.shadowmesh.dataplane.identity.Identity;
import io.shadowmesh.dataplane.status.TunnelCounter;
import io.shadowmesh.dataplane.status.TunnelStatus;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.Random;
import java.util.concurrent.ThreadLocalRandom;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * A peer with a genuine session that seals what it likes: packets from addresses that are not its own, and such whose
 * header or length is wrong.
 */
@Timeout(240)
class InnerSpoofingTest
{
    private static final int FORGERIES = Integer.getInteger("shadowmesh.spoofed", 100_000);
    private static final int BURST = 100;
    private static final int SHORTEST = 20;
    private static final int LONGEST = 1400;
    private static final long PATIENCE_NS = 30_000_000_000L;
    private static final byte[] ALLOWED = {10, 10, 10, 3};
    private static final byte[] VICTIM = {10, 10, 10, 4};
    private static final byte[] OTHER_PEER = {10, 10, 10, 5};

    private final Random random = random();
    private final ForgingAead forger = new ForgingAead(Aead.best());
    private long malformed;
    private long foreign;

    private static Random random()
    {
        final long seed = Long.getLong("shadowmesh.seed", ThreadLocalRandom.current().nextLong());
        System.out.println("InnerSpoofingTest: -Dshadowmesh.seed=" + seed);
        return new Random(seed);
    }

    @ParameterizedTest
    @EnumSource(names = {"NONE", "TCP_AND_UDP"})
    void nothingReachesTheDeviceAndWhatIsGenuineStillDoes(final TunOffloads offloads) throws IOException
    {
        final Identity identityA = Identity.generate();
        final Identity identityB = Identity.generate();
        try (Wire wireA = new Wire("memA", LONGEST, offloads);
            Wire wireB = new Wire("memB", LONGEST, offloads);
            Tunnel b = builder(identityB, wireB)
                .peer(TunnelPeer.builder(identityA.peerId())
                    .allowedIp(IpPrefix.parse("10.10.10.3/32")).allowedIp(IpPrefix.parse("fd00::3/128")).build())
                .peer(TunnelPeer.builder(Identity.generate().peerId())
                    .allowedIp(IpPrefix.parse("10.10.10.5/32")).allowedIp(IpPrefix.parse("fd00::5/128")).build())
                .start();
            Tunnel a = builder(identityA, wireA).aead(forger)
                .peer(TunnelPeer.builder(identityB.peerId()).allowedIp(IpPrefix.parse("10.10.10.4/32"))
                    .endpoint("127.0.0.1", b.localAddress().getPort()).initiate(true).build())
                .start())
        {
            genuine(wireA, wireB, 0, offloads);
            int sent = 0;
            for (int burst = 1; sent < FORGERIES; burst++)
            {
                for (int i = 0; i < BURST && sent < FORGERIES; i++, sent++)
                {
                    final byte[] forgery = forgery();
                    forger.forge(forgery);
                    send(wireA, carrier(forgery.length, offloads));
                }
                // It leaves after the forgeries, and arrives after them.
                genuine(wireA, wireB, burst, offloads);
            }

            final TunnelStatus status = b.status();
            final long genuine = 1 + (FORGERIES + BURST - 1) / BURST;
            assertNull(wireB.receiveBytes());
            assertEquals(genuine, status.get(TunnelCounter.TUN_PACKETS_WRITTEN));
            assertEquals(malformed, status.get(DropReason.INNER_MALFORMED));
            assertEquals(foreign, status.get(DropReason.INNER_SOURCE_NOT_ALLOWED));
            assertEquals(FORGERIES, malformed + foreign);
            final TunnelStatus sender = a.status();
            assertEquals(genuine + FORGERIES, sender.get(TunnelCounter.UDP_DATAGRAMS_SENT) -
                sender.get(TunnelCounter.KEEPALIVES_SENT) - sender.get(TunnelCounter.ECHOES_SENT));
            System.out.println(FORGERIES + " forgeries, " + malformed + " malformed, " + foreign +
                " from a foreign source: 0 delivered, beside " + genuine + " genuine packets");
        }
    }

    private static TunnelBuilder builder(final Identity identity, final Wire wire)
    {
        return Tunnel.builder().identity(identity).device(wire.device()).bind(new InetSocketAddress("127.0.0.1", 0));
    }

    /** A packet that must be refused, of any kind; counted by what is wrong with it, as this test sees it. */
    private byte[] forgery()
    {
        while (true)
        {
            final byte[] packet = packet();
            if (!isSound(packet))
            {
                malformed++;
                return packet;
            }
            if (!isFromA(packet))
            {
                foreign++;
                return packet;
            }
        }
    }

    private byte[] packet()
    {
        final boolean ipv6 = random.nextBoolean();
        final byte[] packet = new byte[SHORTEST + random.nextInt(LONGEST - SHORTEST + 1)];
        random.nextBytes(packet);
        packet[0] = (byte)(ipv6 ? 0x60 : 0x45);
        put16(packet, ipv6 ? 4 : 2, ipv6 ? packet.length - 40 : packet.length);
        put(packet, ipv6, source(ipv6));
        switch (random.nextInt(8))
        {
            case 0:
                packet[0] = (byte)random.nextInt();
                break;

            case 1:
                packet[0] = (byte)(packet[0] & 0xF0 | random.nextInt(16));
                break;

            case 2:
                put16(packet, ipv6 ? 4 : 2, random.nextInt(1 << 16));
                break;

            case 3:
                put16(packet, ipv6 ? 4 : 2, (ipv6 ? packet.length - 40 : packet.length) + random.nextInt(9) - 4);
                break;

            case 4:
                packet[0] ^= 0x20;
                break;

            default:
                break;
        }
        return packet;
    }

    /** The peer's own, its neighbour's, the receiver's, a bit away from its own, or any. */
    private byte[] source(final boolean ipv6)
    {
        final byte[] address = new byte[ipv6 ? 16 : 4];
        final byte[][] known = {ALLOWED, VICTIM, OTHER_PEER, {127, 0, 0, 1}, {0, 0, 0, 0}, {-1, -1, -1, -1}};
        final int kind = random.nextInt(known.length + 2);
        if (kind >= known.length)
        {
            random.nextBytes(address);
            return address;
        }
        if (ipv6)
        {
            // fd00::3 and its like, or ::ffff:10.10.10.3
            final boolean mapped = random.nextInt(4) == 0;
            address[0] = (byte)(mapped ? 0 : 0xFD);
            address[10] = (byte)(mapped ? 0xFF : 0);
            address[11] = (byte)(mapped ? 0xFF : 0);
            System.arraycopy(known[kind], mapped ? 0 : 3, address, mapped ? 12 : 15, mapped ? 4 : 1);
        }
        else
        {
            System.arraycopy(known[kind], 0, address, 0, 4);
        }
        if (random.nextInt(3) == 0)
        {
            address[random.nextInt(address.length)] ^= (byte)(1 << random.nextInt(8));
        }
        return address;
    }

    private static void put(final byte[] packet, final boolean ipv6, final byte[] source)
    {
        final int at = ipv6 ? 8 : 12;
        System.arraycopy(source, 0, packet, at, Math.min(source.length, packet.length - at));
    }

    /** What RFC 791 and RFC 8200 demand of version and lengths. */
    private static boolean isSound(final byte[] packet)
    {
        final int version = (packet[0] & 0xFF) >> 4;
        final int headerLength = (packet[0] & 0xF) * 4;
        return version == 4 ?
            headerLength >= 20 && headerLength <= packet.length && get16(packet, 2) == packet.length :
            version == 6 && packet.length >= 40 && get16(packet, 4) == packet.length - 40;
    }

    private static boolean isFromA(final byte[] packet)
    {
        final boolean ipv4 = (packet[0] & 0xFF) >> 4 == 4;
        final byte[] wanted = ipv4 ? ALLOWED : new byte[]{-3, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 3};
        for (int i = 0; i < wanted.length; i++)
        {
            if (packet[(ipv4 ? 12 : 8) + i] != wanted[i])
            {
                return false;
            }
        }
        return true;
    }

    /** An honest packet to b that the forger exchanges. With offloads half of them have a partial checksum. */
    private byte[] carrier(final int length, final TunOffloads offloads)
    {
        final byte[] packet = new byte[length];
        packet[0] = 0x45;
        put16(packet, 2, length);
        packet[8] = ForgingAead.MARK;
        packet[9] = 17;
        System.arraycopy(ALLOWED, 0, packet, 12, 4);
        System.arraycopy(VICTIM, 0, packet, 16, 4);
        if (length >= 28)
        {
            put16(packet, 24, length - 20);
        }
        if (offloads == TunOffloads.NONE)
        {
            return packet;
        }
        final byte[] withHeader = SuperPackets.withHeader(packet);
        if (length >= 28 && random.nextBoolean())
        {
            withHeader[0] = 1;
            withHeader[6] = 20;
            withHeader[8] = 6;
        }
        return withHeader;
    }

    private void genuine(final Wire from, final Wire to, final int number, final TunOffloads offloads)
    {
        final byte[] packet = SuperPackets.split(SuperPackets.single(false, SuperPackets.UDP, 200, number)).getFirst();
        final boolean headers = offloads != TunOffloads.NONE;
        send(from, headers ? SuperPackets.withHeader(packet) : packet);
        final long deadlineNs = System.nanoTime() + PATIENCE_NS;
        byte[] received = to.receiveBytes();
        while (received == null)
        {
            assertTrue(System.nanoTime() < deadlineNs, "a genuine packet was lost");
            Thread.yield();
            received = to.receiveBytes();
        }
        assertArrayEquals(packet, headers ? SuperPackets.withoutHeader(received) : received);
    }

    private static void send(final Wire wire, final byte[] packet)
    {
        final long deadlineNs = System.nanoTime() + PATIENCE_NS;
        while (!wire.send(packet))
        {
            assertTrue(System.nanoTime() < deadlineNs, "the device takes no packets");
            Thread.yield();
        }
    }

    private static int get16(final byte[] packet, final int at)
    {
        return (packet[at] & 0xFF) << 8 | packet[at + 1] & 0xFF;
    }

    private static void put16(final byte[] packet, final int at, final int value)
    {
        packet[at] = (byte)(value >> 8);
        packet[at + 1] = (byte)value;
    }
}
