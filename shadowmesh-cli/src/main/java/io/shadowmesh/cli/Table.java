package io.shadowmesh.cli;

import java.io.PrintWriter;
import java.util.List;

/** Rows of text in columns as wide as they need to be. */
final class Table
{
    private Table()
    {
    }

    static void print(final List<String[]> rows, final PrintWriter out)
    {
        final int[] widths = new int[rows.getFirst().length];
        for (final String[] row : rows)
        {
            for (int i = 0; i < row.length; i++)
            {
                widths[i] = Math.max(widths[i], row[i].length());
            }
        }
        for (final String[] row : rows)
        {
            final StringBuilder line = new StringBuilder();
            for (int i = 0; i < row.length; i++)
            {
                line.append(row[i]).repeat(' ', widths[i] - row[i].length() + 2);
            }
            out.println(line.toString().stripTrailing());
        }
    }
}
