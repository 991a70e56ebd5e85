package io.shadowmesh.dataplane.request;

import java.io.IOException;

/** A node has refused a request; the message is the node's own line. */
public final class RequestException extends IOException
{
    private static final long serialVersionUID = 1L;

    RequestException(final String message)
    {
        super(message);
    }
}
