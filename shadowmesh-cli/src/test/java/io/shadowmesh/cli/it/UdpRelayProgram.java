package io.shadowmesh.cli.it;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Queue;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentLinkedQueue;

/**
 * A box between a client and a server that forwards every datagram unchanged and counts it by what an onlooker sees.
 *
 * <pre>
 *   LISTEN-ADDRESS LISTEN-PORT SERVER-ADDRESS SERVER-PORT SOURCE-ADDRESS    prints "relaying"
 * </pre>
 *
 * Commands on standard input, each answered by one line:
 *
 * <pre>
 *   counts          "counts &gt;M1=2 &gt;M3=6 &lt;M2=2 &gt;bytes=... &lt;bytes=...": &gt; to the server, &lt; to the
 *                   client; Mn are handshake datagrams, Tn (hexadecimal) other types, bytes and
 *                   datagrams the sums
 *   rebind ADDRESS  a new socket towards the server, with another port: "rebound PORT"
 *   block on|off    while on, nothing is forwarded in either direction, but all is counted: "block on"
 *   lose NAME N     counts the next N datagrams of a name, such as &gt;T0, but forwards none of them: "losing N"
 *   replay          sends the last 1000 datagrams to the server once more, from another port: "replayed N"
 * </pre>
 */
final class UdpRelayProgram
{
    private static final int KEPT = 1000;

    private final Map<String, Long> counts = new TreeMap<>();
    private final Queue<String> commands = new ConcurrentLinkedQueue<>();
    private final byte[][] kept = new byte[KEPT][];
    private final Selector selector = Selector.open();
    private final ByteBuffer datagram = ByteBuffer.allocate(65_536);
    private final DatagramChannel front;
    private final InetSocketAddress server;
    private DatagramChannel back;
    private SocketAddress client;
    private boolean blocked;
    private String losing = "";
    private int toLose;
    private long forwarded;

    private UdpRelayProgram(final InetSocketAddress listen, final InetSocketAddress server, final InetAddress source)
        throws IOException
    {
        this.server = server;
        front = open(listen);
        back = open(new InetSocketAddress(source, 0));
    }

    /**
     * Relays until standard input ends.
     *
     * @param arguments as above.
     * @throws IOException if a socket cannot be opened.
     */
    public static void main(final String[] arguments) throws IOException
    {
        final UdpRelayProgram relay = new UdpRelayProgram(
            new InetSocketAddress(InetAddress.getByName(arguments[0]), Integer.parseInt(arguments[1])),
            new InetSocketAddress(InetAddress.getByName(arguments[2]), Integer.parseInt(arguments[3])),
            InetAddress.getByName(arguments[4]));
        final Thread input = new Thread(relay::readCommands, "commands");
        input.setDaemon(true);
        input.start();
        System.out.println("relaying");
        relay.run();
    }

    private void readCommands()
    {
        try (BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8)))
        {
            for (String line = in.readLine(); line != null; line = in.readLine())
            {
                commands.add(line);
                selector.wakeup();
            }
            commands.add("quit");
            selector.wakeup();
        }
        catch (final IOException e)
        {
            throw new UncheckedIOException(e);
        }
    }

    private void run() throws IOException
    {
        while (true)
        {
            selector.select();
            selector.selectedKeys().clear();
            forwardAll(front, true);
            forwardAll(back, false);
            for (String command = commands.poll(); command != null; command = commands.poll())
            {
                if ("quit".equals(command))
                {
                    return;
                }
                System.out.println(answer(command.split(" ")));
            }
        }
    }

    private String answer(final String[] command) throws IOException
    {
        switch (command[0])
        {
            case "counts":
                final StringBuilder line = new StringBuilder("counts");
                counts.forEach((name, count) -> line.append(' ').append(name).append('=').append(count));
                return line.toString();

            case "rebind":
                back.close();
                back = open(new InetSocketAddress(InetAddress.getByName(command[1]), 0));
                return "rebound " + ((InetSocketAddress)back.getLocalAddress()).getPort();

            case "block":
                blocked = "on".equals(command[1]);
                return "block " + command[1];

            case "lose":
                losing = command[1];
                toLose = Integer.parseInt(command[2]);
                return "losing " + toLose;

            case "replay":
                return "replayed " + replay();

            default:
                return "unknown command";
        }
    }

    private int replay() throws IOException
    {
        int sent = 0;
        try (DatagramChannel other = DatagramChannel.open())
        {
            for (final byte[] bytes : kept)
            {
                if (bytes != null)
                {
                    other.send(ByteBuffer.wrap(bytes), server);
                    sent++;
                }
            }
        }
        return sent;
    }

    private void forwardAll(final DatagramChannel from, final boolean toServer) throws IOException
    {
        for (int i = 0; i < 256; i++)
        {
            datagram.clear();
            final SocketAddress source = from.receive(datagram);
            if (source == null)
            {
                return;
            }
            datagram.flip();
            final String name = count(toServer ? ">" : "<");
            if (toServer)
            {
                client = source;
                kept[(int)(forwarded++ % KEPT)] = copy();
            }
            if (toLose > 0 && losing.equals(name))
            {
                toLose--;
            }
            else if (!blocked && (toServer || client != null))
            {
                (toServer ? back : front).send(datagram, toServer ? server : client);
            }
        }
    }

    private byte[] copy()
    {
        final byte[] bytes = new byte[datagram.limit()];
        datagram.get(0, bytes);
        return bytes;
    }

    private String count(final String direction)
    {
        final int length = datagram.limit();
        final int type = length > 8 ? datagram.get(8) & 0xFF : -1;
        final String name =
            direction + (type == 0x10 && length > 21 ? "M" + datagram.get(21) : "T" + Integer.toHexString(type));
        counts.merge(name, 1L, Long::sum);
        counts.merge(direction + "datagrams", 1L, Long::sum);
        counts.merge(direction + "bytes", (long)length, Long::sum);
        return name;
    }

    private DatagramChannel open(final InetSocketAddress local) throws IOException
    {
        final DatagramChannel channel = DatagramChannel.open();
        channel.setOption(StandardSocketOptions.SO_RCVBUF, 4 << 20);
        channel.bind(local);
        channel.configureBlocking(false);
        channel.register(selector, SelectionKey.OP_READ);
        return channel;
    }
}
