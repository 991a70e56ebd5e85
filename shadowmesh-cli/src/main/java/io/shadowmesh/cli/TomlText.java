package io.shadowmesh.cli;

/** Strings as TOML writes them. */
final class TomlText
{
    private TomlText()
    {
    }

    /** A basic string, in quotes. */
    static String quoted(final String text)
    {
        final StringBuilder quoted = new StringBuilder().append('"');
        for (int i = 0; i < text.length(); i++)
        {
            final char c = text.charAt(i);
            if (c == '"' || c == '\\')
            {
                quoted.append('\\').append(c);
            }
            else if (c < ' ' || c == 0x7f)
            {
                quoted.append(String.format("\\u%04x", (int)c));
            }
            else
            {
                quoted.append(c);
            }
        }
        return quoted.append('"').toString();
    }
}
