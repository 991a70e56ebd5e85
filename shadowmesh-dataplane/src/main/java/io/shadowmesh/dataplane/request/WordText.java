package io.shadowmesh.dataplane.request;

import java.util.HexFormat;

/** Words as the control socket's lines write them. */
final class WordText
{
    private static final int HEX = 16;
    private static final int DIGITS = 2;

    private WordText()
    {
    }

    static String encode(final String word)
    {
        final StringBuilder text = new StringBuilder(word.length());
        for (int i = 0; i < word.length(); i++)
        {
            final char c = word.charAt(i);
            if (c <= ' ' || '%' == c || '=' == c)
            {
                text.append('%').append(HexFormat.of().toHexDigits((byte)c));
            }
            else
            {
                text.append(c);
            }
        }
        return text.toString();
    }

    static String decode(final String word)
    {
        final StringBuilder text = new StringBuilder(word.length());
        for (int i = 0; i < word.length(); i++)
        {
            final char c = word.charAt(i);
            if ('%' == c)
            {
                text.append(digits(word, i + 1));
                i += DIGITS;
            }
            else
            {
                text.append(c);
            }
        }
        return text.toString();
    }

    private static char digits(final String word, final int from)
    {
        if (from + DIGITS > word.length() || !HexFormat.isHexDigit(word.charAt(from)) ||
            !HexFormat.isHexDigit(word.charAt(from + 1)))
        {
            throw new IllegalArgumentException("'" + word + "': after % there must be two hexadecimal digits");
        }
        return (char)Integer.parseInt(word.substring(from, from + DIGITS), HEX);
    }
}
