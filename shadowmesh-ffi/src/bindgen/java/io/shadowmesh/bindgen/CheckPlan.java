package io.shadowmesh.bindgen;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/** How a header is checked: the macros and system headers that check.c begins with, and what older ones lack. */
record CheckPlan(List<String> defines, List<String> includes, Set<String> optional)
{
    /**
     * Reads a plan: lines {@code define NAME}, {@code include <header>}, {@code optional CONSTANT}.
     *
     * @param file its name, for refusals.
     * @param text its text.
     * @return the plan.
     * @throws Refusal on any other line.
     */
    static CheckPlan parse(final String file, final String text)
    {
        final CheckPlan plan = new CheckPlan(new ArrayList<>(), new ArrayList<>(), new LinkedHashSet<>());
        int line = 0;
        for (final String content : text.split("\n", -1))
        {
            line++;
            final String[] words = content.replaceFirst("#.*", "").trim().split("\\s+");
            if (words.length == 1 && words[0].isEmpty())
            {
                continue;
            }
            if (words.length != 2)
            {
                throw new Refusal(file, line, "a line is 'define NAME', 'include <header>' or 'optional CONSTANT'");
            }
            switch (words[0])
            {
                case "define" -> plan.defines.add(words[1]);
                case "include" -> plan.includes.add(words[1]);
                case "optional" -> plan.optional.add(words[1]);
                default -> throw new Refusal(file, line, "unknown word '" + words[0] + "'");
            }
        }
        return plan;
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
