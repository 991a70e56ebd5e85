package io.shadowmesh.cli.it;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.DatagramChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

import io.shadowmesh.ffi.SystemCalls;

/**
 * A flood of handshake datagrams from a raw socket, so that every datagram may name another source.
 *
 * <pre>
 *   flood OWN-ADDRESS PEER-ID-HEX PUBLIC-KEY-FILE SEED     prints "ready"
 *   sink ADDRESS PORT                                      reads datagrams and throws them away: "ready"
 * </pre>
 *
 * Commands of a flood on standard input:
 *
 * <pre>
 *   flood KIND ADDRESS PORT RATE COUNT   sends: "flooding", and when it is done, or told to stop, "flooded COUNT MS"
 *   stop                                 ends the flood
 *   heard                                "heard DATAGRAMS": what came back to this host's own address and port
 * </pre>
 *
 * Kinds:
 *
 * <pre>
 *   badmac     whole M1s with another key each and a wrong mac1, from this host's own address
 *   spoofed    whole M1s with another key each and a right mac1, each from another of 131,072 addresses
 *   fragments  M1s in pieces: copies with other contents, missing halves, the same M1 cut in another way, pieces that
 *              cannot be; and pieces of M2, M3 and M4 of no handshake; all with a right mac1, from many addresses
 * </pre>
 *
 * <p>M1s hold a sound public key, or the receiver would be done with them too soon: it is the given one with other
 * bytes in the ML-KEM key's seed, of which all are good.
 */
final class FloodProgram
{
    private static final int POOL = 4096;
    private static final int BATCH = 32;
    private static final int IP_LENGTH = 20;
    private static final int UDP_LENGTH = 8;
    private static final int FRAGMENT_OFFSET = 35;
    private static final int MACS = 32;
    private static final int M1_LENGTH = 1216;
    private static final int SLOT = 1408;
    private static final int SEED_OFFSET = 1152;
    /** 198.18.0.0/15, the addresses for benchmarks of RFC 2544. */
    private static final int SOURCES = 0xC612_0000;
    private static final int SOURCE_BITS = 0x1_FFFF;
    private static final int SOCK_RAW = 3;
    private static final int IPPROTO_RAW = 255;
    private static final int MMSGHDR = 64;
    private static final int IOVEC = 16;

    private final Arena arena = Arena.ofShared();
    private final SystemCalls calls = new SystemCalls(arena);
    private final MemorySegment pool = arena.allocate((long)POOL * SLOT, 64);
    private final int[] lengths = new int[POOL];
    private final MemorySegment messages = arena.allocate((long)BATCH * MMSGHDR, 16);
    private final MemorySegment vectors = arena.allocate((long)BATCH * IOVEC, 16);
    private final MemorySegment target = arena.allocate(16, 8);
    private final DatagramChannel own = DatagramChannel.open();
    private final Mac mac = Mac.getInstance("HmacSHA256");
    private final SplittableRandom random;
    private final byte[] publicKey;
    private final int ownAddress;
    private volatile boolean stopped;

    private FloodProgram(final String address, final String peerId, final Path publicKey, final long seed)
        throws IOException, GeneralSecurityException
    {
        final InetAddress local = InetAddress.getByName(address);
        own.bind(new InetSocketAddress(local, 0));
        own.configureBlocking(false);
        ownAddress = ByteBuffer.wrap(local.getAddress()).getInt();
        random = new SplittableRandom(seed);
        this.publicKey = HexFormat.of().parseHex(Files.readString(publicKey).trim());
        final MessageDigest sha256 = MessageDigest.getInstance("SHA-256");
        sha256.update("shadowmesh mac1".getBytes(StandardCharsets.US_ASCII));
        mac.init(new SecretKeySpec(sha256.digest(HexFormat.of().parseHex(peerId)), "HmacSHA256"));
    }

    /**
     * Floods, or takes a flood, until standard input ends.
     *
     * @param arguments as above.
     * @throws Exception if a socket cannot be had.
     */
    public static void main(final String[] arguments) throws Exception
    {
        if ("sink".equals(arguments[0]))
        {
            sink(new InetSocketAddress(InetAddress.getByName(arguments[1]), Integer.parseInt(arguments[2])));
            return;
        }
        final FloodProgram flood = new FloodProgram(
            arguments[1], arguments[2], Path.of(arguments[3]), Long.parseLong(arguments[4]));
        System.out.println("ready");
        try (BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8)))
        {
            for (String line = in.readLine(); line != null; line = in.readLine())
            {
                flood.onCommand(line.split(" "));
            }
        }
        flood.stopped = true;
    }

    private static void sink(final InetSocketAddress address) throws IOException
    {
        final Thread ender = new Thread(() ->
        {
            try
            {
                while (System.in.read() >= 0)
                {
                    continue;
                }
            }
            catch (final IOException e)
            {
                System.err.println(e);
            }
            Runtime.getRuntime().halt(0);
        });
        ender.start();
        try (DatagramChannel channel = DatagramChannel.open())
        {
            channel.bind(address);
            System.out.println("ready");
            final ByteBuffer datagram = ByteBuffer.allocateDirect(65_536);
            while (true)
            {
                datagram.clear();
                channel.receive(datagram);
            }
        }
    }

    private void onCommand(final String[] command) throws IOException
    {
        switch (command[0])
        {
            case "flood":
                stopped = false;
                fill(command[1]);
                aim(new InetSocketAddress(InetAddress.getByName(command[2]), Integer.parseInt(command[3])));
                final boolean spoofed = !"badmac".equals(command[1]);
                final int rate = Integer.parseInt(command[4]);
                final long count = Long.parseLong(command[5]);
                final boolean ofGroups = "fragments".equals(command[1]);
                System.out.println("flooding");
                final Thread thread = new Thread(() -> run(spoofed, ofGroups, rate, count), "flood");
                thread.setDaemon(true);
                thread.start();
                break;

            case "stop":
                stopped = true;
                break;

            default:
                int heard = 0;
                final ByteBuffer answer = ByteBuffer.allocate(65_536);
                while (own.receive(answer.clear()) != null)
                {
                    heard++;
                }
                System.out.println("heard " + heard);
                break;
        }
    }

    private void fill(final String kind) throws IOException
    {
        final int port = ((InetSocketAddress)own.getLocalAddress()).getPort();
        for (int i = 0; i < POOL; i++)
        {
            final byte[] datagram = "fragments".equals(kind) ? fragment(i) : first(random.nextInt());
            if ("badmac".equals(kind))
            {
                datagram[datagram.length - 20] ^= 1;
            }
            final ByteBuffer slot = pool.asSlice((long)i * SLOT, SLOT).asByteBuffer().order(ByteOrder.BIG_ENDIAN);
            final int length = IP_LENGTH + UDP_LENGTH + datagram.length;
            slot.put((byte)0x45).put((byte)0).putShort((short)length).putInt(0).put((byte)64).put((byte)17);
            slot.putShort((short)0).putInt(ownAddress).putInt(0);
            slot.putShort((short)port).putShort((short)0).putShort((short)(UDP_LENGTH + datagram.length));
            slot.putShort((short)0).put(datagram);
            lengths[i] = length;
        }
    }

    private void aim(final InetSocketAddress at)
    {
        final int address = ByteBuffer.wrap(at.getAddress().getAddress()).getInt();
        final ByteBuffer socketAddress = target.asByteBuffer().order(ByteOrder.nativeOrder()).putShort((short)2);
        socketAddress.order(ByteOrder.BIG_ENDIAN).putShort((short)0).putInt(address);
        for (int i = 0; i < POOL; i++)
        {
            pool.asSlice((long)i * SLOT, SLOT).asByteBuffer().order(ByteOrder.BIG_ENDIAN)
                .putInt(16, address).putShort(22, (short)at.getPort());
        }
        for (int i = 0; i < BATCH; i++)
        {
            final long message = (long)i * MMSGHDR;
            messages.set(ValueLayout.JAVA_LONG, message, target.address());
            messages.set(ValueLayout.JAVA_INT, message + 8, 16);
            messages.set(ValueLayout.JAVA_LONG, message + 16, vectors.address() + (long)i * IOVEC);
            messages.set(ValueLayout.JAVA_LONG, message + 24, 1);
        }
    }

    private void run(final boolean spoofed, final boolean ofGroups, final int rate, final long count)
    {
        final int fd = calls.socket(2, SOCK_RAW, IPPROTO_RAW);
        if (fd < 0)
        {
            System.out.println("no raw socket: " + fd);
            return;
        }
        final ByteBuffer memory = pool.asByteBuffer().order(ByteOrder.BIG_ENDIAN);
        final long startNs = System.nanoTime();
        final long intervalNs = TimeUnit.SECONDS.toNanos(1) * BATCH / rate;
        long dueNs = startNs;
        long sent = 0;
        int next = 0;
        while (!stopped && sent < count)
        {
            for (int i = 0; i < BATCH; i++)
            {
                final int slot = next * SLOT;
                if (spoofed)
                {
                    final int source = ofGroups ? next / 8 + (random.nextInt(2) << 14) : random.nextInt();
                    memory.putInt(slot + 12, SOURCES | source & SOURCE_BITS);
                    memory.putShort(slot + 20, (short)(ofGroups ? 4000 : 1024 + random.nextInt(60_000)));
                }
                vectors.set(ValueLayout.JAVA_LONG, (long)i * IOVEC, pool.address() + slot);
                vectors.set(ValueLayout.JAVA_LONG, (long)i * IOVEC + 8, lengths[next]);
                next = (next + 1) % POOL;
            }
            final int done = calls.sendmmsg(fd, messages.address(), BATCH, 0);
            sent += Math.max(done, 0);

            dueNs = Math.max(dueNs + intervalNs, System.nanoTime() - TimeUnit.MILLISECONDS.toNanos(50));
            for (long left = dueNs - System.nanoTime(); left > 0 && !stopped; left = dueNs - System.nanoTime())
            {
                LockSupport.parkNanos(left);
            }
        }
        calls.close(fd);
        System.out.println("flooded " + sent + " " + (System.nanoTime() - startNs) / 1_000_000);
    }

    private byte[] first(final int senderIndex)
    {
        return datagram(1, 1, 0, senderIndex, 0, M1_LENGTH, key());
    }

    private byte[] key()
    {
        final byte[] key = publicKey.clone();
        for (int i = 0; i < 8; i++)
        {
            key[SEED_OFFSET + 8 + i] = (byte)random.nextInt();
        }
        return key;
    }

    /** Eight that follow each other have one sender index and, when they are sent, one source. */
    private byte[] fragment(final int i)
    {
        final int group = 0x5000_0000 + i / 8;
        switch (i % 8)
        {
            case 0, 1:
                return datagram(1, 2, 0, group, 0, M1_LENGTH, Arrays.copyOf(key(), 1160));

            case 2:
                return first(group);

            case 3:
                return i % 16 < 8 ? datagram(1, 2, 1, group, 0, M1_LENGTH, Arrays.copyOfRange(key(), 1160, 1216)) :
                    datagram(1, 3, 2, group, 0, M1_LENGTH, new byte[56]);

            case 4:
                return datagram(3, 2, 0, group, random.nextInt(), 2392, noise(1240));

            case 5:
                return datagram(3, 3, 2, group, random.nextInt(), 2392, noise(72));

            case 6:
                return datagram(2, 2, random.nextInt(3), group, random.nextInt(), 2368, noise(1128));

            default:
                return datagram(4, 1, 0, group, random.nextInt(), 1160, noise(1160));
        }
    }

    private byte[] noise(final int length)
    {
        final byte[] bytes = new byte[length];
        random.nextBytes(bytes);
        return bytes;
    }

    private byte[] datagram(
        final int message,
        final int count,
        final int fragment,
        final int senderIndex,
        final int receiverIndex,
        final int messageLength,
        final byte[] body)
    {
        final ByteBuffer datagram = ByteBuffer.allocate(FRAGMENT_OFFSET + body.length + MACS);
        datagram.putLong(0).put((byte)0x10).putLong(0).putShort((short)(datagram.capacity() - 19));
        datagram.put((byte)1).put((byte)1).put((byte)message).put((byte)fragment).put((byte)count).put((byte)0);
        datagram.putShort((short)messageLength).putInt(senderIndex).putInt(receiverIndex).put(body);
        mac.update(datagram.array(), 0, datagram.position());
        datagram.put(mac.doFinal(), 0, 16);
        return datagram.array();
    }
}
