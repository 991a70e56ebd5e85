package io.shadowmesh.cli.it.relay;

/**
 * A choice of datagrams by direction and kind.
 *
 * <pre>
 *   H    handshake datagrams, in both directions together
 *   >H   those to the server
 *   &lt;M2  parts of M2 to the client
 *   >T0  sealed data to the server
 *   *    every datagram
 * </pre>
 */
record Selection(String text)
{
    Selection
    {
        if (!text.matches("[<>]?(H|\\*|M\\d{1,3}|T[0-9a-f]{1,8})"))
        {
            throw new IllegalArgumentException("not a choice of datagrams such as H, >M1 or <T0: " + text);
        }
    }

    boolean includes(final Direction direction, final int kind)
    {
        final char first = text.charAt(0);
        final boolean either = first != '>' && first != '<';
        if (!either && first != direction.sign())
        {
            return false;
        }
        final String name = either ? text : text.substring(1);
        return switch (name)
        {
            case "*" -> true;
            case "H" -> DatagramKind.isHandshake(kind);
            default -> name.equals(DatagramKind.name(kind));
        };
    }

    @Override
    public String toString()
    {
        return text;
    }
}
