package io.shadowmesh.cli;

import picocli.CommandLine;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/** Finds the word that a mistyped one was meant to be. */
final class Spelling
{
    private static final int LETTERS_PER_MISTAKE = 3;

    private Spelling()
    {
    }

    /** The option or command that differs from a word in a third of its letters at most. */
    static Optional<String> nearest(final String word, final CommandLine line)
    {
        final List<String> names = new ArrayList<>(line.getSubcommands().keySet());
        line.getCommandSpec().options().stream().filter(option -> !option.hidden())
            .forEach(option -> names.addAll(List.of(option.names())));
        final String bare = word.indexOf('=') < 0 ? word : word.substring(0, word.indexOf('='));
        return names.stream().filter(name -> isOption(name) == isOption(word))
            .filter(name -> mistakes(bare, name) <= letters(bare) / LETTERS_PER_MISTAKE)
            .min(Comparator.comparingInt(name -> mistakes(bare, name)));
    }

    private static boolean isOption(final String name)
    {
        return name.startsWith("-");
    }

    private static int letters(final String name)
    {
        return (int)name.chars().filter(c -> c != '-').count();
    }

    /** How many letters to insert, delete, replace or swap with their neighbour (optimal string alignment). */
    static int mistakes(final String one, final String other)
    {
        final int[][] table = new int[one.length() + 1][other.length() + 1];
        for (int i = 0; i <= one.length(); i++)
        {
            for (int j = 0; j <= other.length(); j++)
            {
                table[i][j] = i == 0 || j == 0 ? i + j : Math.min(
                    table[i - 1][j - 1] + (one.charAt(i - 1) == other.charAt(j - 1) ? 0 : 1),
                    1 + Math.min(table[i - 1][j], table[i][j - 1]));
                if (i > 1 && j > 1 && one.charAt(i - 1) == other.charAt(j - 2) &&
                    one.charAt(i - 2) == other.charAt(j - 1))
                {
                    table[i][j] = Math.min(table[i][j], table[i - 2][j - 2] + 1);
                }
            }
        }
        return table[one.length()][other.length()];
    }
}
