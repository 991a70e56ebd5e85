package io.shadowmesh.bindgen;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What of a header becomes Java, and under which names: the options of a jextract argument file. */
record Selection(
    String file,
    String targetPackage,
    String headerClass,
    Map<String, Integer> functions,
    Map<String, Integer> structs,
    Map<String, Integer> unions,
    Map<String, Integer> typedefs,
    Map<String, Integer> constants)
{
    /**
     * Reads an argument file: options and their values, apart by white space; {@code #} begins a comment.
     *
     * @param file its name, for refusals.
     * @param text its text.
     * @return what it selects.
     * @throws Refusal on an option that bindgen does not know.
     */
    static Selection parse(final String file, final String text)
    {
        String targetPackage = null;
        String headerClass = null;
        final Selection chosen = new Selection(file, null, null, new LinkedHashMap<>(), new LinkedHashMap<>(),
            new LinkedHashMap<>(), new LinkedHashMap<>(), new LinkedHashMap<>());
        final List<Token> words = words(text);
        for (int i = 0; i < words.size(); i += 2)
        {
            final Token option = words.get(i);
            if (i + 1 == words.size())
            {
                throw new Refusal(file, option.line(), option.text() + " needs a value");
            }
            final Token value = words.get(i + 1);
            switch (option.text())
            {
                case "-t", "--target-package" -> targetPackage = value.text();
                case "--header-class-name" -> headerClass = value.text();
                case "--include-function" -> include(file, chosen.functions, value);
                case "--include-struct" -> include(file, chosen.structs, value);
                case "--include-union" -> include(file, chosen.unions, value);
                case "--include-typedef" -> include(file, chosen.typedefs, value);
                case "--include-constant" -> include(file, chosen.constants, value);
                default -> throw new Refusal(file, option.line(), "unknown option " + option.text());
            }
        }
        if (targetPackage == null || headerClass == null)
        {
            throw new Refusal(file, 1, "--target-package and --header-class-name are needed");
        }
        return new Selection(file, targetPackage, headerClass, chosen.functions, chosen.structs, chosen.unions,
            chosen.typedefs, chosen.constants);
    }

    private static List<Token> words(final String text)
    {
        final List<Token> words = new ArrayList<>();
        int line = 0;
        for (final String content : text.split("\n", -1))
        {
            line++;
            for (final String word : content.replaceFirst("#.*", "").trim().split("\\s+"))
            {
                if (!word.isEmpty())
                {
                    words.add(new Token(Token.Kind.IDENTIFIER, word, line, false));
                }
            }
        }
        return words;
    }

    private static void include(final String file, final Map<String, Integer> names, final Token name)
    {
        if (names.put(name.text(), name.line()) != null)
        {
            throw new Refusal(file, name.line(), name.text() + " is included twice");
        }
    }

    /**
     * Holds the header against the selection, both ways: everything selected is declared, everything declared is
     * selected, so that no declaration stays unchecked and unused by mistake.
     *
     * @param header to check.
     * @throws Refusal where the two differ.
     */
    void check(final Header header)
    {
        check(header.file(), "function", functions, lines(header.functions(), Header.Function::line));
        check(header.file(), "struct", structs, lines(header.structs(), CType.Aggregate::line));
        check(header.file(), "union", unions, lines(header.unions(), CType.Aggregate::line));
        check(header.file(), "typedef", typedefs, lines(header.pointers(), Header.Function::line));
        check(header.file(), "constant", constants, lines(header.constants(), Header.Constant::line));
    }

    private void check(
        final String headerFile,
        final String kind,
        final Map<String, Integer> selected,
        final Map<String, Integer> declared)
    {
        selected.forEach((name, line) ->
        {
            if (!declared.containsKey(name))
            {
                throw new Refusal(file, line, kind + " " + name + " is not in " + headerFile);
            }
        });
        declared.forEach((name, line) ->
        {
            if (!selected.containsKey(name))
            {
                throw new Refusal(headerFile, line,
                    kind + " " + name + " is not in " + file + ": add --include-" + kind + " " + name);
            }
        });
    }

    private static <T> Map<String, Integer> lines(
        final Map<String, T> declared,
        final java.util.function.ToIntFunction<T> line)
    {
        final Map<String, Integer> lines = new LinkedHashMap<>();
        declared.forEach((name, value) -> lines.put(name, line.applyAsInt(value)));
        return lines;
    }
}
