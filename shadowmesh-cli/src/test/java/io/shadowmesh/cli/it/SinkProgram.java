package io.shadowmesh.cli.it;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;

/**
 * Takes datagrams and throws them away.
 *
 * <pre>
 *   ADDRESS PORT     prints "sinking"
 * </pre>
 */
final class SinkProgram
{
    private SinkProgram()
    {
    }

    /**
     * Takes until it is ended.
     *
     * @param arguments as above.
     * @throws IOException if the socket breaks.
     */
    public static void main(final String[] arguments) throws IOException
    {
        try (DatagramChannel channel = DatagramChannel.open())
        {
            channel.bind(new InetSocketAddress(InetAddress.getByName(arguments[0]), Integer.parseInt(arguments[1])));
            System.out.println("sinking");
            final ByteBuffer datagram = ByteBuffer.allocateDirect(65_536);
            while (true)
            {
                channel.receive(datagram.clear());
            }
        }
    }
}
