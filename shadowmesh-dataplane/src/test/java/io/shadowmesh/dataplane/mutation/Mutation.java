package io.shadowmesh.dataplane.mutation;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * One guard, and what to write in its place so that it guards nothing.
 *
 * <p>The list is a text file. Blank lines and those that begin with {@code #} mean nothing; the others begin with
 * <pre>
 *  guard:  what it says, and a new entry
 *  test:   a test class that turns red, asked first
 *  in:     the file, below the package's folder
 *  -       a line of the text to find there, exactly once; indentation does not count
 *  +       a line to stand there instead
 * </pre>
 * An entry may change several places, also in several files.
 */
record Mutation(String guard, List<String> tests, List<Edit> edits)
{
    private static final Path LIST = Path.of("src/test/mutations.txt");

    /** Where the files are. */
    static final Path SOURCES = Path.of("src/main/java");

    private static final Path PACKAGE = Path.of("io/shadowmesh/dataplane");

    /** One place to change. */
    record Edit(Path file, List<String> from, List<String> to)
    {
        private String applyTo(final String source)
        {
            final List<String> lines = new ArrayList<>(source.lines().toList());
            final List<Integer> found = new ArrayList<>();
            for (int i = 0; i + from.size() <= lines.size(); i++)
            {
                if (lines.subList(i, i + from.size()).stream().map(String::strip).toList().equals(from))
                {
                    found.add(i);
                }
            }
            if (found.size() != 1)
            {
                throw new IllegalStateException(
                    file + " has " + found.size() + " places instead of one that read: " + String.join(" ", from));
            }
            lines.subList(found.getFirst(), found.getFirst() + from.size()).clear();
            lines.addAll(found.getFirst(), to);
            return String.join("\n", lines) + "\n";
        }
    }

    static List<Mutation> all() throws IOException
    {
        final List<Mutation> all = new ArrayList<>();
        Path file = null;
        boolean isNewEdit = true;
        for (final String line : Files.readAllLines(LIST))
        {
            if (line.startsWith("guard:"))
            {
                all.add(new Mutation(line.substring(6).strip(), new ArrayList<>(), new ArrayList<>()));
            }
            else if (line.startsWith("test:"))
            {
                all.getLast().tests().add(line.substring(5).strip());
            }
            else if (line.startsWith("in:"))
            {
                file = PACKAGE.resolve(line.substring(3).strip());
                isNewEdit = true;
            }
            else if (line.startsWith("-") || line.startsWith("+"))
            {
                final List<Edit> edits = all.getLast().edits();
                final boolean isFrom = line.startsWith("-");
                if (isFrom && isNewEdit)
                {
                    edits.add(new Edit(file, new ArrayList<>(), new ArrayList<>()));
                }
                isNewEdit = !isFrom;
                (isFrom ? edits.getLast().from() : edits.getLast().to()).add(line.substring(1).strip());
            }
            else if (!line.isBlank() && !line.startsWith("#"))
            {
                throw new IllegalStateException(LIST + ": " + line);
            }
        }
        return all;
    }

    /**
     * The files that it touches, changed.
     *
     * @throws IllegalStateException if a place is not found exactly once.
     */
    Map<Path, String> changedSources() throws IOException
    {
        final Map<Path, String> changed = new LinkedHashMap<>();
        for (final Edit edit : edits)
        {
            final String before = changed.containsKey(edit.file()) ?
                changed.get(edit.file()) : Files.readString(SOURCES.resolve(edit.file()));
            changed.put(edit.file(), edit.applyTo(before));
        }
        return changed;
    }

    @Override
    public String toString()
    {
        return guard;
    }
}
