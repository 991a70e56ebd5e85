package io.shadowmesh.bindgen;

/** One C token; adjacent when no space or comment stands before it. NEWLINE tokens end the lines. */
record Token(Kind kind, String text, int line, boolean adjacent)
{
    enum Kind
    {
        IDENTIFIER, NUMBER, STRING, CHARACTER, PUNCTUATOR, NEWLINE, END
    }

    boolean is(final String expected)
    {
        return (kind == Kind.PUNCTUATOR || kind == Kind.IDENTIFIER) && text.equals(expected);
    }

    boolean isIdentifier()
    {
        return kind == Kind.IDENTIFIER;
    }

    @Override
    public String toString()
    {
        return switch (kind)
        {
            case NEWLINE -> "end of line";
            case END -> "end of file";
            default -> "'" + text + "'";
        };
    }
}
