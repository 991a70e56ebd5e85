package io.shadowmesh.cli.it;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.PortUnreachableException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.DatagramChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.locks.LockSupport;

/**
 * Sends hostile datagrams at a steady rate: half of them real ones of a capture with something changed, a quarter noise,
 * a quarter well-formed frames with made-up contents. None carries a valid mac1: of a real handshake message something
 * is changed that its mac1 covers, or the mac1 itself.
 *
 * <pre>
 *   ADDRESS PORT SEED CAPTURE     prints "ready N", N being the real datagrams; the capture is a pcap file of Ethernet
 * </pre>
 *
 * Commands on standard input, each answered by one line:
 *
 * <pre>
 *   send COUNT RATE   sends so many, so many a second: "sent COUNT in MS", COUNT being those that the kernel took
 *   heard             "heard DATAGRAMS": what has come back so far
 * </pre>
 */
final class HostileProgram
{
    private static final int[] TYPES = { 0x00, 0x01, 0x02, 0x03, 0x04, 0x10, 0x11 };
    private static final int[] HANDSHAKE_LENGTHS = { 1283, 1227, 123, 1307, 1195, 1219, 115, 1227 };
    private static final int[] MESSAGE_LENGTHS = { 1216, 2368, 2392, 1160 };
    private static final int HANDSHAKE = 0x10;
    private static final int HEADER = 19;
    private static final int MAC2 = 16;
    private static final int LONGEST = 2000;
    private static final int BURST = 64;
    private static final int ETHERNET = 14;
    private static final int UDP_HEADER = 8;
    private static final int PCAP_HEADER = 24;
    private static final int RECORD_HEADER = 16;

    private final DatagramChannel channel = DatagramChannel.open();
    private final ByteBuffer out = ByteBuffer.allocateDirect(LONGEST + 100);
    private final ByteBuffer in = ByteBuffer.allocateDirect(65_536);
    private final SplittableRandom random;
    private final List<byte[]> real;
    private long heard;

    private HostileProgram(final InetSocketAddress target, final long seed, final List<byte[]> real) throws IOException
    {
        this.random = new SplittableRandom(seed);
        this.real = real;
        channel.connect(target);
        channel.configureBlocking(false);
    }

    /**
     * Sends until standard input ends.
     *
     * @param arguments as above.
     * @throws IOException if the socket breaks.
     */
    public static void main(final String[] arguments) throws IOException
    {
        final List<byte[]> real = read(Path.of(arguments[3]));
        final HostileProgram program = new HostileProgram(
            new InetSocketAddress(InetAddress.getByName(arguments[0]), Integer.parseInt(arguments[1])),
            Long.parseLong(arguments[2]), real);
        System.out.println("ready " + real.size());
        try (BufferedReader lines = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8)))
        {
            for (String line = lines.readLine(); line != null; line = lines.readLine())
            {
                final String[] command = line.split(" ");
                System.out.println("send".equals(command[0]) ?
                    program.send(Long.parseLong(command[1]), Long.parseLong(command[2])) : program.heard());
            }
        }
    }

    /** The payloads of all UDP datagrams of IPv4 that are short enough to be one datagram of the tunnel each. */
    private static List<byte[]> read(final Path capture) throws IOException
    {
        final List<byte[]> datagrams = new ArrayList<>();
        final ByteBuffer file = ByteBuffer.wrap(Files.readAllBytes(capture)).order(ByteOrder.LITTLE_ENDIAN);
        file.position(PCAP_HEADER);
        while (file.remaining() > RECORD_HEADER)
        {
            final int length = file.getInt(file.position() + Long.BYTES);
            final int frame = file.position() + RECORD_HEADER;
            file.position(frame + length);
            final int payload = frame + ETHERNET + (file.get(frame + ETHERNET) & 0x0F) * Integer.BYTES + UDP_HEADER;
            final boolean udp = file.get(frame + ETHERNET + 9) == 17 && (file.get(frame + ETHERNET) & 0xF0) == 0x40;
            final int bytes = frame + length - payload;
            if (udp && bytes > HEADER && bytes <= LONGEST)
            {
                final byte[] datagram = new byte[bytes];
                file.get(payload, datagram);
                datagrams.add(datagram);
            }
        }
        return datagrams;
    }

    private String send(final long count, final long rate) throws IOException
    {
        final long startNs = System.nanoTime();
        long taken = 0;
        for (long sent = 0; sent < count; sent++)
        {
            if (sent % BURST == 0)
            {
                listen();
                final long dueNs = startNs + sent * 1_000_000_000L / rate;
                while (dueNs - System.nanoTime() > 0)
                {
                    LockSupport.parkNanos(dueNs - System.nanoTime());
                }
            }
            out.clear();
            switch (random.nextInt(4))
            {
                case 0 -> noise();
                case 1 -> frame();
                default -> changed(real.get(random.nextInt(real.size())));
            }
            taken += write() ? 1 : 0;
        }
        return "sent " + taken + " in " + (System.nanoTime() - startNs) / 1_000_000;
    }

    /** A socket that has no room, or a port where nobody listens, costs the datagram, as on any network. */
    private boolean write()
    {
        try
        {
            return channel.write(out) > 0;
        }
        catch (final IOException e)
        {
            return false;
        }
    }

    private String heard() throws IOException
    {
        listen();
        return "heard " + heard;
    }

    private void listen() throws IOException
    {
        try
        {
            while (channel.receive(in.clear()) != null)
            {
                heard++;
            }
        }
        catch (final PortUnreachableException e)
        {
            in.clear();
        }
    }

    private void noise()
    {
        final int length = 1 + random.nextInt(LONGEST);
        fill(0, length);
        out.limit(length);
    }

    private void fill(final int from, final int to)
    {
        for (int i = from; i < to; i += Long.BYTES)
        {
            out.putLong(i, random.nextLong());
        }
    }

    private void changed(final byte[] datagram)
    {
        final boolean handshake = (datagram[8] & 0xFF) == HANDSHAKE;
        // What lies behind mac1 is covered by nothing; a handshake message changed there alone would be a genuine one.
        final int covered = handshake ? Math.max(1, datagram.length - MAC2) : datagram.length;
        int length = datagram.length;
        out.put(0, datagram);
        switch (random.nextInt(4))
        {
            case 0 -> out.put(random.nextInt(covered), (byte)(random.nextInt()));
            case 1 -> length = 1 + random.nextInt(length - 1);
            case 2 -> length += 1 + random.nextInt(64);
            default ->
            {
                for (int i = random.nextInt(8); i >= 0; i--)
                {
                    flip(random.nextInt(covered));
                }
            }
        }
        flip(random.nextInt(Math.min(length, covered)));
        if (random.nextBoolean() && length >= HEADER)
        {
            out.putShort(17, (short)(length - HEADER));
        }
        out.limit(length);
        if (handshake && isGenuine(datagram, length, covered))
        {
            flip(0);
        }
    }

    private void flip(final int index)
    {
        out.put(index, (byte)(out.get(index) ^ 1 << random.nextInt(Byte.SIZE)));
    }

    private boolean isGenuine(final byte[] datagram, final int length, final int covered)
    {
        if (length != datagram.length)
        {
            return false;
        }
        for (int i = 0; i < covered; i++)
        {
            if (out.get(i) != datagram[i])
            {
                return false;
            }
        }
        return true;
    }

    private void frame()
    {
        final int type = TYPES[random.nextInt(TYPES.length)];
        final int length = type == HANDSHAKE ? HANDSHAKE_LENGTHS[random.nextInt(HANDSHAKE_LENGTHS.length)] :
            39 + random.nextInt(1461);
        fill(0, length);
        out.put(8, (byte)type).putShort(17, (short)(length - HEADER));
        out.putLong(0, type >= HANDSHAKE ? 0 : random.nextInt(1 << 20));
        if (type >= HANDSHAKE)
        {
            out.putLong(9, 0);
        }
        else
        {
            // The index of a live session, which an onlooker knows.
            out.put(HEADER, real.get(random.nextInt(real.size())), HEADER, Integer.BYTES);
        }
        if (type == HANDSHAKE)
        {
            final int message = length == HANDSHAKE_LENGTHS[0] ? 1 : 1 + random.nextInt(4);
            final int count = length == HANDSHAKE_LENGTHS[0] || message == 4 ? 1 : 2;
            out.put(19, (byte)1).put(20, (byte)(1 + random.nextInt(2))).put(21, (byte)message);
            out.put(22, (byte)random.nextInt(count)).put(23, (byte)count).put(24, (byte)0);
            out.putShort(25, (short)MESSAGE_LENGTHS[message - 1]);
            out.putInt(31, message == 1 ? 0 : random.nextInt());
            out.putLong(length - 16, 0).putLong(length - 8, 0);
        }
        out.limit(length);
    }
}
