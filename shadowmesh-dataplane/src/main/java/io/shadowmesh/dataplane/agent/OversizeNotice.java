package io.shadowmesh.dataplane.agent;

/**
 * Remembers that an oversized frame was sent, so that the control agent can warn of it, at most once a minute, without
 * the send agent ever logging.
 */
final class OversizeNotice
{
    private volatile int payloadLength;

    /** The send agent, for each oversized frame. */
    void onOversized(final int frameLength)
    {
        payloadLength = frameLength;
    }

    /** The control agent: the length of an oversized frame sent since the last call, or 0. */
    int take()
    {
        final int length = payloadLength;
        payloadLength = 0;
        return length;
    }
}
