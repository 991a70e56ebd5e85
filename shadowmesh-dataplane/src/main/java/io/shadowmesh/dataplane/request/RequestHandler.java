package io.shadowmesh.dataplane.request;

import java.io.IOException;

/**
 * Does what one kind of request asks for.
 */
@FunctionalInterface
public interface RequestHandler
{
    /**
     * Answers a request, on a thread of its own.
     *
     * @param request to answer.
     * @param answer  to write to. When nothing final has been written at the end, {@code ok} is.
     * @throws IOException              when the client has gone or does not take its answer, or when what it asked for
     *                                  cannot be had; the client, if there, is told the message.
     * @throws IllegalArgumentException when the request is wrong; the client is told the message.
     * @throws IllegalStateException    when it cannot be done now; the client is told the message.
     * @throws InterruptedException     when the socket is closed meanwhile.
     */
    void answer(Request request, Answer answer) throws IOException, InterruptedException;
}
