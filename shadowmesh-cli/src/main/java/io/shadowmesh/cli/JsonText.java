package io.shadowmesh.cli;

/** Text as JSON writes it. Source: RFC 8259, section 7. */
public final class JsonText
{
    private JsonText()
    {
    }

    /**
     * A JSON string.
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
}
