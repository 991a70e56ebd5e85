package io.shadowmesh.bindgen;

import java.util.ArrayList;
import java.util.List;

/** Turns C text into tokens: comments vanish, continued lines are joined, line ends stay as tokens. */
final class Tokenizer
{
    private static final String[] PUNCTUATORS = {
        "...", "<<=", ">>=", "<<", ">>", "<=", ">=", "==", "!=", "&&", "||", "->", "++", "--", "##"};

    private final String file;
    private final String text;
    private final List<Token> tokens = new ArrayList<>();
    private int at;
    private int lastEnd = -1;
    private int line = 1;

    private Tokenizer(final String file, final String text)
    {
        this.file = file;
        this.text = text;
    }

    static List<Token> tokenize(final String file, final String text)
    {
        return new Tokenizer(file, text).run();
    }

    private List<Token> run()
    {
        while (at < text.length())
        {
            final char c = text.charAt(at);
            if (c == '\n')
            {
                add(Token.Kind.NEWLINE, at, at + 1);
                line++;
            }
            else if (c == ' ' || c == '\t' || c == '\r')
            {
                at++;
            }
            else if (c == '\\' && isLineEnd(at + 1))
            {
                at = text.indexOf('\n', at) + 1;
                line++;
            }
            else if (text.startsWith("//", at))
            {
                lineComment();
            }
            else if (text.startsWith("/*", at))
            {
                blockComment();
            }
            else
            {
                token(c);
            }
        }
        tokens.add(new Token(Token.Kind.NEWLINE, "\n", line, false));
        tokens.add(new Token(Token.Kind.END, "", line, false));
        return tokens;
    }

    private boolean isLineEnd(final int index)
    {
        return text.startsWith("\n", index) || text.startsWith("\r\n", index);
    }

    private void lineComment()
    {
        while (at < text.length() && text.charAt(at) != '\n')
        {
            at++;
        }
    }

    private void blockComment()
    {
        final int end = text.indexOf("*/", at + 2);
        if (end < 0)
        {
            throw new Refusal(file, line, "comment is not closed");
        }
        for (; at < end + 2; at++)
        {
            if (text.charAt(at) == '\n')
            {
                line++;
            }
        }
    }

    private void token(final char c)
    {
        if (isWordStart(c))
        {
            add(Token.Kind.IDENTIFIER, at, wordEnd(at));
        }
        else if (c >= '0' && c <= '9' || c == '.' && at + 1 < text.length() && Character.isDigit(text.charAt(at + 1)))
        {
            add(Token.Kind.NUMBER, at, numberEnd(at));
        }
        else if (c == '"' || c == '\'')
        {
            add(c == '"' ? Token.Kind.STRING : Token.Kind.CHARACTER, at, quotedEnd(c));
        }
        else
        {
            add(Token.Kind.PUNCTUATOR, at, punctuatorEnd(c));
        }
    }

    private void add(final Token.Kind kind, final int from, final int to)
    {
        tokens.add(new Token(kind, text.substring(from, to), line, from == lastEnd));
        at = to;
        lastEnd = to;
    }

    private static boolean isWordStart(final char c)
    {
        return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c == '_';
    }

    private int wordEnd(final int from)
    {
        int end = from;
        while (end < text.length() && (isWordStart(text.charAt(end)) || Character.isDigit(text.charAt(end))))
        {
            end++;
        }
        return end;
    }

    private int numberEnd(final int from)
    {
        int end = from;
        while (end < text.length() && (isWordStart(text.charAt(end)) || Character.isDigit(text.charAt(end)) ||
            text.charAt(end) == '.'))
        {
            end++;
        }
        return end;
    }

    private int quotedEnd(final char quote)
    {
        int end = at + 1;
        while (end < text.length() && text.charAt(end) != quote && text.charAt(end) != '\n')
        {
            end += text.charAt(end) == '\\' ? 2 : 1;
        }
        if (end >= text.length() || text.charAt(end) != quote)
        {
            throw new Refusal(file, line, "literal is not closed");
        }
        return end + 1;
    }

    private int punctuatorEnd(final char c)
    {
        for (final String punctuator : PUNCTUATORS)
        {
            if (text.startsWith(punctuator, at))
            {
                return at + punctuator.length();
            }
        }
        if ("{}[]()<>;,:?=+-*/%&|^~!.#".indexOf(c) < 0)
        {
            throw new Refusal(file, line, "unexpected character '" + c + "'");
        }
        return at + 1;
    }
}
