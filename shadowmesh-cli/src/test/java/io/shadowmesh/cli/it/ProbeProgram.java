package io.shadowmesh.cli.it;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.nio.charset.StandardCharsets;
import java.util.SplittableRandom;

/**
 * A stranger who sends datagrams to a node without knowing its Peer ID, and counts what comes back.
 *
 * <pre>
 *   ADDRESS PORT SEED     prints "ready"
 * </pre>
 *
 * Commands on standard input, each answered by one line:
 *
 * <pre>
 *   spray COUNT     sends so many datagrams: noise of every length from 1 to 2000, and well-formed frames of each type
 *                   with made-up contents: "sprayed COUNT"
 *   heard           "heard DATAGRAMS BYTES ERRORS": what has come back so far; ERRORS are ICMP answers
 * </pre>
 */
final class ProbeProgram
{
    private static final int[] TYPES = { 0x00, 0x01, 0x02, 0x03, 0x04, 0x10, 0x11 };
    /** Datagram lengths of the handshake: M1 whole and in two, M2 and M3 and their tails, M4. */
    private static final int[] HANDSHAKE_LENGTHS = { 1283, 1227, 123, 1307, 1195, 1219, 115, 1227 };

    private final DatagramChannel channel = DatagramChannel.open();
    private final SplittableRandom random;
    private long datagrams;
    private long bytes;
    private long errors;

    private ProbeProgram(final InetSocketAddress target, final long seed) throws IOException
    {
        random = new SplittableRandom(seed);
        channel.connect(target);
        channel.configureBlocking(false);
    }

    /**
     * Probes until standard input ends.
     *
     * @param arguments as above.
     * @throws IOException if the socket breaks.
     */
    public static void main(final String[] arguments) throws IOException
    {
        final ProbeProgram probe = new ProbeProgram(
            new InetSocketAddress(InetAddress.getByName(arguments[0]), Integer.parseInt(arguments[1])),
            Long.parseLong(arguments[2]));
        System.out.println("ready");
        try (BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8)))
        {
            for (String line = in.readLine(); line != null; line = in.readLine())
            {
                System.out.println(probe.answer(line.split(" ")));
            }
        }
    }

    private String answer(final String[] command)
    {
        if ("spray".equals(command[0]))
        {
            final int count = Integer.parseInt(command[1]);
            for (int i = 0; i < count; i++)
            {
                send(random.nextBoolean() ? noise() : frame());
                listen();
            }
            return "sprayed " + count;
        }
        listen();
        return "heard " + datagrams + " " + bytes + " " + errors;
    }

    private ByteBuffer noise()
    {
        final byte[] content = new byte[1 + random.nextInt(2000)];
        random.nextBytes(content);
        return ByteBuffer.wrap(content);
    }

    private ByteBuffer frame()
    {
        final int type = TYPES[random.nextInt(TYPES.length)];
        final boolean handshake = type == 0x10;
        final int length = handshake ? HANDSHAKE_LENGTHS[random.nextInt(HANDSHAKE_LENGTHS.length)] :
            39 + random.nextInt(1461);
        final byte[] content = new byte[length];
        random.nextBytes(content);
        final ByteBuffer frame = ByteBuffer.wrap(content);
        frame.put(8, (byte)type).putShort(17, (short)(length - 19));
        if (type >= 0x10)
        {
            frame.putLong(0, 0).putLong(9, 0);
        }
        else
        {
            frame.putLong(0, random.nextInt(1 << 20));
        }
        if (handshake)
        {
            handshakeFields(frame, length);
        }
        return frame;
    }

    private void handshakeFields(final ByteBuffer frame, final int length)
    {
        final boolean whole = length == HANDSHAKE_LENGTHS[0];
        final int message = whole ? 1 : 1 + random.nextInt(4);
        final int[] lengths = { 1216, 2368, 2392, 1160 };
        final int count = whole || message == 4 ? 1 : 2;
        frame.put(19, (byte)1).put(20, (byte)(1 + random.nextInt(2))).put(21, (byte)message);
        frame.put(22, (byte)random.nextInt(count)).put(23, (byte)count).put(24, (byte)0);
        frame.putShort(25, (short)lengths[message - 1]);
        if (message == 1)
        {
            frame.putInt(31, 0);
        }
        frame.putLong(length - 16, 0).putLong(length - 8, 0);
    }

    private void send(final ByteBuffer content)
    {
        try
        {
            channel.write(content);
        }
        catch (final IOException e)
        {
            errors++;
        }
    }

    private void listen()
    {
        final ByteBuffer answer = ByteBuffer.allocate(65_536);
        while (true)
        {
            try
            {
                answer.clear();
                if (channel.receive(answer) == null)
                {
                    return;
                }
                datagrams++;
                bytes += answer.position();
            }
            catch (final IOException e)
            {
                errors++;
            }
        }
    }
}
