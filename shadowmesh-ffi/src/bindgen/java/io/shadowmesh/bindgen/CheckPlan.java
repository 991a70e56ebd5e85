package io.shadowmesh.bindgen;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * How a header is checked: the macros and system headers that check.c begins with, what older ones lack, and what they
 * have under another name.
 *
 * @param defines       macros to define first.
 * @param includes      the system's headers.
 * @param optional      constants that older headers lack.
 * @param architectures where these headers exist; empty for everywhere.
 * @param same          what the header calls by another name: our name, and the C expression that it is.
 * @param atLeast       constants that may exceed a C expression, and that expression: room for something.
 */
record CheckPlan(
    List<String> defines,
    List<String> includes,
    Set<String> optional,
    Set<String> architectures,
    Map<String, String> same,
    Map<String, String> atLeast)
{
    private static final String FORMS = "a line is 'define NAME', 'include <header>', 'optional CONSTANT', " +
        "'only ARCHITECTURE', 'same NAME EXPRESSION' or 'atleast CONSTANT EXPRESSION'";

    /**
     * Reads a plan.
     *
     * @param file its name, for refusals.
     * @param text its text.
     * @return the plan.
     * @throws Refusal on a line of another form.
     */
    static CheckPlan parse(final String file, final String text)
    {
        final CheckPlan plan = new CheckPlan(new ArrayList<>(), new ArrayList<>(), new LinkedHashSet<>(),
            new LinkedHashSet<>(), new LinkedHashMap<>(), new LinkedHashMap<>());
        int line = 0;
        for (final String content : text.split("\n", -1))
        {
            line++;
            final String[] words = content.replaceFirst("#.*", "").trim().split("\\s+", 3);
            if (words.length == 1 && words[0].isEmpty())
            {
                continue;
            }
            final boolean named = words[0].equals("same") || words[0].equals("atleast");
            if (words.length != (named ? 3 : 2))
            {
                throw new Refusal(file, line, FORMS);
            }
            switch (words[0])
            {
                case "define" -> plan.defines.add(words[1]);
                case "include" -> plan.includes.add(words[1]);
                case "optional" -> plan.optional.add(words[1]);
                case "only" -> plan.architectures.add(words[1]);
                case "same" -> plan.same.put(words[1], words[2]);
                case "atleast" -> plan.atLeast.put(words[1], words[2]);
                default -> throw new Refusal(file, line, "unknown word '" + words[0] + "'");
            }
        }
        return plan;
    }

    /** Whether an architecture has these headers at all. */
    boolean isFor(final String architecture)
    {
        return architectures.isEmpty() || architectures.contains(architecture);
    }

    /** The C text that includes the system's headers. */
    String preamble()
    {
        final StringBuilder c = new StringBuilder();
        defines.forEach(name -> c.append("#define ").append(name).append(" 1\n"));
        includes.forEach(name -> c.append("#include ").append(name).append('\n'));
        return c.toString();
    }
}
