package io.shadowmesh.dataplane.request;

import java.io.IOException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;

/** The two steps that take a client of the control socket: both need descriptors, of which there may be none. */
interface ClientSource
{
    /** The kernel's. */
    ClientSource SYSTEM = new ClientSource()
    {
    };

    /** Waits for a client. */
    default SocketChannel accept(final ServerSocketChannel server) throws IOException
    {
        return server.accept();
    }

    /** Makes ready to read from it; on a failure the channel is the caller's. */
    default Connection connect(final SocketChannel channel) throws IOException
    {
        return new Connection(channel);
    }
}
