package io.shadowmesh.cli.it.relay;

/** Whether a datagram goes on, or why it does not. */
enum Verdict
{
    FORWARDED("forwarded"),
    /** By an {@link ExactRule}. */
    RULED("ruled"),
    LOST("lost"),
    LOST_IN_BURST("burst"),
    BLACKHOLED("blackholed"),
    /** More than the path's rate and queue take. */
    OVERFLOWED("overflowed"),
    /** From the server, before the client is known. */
    NO_CLIENT("clientless");

    private final String text;

    Verdict(final String text)
    {
        this.text = text;
    }

    String text()
    {
        return text;
    }
}
