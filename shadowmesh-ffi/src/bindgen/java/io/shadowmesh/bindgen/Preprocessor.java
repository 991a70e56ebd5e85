package io.shadowmesh.bindgen;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Sorts a header's lines: constants ({@code #define NAME expression}) here, declarations there. */
final class Preprocessor
{
    /** One {@code #define} with a value. */
    record Macro(String name, int line, List<Token> body)
    {
    }

    private final String file;
    private final List<Token> tokens;
    private final Map<String, Macro> macros = new LinkedHashMap<>();
    private final List<Token> declarations = new ArrayList<>();
    private String guard;
    private boolean guardDefined;
    private boolean guardClosed;
    private int at;

    private Preprocessor(final String file, final List<Token> tokens)
    {
        this.file = file;
        this.tokens = tokens;
    }

    static Preprocessor read(final String file, final String text)
    {
        final Preprocessor preprocessor = new Preprocessor(file, Tokenizer.tokenize(file, text));
        preprocessor.run();
        return preprocessor;
    }

    Map<String, Macro> macros()
    {
        return macros;
    }

    /** All tokens outside directives, without line ends, closed by one END. */
    List<Token> declarations()
    {
        return declarations;
    }

    private void run()
    {
        boolean lineStart = true;
        while (tokens.get(at).kind() != Token.Kind.END)
        {
            final Token token = tokens.get(at);
            if (lineStart && token.is("#"))
            {
                directive(line());
                continue;
            }
            lineStart = token.kind() == Token.Kind.NEWLINE;
            if (!lineStart)
            {
                declaration(token);
            }
            at++;
        }
        if (guard != null && !guardClosed)
        {
            throw refusal(tokens.get(at), "the include guard is not closed by #endif");
        }
        declarations.add(tokens.get(at));
    }

    private void declaration(final Token token)
    {
        if (guardClosed)
        {
            throw refusal(token, "declaration after the include guard's #endif");
        }
        if (macros.containsKey(token.text()) && token.isIdentifier())
        {
            final Macro macro = macros.get(token.text());
            if (macro.body().stream().anyMatch(Token::isIdentifier))
            {
                throw refusal(token, "macro " + token.text() + " used in a declaration is not a plain number");
            }
            macro.body().forEach(t -> declarations.add(new Token(t.kind(), t.text(), token.line(), false)));
            return;
        }
        declarations.add(token);
    }

    /** The tokens of the directive at hand, '#' and line end left out; moves past the line. */
    private List<Token> line()
    {
        final List<Token> line = new ArrayList<>();
        at++;
        while (tokens.get(at).kind() != Token.Kind.NEWLINE)
        {
            line.add(tokens.get(at++));
        }
        line.add(tokens.get(at++));
        return line;
    }

    private void directive(final List<Token> line)
    {
        final Token name = line.get(0);
        switch (name.text())
        {
            case "define" -> define(line);
            case "ifndef" -> openGuard(line);
            case "endif" -> closeGuard(name);
            case "include" -> throw refusal(name, "#include is not supported: the header must be self-contained");
            case "\n" ->
            {
                // a lone '#' is an empty directive
            }
            default -> throw refusal(name, "#" + name.text() + " is not supported");
        }
    }

    private void openGuard(final List<Token> line)
    {
        if (guard != null || !declarations.isEmpty() || !macros.isEmpty() || line.size() != 3)
        {
            throw refusal(line.get(0), "#ifndef is supported as the include guard alone");
        }
        guard = line.get(1).text();
    }

    private void closeGuard(final Token name)
    {
        if (guard == null || guardClosed)
        {
            throw refusal(name, "#endif without the include guard's #ifndef");
        }
        guardClosed = true;
    }

    private void define(final List<Token> line)
    {
        final Token name = line.get(1);
        if (!name.isIdentifier())
        {
            throw refusal(name, "#define needs a name, not " + name);
        }
        final List<Token> body = List.copyOf(line.subList(2, line.size() - 1));
        if (body.isEmpty())
        {
            if (!name.text().equals(guard) || guardDefined)
            {
                throw refusal(name, "#define " + name.text() + " has no value");
            }
            guardDefined = true;
            return;
        }
        if (isFunctionLike(body))
        {
            throw refusal(name, "macro " + name.text() + " with parameters is not supported");
        }
        if (guardClosed)
        {
            throw refusal(name, "#define after the include guard's #endif");
        }
        if (macros.put(name.text(), new Macro(name.text(), name.line(), body)) != null)
        {
            throw refusal(name, name.text() + " is defined twice");
        }
    }

    /** Parameters follow the name without a space, a value in parentheses follows with one. */
    private static boolean isFunctionLike(final List<Token> body)
    {
        return body.get(0).is("(") && body.get(0).adjacent();
    }

    private Refusal refusal(final Token token, final String reason)
    {
        return new Refusal(file, token.line(), reason);
    }
}
