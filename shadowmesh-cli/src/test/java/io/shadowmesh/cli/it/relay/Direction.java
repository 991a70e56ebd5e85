package io.shadowmesh.cli.it.relay;

/** Which way a datagram goes. */
public enum Direction
{
    /** From the client, on whose side the relay's fixed address is, to the server. */
    TO_SERVER('>'),

    /** From the server to the client. */
    TO_CLIENT('<');

    private final char sign;

    Direction(final char sign)
    {
        this.sign = sign;
    }

    /**
     * The sign that stands for it in plans and counts.
     *
     * @return {@code >} or {@code <}.
     */
    public char sign()
    {
        return sign;
    }
}
