package io.shadowmesh.dataplane.status;

import java.util.ArrayList;
import java.util.List;

/** Lines of {@code name=value}; a name may come more than once. */
final class TextLines
{
    private final List<String> lines = new ArrayList<>();

    TextLines()
    {
        super();
    }

    TextLines(final String text)
    {
        text.lines().forEach(lines::add);
    }

    /** Adds a line; what would end it becomes a space. */
    void add(final String name, final String value)
    {
        lines.add(name + "=" + value.replace('\n', ' ').replace('\r', ' '));
    }

    /** The values of a name, in the order of their lines. */
    List<String> all(final String name)
    {
        return lines.stream().filter(line -> line.startsWith(name + "="))
            .map(line -> line.substring(name.length() + 1)).toList();
    }

    /** The first value of a name, or "". */
    String first(final String name)
    {
        final List<String> all = all(name);
        return all.isEmpty() ? "" : all.getFirst();
    }

    /** The first value of a name as a number, or 0. */
    int number(final String name)
    {
        try
        {
            return Integer.parseInt(first(name));
        }
        catch (final NumberFormatException e)
        {
            return 0;
        }
    }

    @Override
    public String toString()
    {
        return lines.isEmpty() ? "" : String.join("\n", lines) + "\n";
    }
}
