package io.shadowmesh.cli;

import java.util.Locale;

/**
 * Writes one JSON value, member by member. Names are null for the elements of an array and for the outermost value.
 *
 * <p><b>Source:</b> RFC 8259.
 */
public final class JsonWriter
{
    private static final String UNKNOWN = "null";

    private final StringBuilder text = new StringBuilder();
    private final boolean isIndented;
    private int depth;
    private boolean first = true;

    private JsonWriter(final boolean isIndented)
    {
        this.isIndented = isIndented;
    }

    /**
     * A writer that gives each member a line of its own.
     *
     * @return a new one.
     */
    public static JsonWriter indented()
    {
        return new JsonWriter(true);
    }

    /**
     * A writer that puts everything on one line.
     *
     * @return a new one.
     */
    public static JsonWriter onOneLine()
    {
        return new JsonWriter(false);
    }

    /**
     * A JSON string. Source: RFC 8259, section 7.
     *
     * @param text to quote.
     * @return it in quotation marks, with quotation marks, backslashes and control characters escaped.
     */
    public static String quoted(final String text)
    {
        final StringBuilder json = new StringBuilder(text.length() + 2).append('"');
        for (int i = 0; i < text.length(); i++)
        {
            final char c = text.charAt(i);
            switch (c)
            {
                case '"', '\\' -> json.append('\\').append(c);
                case '\n' -> json.append("\\n");
                case '\r' -> json.append("\\r");
                case '\t' -> json.append("\\t");
                default ->
                {
                    if (c < ' ')
                    {
                        json.append("\\u00").append((char)('0' + (c >> 4))).append(Character.forDigit(c & 15, 16));
                    }
                    else
                    {
                        json.append(c);
                    }
                }
            }
        }
        return json.append('"').toString();
    }

    /**
     * Begins an object or an array.
     *
     * @param name    of it.
     * @param bracket that opens it.
     * @return this.
     */
    public JsonWriter begin(final String name, final char bracket)
    {
        next(name);
        text.append(bracket);
        depth++;
        first = true;
        return this;
    }

    /**
     * Ends the object or the array that was begun last.
     *
     * @param bracket that closes it.
     * @return this.
     */
    public JsonWriter end(final char bracket)
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

    /**
     * Writes a string.
     *
     * @param name  of it.
     * @param value or null where it is unknown.
     * @return this.
     */
    public JsonWriter text(final String name, final String value)
    {
        return raw(name, value == null ? null : quoted(value));
    }

    /**
     * Writes a whole number.
     *
     * @param name  of it.
     * @param value to write.
     * @return this.
     */
    public JsonWriter number(final String name, final long value)
    {
        return raw(name, Long.toString(value));
    }

    /**
     * Writes a number with a fraction.
     *
     * @param name   of it.
     * @param value  to write.
     * @param digits of the fraction.
     * @return this.
     */
    public JsonWriter number(final String name, final double value, final int digits)
    {
        return raw(name, String.format(Locale.ROOT, "%." + digits + "f", value));
    }

    /**
     * Writes a truth value.
     *
     * @param name  of it.
     * @param value to write.
     * @return this.
     */
    public JsonWriter flag(final String name, final boolean value)
    {
        return raw(name, Boolean.toString(value));
    }

    /**
     * Writes what is JSON already, such as a number.
     *
     * @param name  of it.
     * @param value to write, or null where it is unknown.
     * @return this.
     */
    public JsonWriter raw(final String name, final String value)
    {
        next(name);
        text.append(value == null ? UNKNOWN : value);
        return this;
    }

    /**
     * All that was written, without the end of its last line.
     */
    @Override
    public String toString()
    {
        return text.toString();
    }

    private void next(final String name)
    {
        if (!first)
        {
            text.append(isIndented ? "," : ", ");
        }
        if (depth > 0)
        {
            indent();
        }
        first = false;
        if (name != null)
        {
            text.append(quoted(name)).append(": ");
        }
    }

    private void indent()
    {
        if (isIndented)
        {
            text.append('\n').repeat(' ', 2 * depth);
        }
    }
}
