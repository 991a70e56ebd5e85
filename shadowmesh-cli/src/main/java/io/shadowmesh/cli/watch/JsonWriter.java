package io.shadowmesh.cli.watch;

import io.shadowmesh.cli.JsonText;

/** Writes JSON, indented. Source: RFC 8259. */
final class JsonWriter
{
    private final StringBuilder text = new StringBuilder();
    private int depth;
    private boolean first = true;

    JsonWriter begin(final String name, final char bracket)
    {
        next(name);
        text.append(bracket);
        depth++;
        first = true;
        return this;
    }

    JsonWriter end(final char bracket)
    {
        depth--;
        if (!first)
        {
            indent();
        }
        text.append(bracket);
        first = false;
        return this;
    }

    JsonWriter text(final String name, final String value)
    {
        return raw(name, value == null ? "null" : JsonText.quoted(value));
    }

    JsonWriter number(final String name, final long value)
    {
        return raw(name, Long.toString(value));
    }

    JsonWriter flag(final String name, final boolean value)
    {
        return raw(name, Boolean.toString(value));
    }

    /** A number that is written already, or null where it is unknown. */
    JsonWriter raw(final String name, final String value)
    {
        next(name);
        text.append(value);
        return this;
    }

    @Override
    public String toString()
    {
        return text + "\n";
    }

    private void next(final String name)
    {
        if (!first)
        {
            text.append(',');
        }
        if (depth > 0)
        {
            indent();
        }
        first = false;
        if (name != null)
        {
            text.append(JsonText.quoted(name)).append(": ");
        }
    }

    private void indent()
    {
        text.append('\n').repeat(' ', 2 * depth);
    }
}
