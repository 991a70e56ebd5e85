package io.shadowmesh.dataplane;

import io.shadowmesh.dataplane.capture.CaptureLimits;
import io.shadowmesh.dataplane.request.Answer;
import io.shadowmesh.dataplane.request.Request;
import io.shadowmesh.dataplane.request.RequestSocket;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.WritableByteChannel;

/**
 * What other processes can ask of a tunnel: its own operations, under the names and with the arguments of the control
 * socket's lines.
 *
 * <pre>
 *   capture [packets=N] [bytes=N] [seconds=N] [snaplen=N]    a stream: the recording, as pcapng
 * </pre>
 *
 * <p><b>Threading:</b> each request on a thread of its own.
 */
final class TunnelRequests
{
    private final Tunnel tunnel;

    TunnelRequests(final Tunnel tunnel)
    {
        this.tunnel = tunnel;
    }

    void register(final RequestSocket socket)
    {
        socket.on("capture", this::capture);
    }

    private void capture(final Request request, final Answer answer) throws IOException, InterruptedException
    {
        final CaptureLimits usual = CaptureLimits.USUAL;
        final CaptureLimits limits = new CaptureLimits(
            request.number("packets", 1, Long.MAX_VALUE, usual.packets()),
            request.number("bytes", 1, CaptureLimits.MAX_BYTES, usual.bytes()),
            request.number("seconds", 1, CaptureLimits.MAX_SECONDS, usual.seconds()),
            (int)request.number("snaplen", 1, CaptureLimits.MAX_SNAP_LENGTH, usual.snapLength()));
        tunnel.capture(limits, new LateStream(answer), answer::isUnwanted);
    }

    /** A stream that begins with its first byte: up to then the answer can still be a refusal. */
    private static final class LateStream implements WritableByteChannel
    {
        private final Answer answer;
        private WritableByteChannel stream;

        LateStream(final Answer answer)
        {
            this.answer = answer;
        }

        @Override
        public int write(final ByteBuffer from) throws IOException
        {
            if (null == stream)
            {
                stream = answer.stream(Request.of(""));
            }
            return stream.write(from);
        }

        @Override
        public boolean isOpen()
        {
            return null == stream || stream.isOpen();
        }

        @Override
        public void close()
        {
            // The connection ends with the answer.
        }
    }
}
