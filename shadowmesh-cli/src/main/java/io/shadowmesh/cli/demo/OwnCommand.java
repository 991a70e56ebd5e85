package io.shadowmesh.cli.demo;

import io.shadowmesh.cli.CommandException;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** The command line that runs this program: the same JVM, flags and jars, whichever way it was started. */
final class OwnCommand
{
    private static final Path COMMAND_LINE = Path.of("/proc/self/cmdline");

    private final List<String> words;

    private OwnCommand(final List<String> words)
    {
        this.words = words;
    }

    /**
     * Reads this process's command line and takes the program's own arguments off its end.
     *
     * @param arguments how many they are.
     */
    static OwnCommand read(final int arguments) throws IOException
    {
        final List<String> words = split(Files.readAllBytes(COMMAND_LINE));
        if (words.size() <= arguments)
        {
            throw CommandException.failure("cannot tell how this program was started; start it by bin/shadowmesh");
        }
        final List<String> own = new ArrayList<>(words.subList(0, words.size() - arguments));
        final Path java = Path.of(System.getProperty("java.home"), "bin", "java");
        if (Files.isExecutable(java))
        {
            own.set(0, java.toString());
        }
        return new OwnCommand(own);
    }

    static List<String> split(final byte[] commandLine)
    {
        final List<String> words = new ArrayList<>();
        int start = 0;
        for (int i = 0; i < commandLine.length; i++)
        {
            if (commandLine[i] == 0)
            {
                words.add(new String(commandLine, start, i - start, StandardCharsets.UTF_8));
                start = i + 1;
            }
        }
        return words;
    }

    /** The command line with other arguments. */
    List<String> with(final List<String> arguments)
    {
        final List<String> all = new ArrayList<>(words);
        all.addAll(arguments);
        return all;
    }
}
