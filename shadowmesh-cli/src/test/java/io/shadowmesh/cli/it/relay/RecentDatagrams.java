package io.shadowmesh.cli.it.relay;

import java.io.IOException;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;

/** The last datagrams that the client has sent, as an eavesdropper keeps them to send them again. */
final class RecentDatagrams
{
    private static final int KEPT = 1000;

    private final ByteBuffer[] kept = new ByteBuffer[KEPT];
    private long count;

    void keep(final ByteBuffer datagram)
    {
        final int index = (int)(count++ % KEPT);
        if (null == kept[index] || kept[index].capacity() < datagram.limit())
        {
            kept[index] = ByteBuffer.allocate(datagram.limit());
        }
        kept[index].clear();
        kept[index].put(0, datagram, 0, datagram.limit()).limit(datagram.limit());
    }

    /** Sends each once more, the oldest first, from a port of its own. Returns how many. */
    int sendAgain(final SocketAddress to) throws IOException
    {
        try (DatagramChannel stranger = DatagramChannel.open())
        {
            for (long i = Math.max(0, count - KEPT); i < count; i++)
            {
                stranger.send(kept[(int)(i % KEPT)].rewind(), to);
            }
        }
        return (int)Math.min(KEPT, count);
    }
}
