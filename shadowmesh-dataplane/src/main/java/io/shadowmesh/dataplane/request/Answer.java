package io.shadowmesh.dataplane.request;

import java.io.IOException;
import java.nio.channels.WritableByteChannel;

/**
 * What goes back to the client of one request.
 *
 * <p><b>Threading:</b> the thread that the request is answered on.
 */
public final class Answer
{
    private static final String OK = "ok";
    private static final String STREAM = "stream";

    private final Connection connection;
    private boolean done;

    Answer(final Connection connection)
    {
        this.connection = connection;
    }

    /**
     * Sends a line that is not the last.
     *
     * @param line to send.
     * @throws IOException when the client has gone or does not take it in time.
     */
    public void line(final Request line) throws IOException
    {
        connection.writeLine(line.toString());
    }

    /**
     * Sends the last line: what was asked for has been done.
     *
     * @param result to add to it; its name is not sent.
     * @throws IOException when the client has gone or does not take it in time.
     */
    public void ok(final Request result) throws IOException
    {
        done = true;
        connection.writeLine(new Request(OK, result.words(), result.values()).toString());
    }

    /**
     * Says that bytes follow, up to the end of the connection.
     *
     * @param about to add to the line that says so; its name is not sent.
     * @return where to write them; each write goes whole or throws.
     * @throws IOException when the client has gone or does not take it in time.
     */
    public WritableByteChannel stream(final Request about) throws IOException
    {
        done = true;
        connection.writeLine(new Request(STREAM, about.words(), about.values()).toString());
        return connection;
    }

    /**
     * Tells whether the client has closed its connection, and wants no answer any more.
     *
     * @return true if it has.
     */
    public boolean isUnwanted()
    {
        return connection.isClosedByClient();
    }

    boolean isDone()
    {
        return done;
    }
}
