package io.shadowmesh.bindgen;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/** A folder that holds generated sources and nothing else. Files whose text stays the same keep their times. */
final class OutputFolder
{
    private OutputFolder()
    {
    }

    /**
     * Makes the folder hold exactly these files.
     *
     * @param folder  to write to.
     * @param sources text by path within the folder.
     * @throws IOException as the file system has it.
     */
    static void write(final Path folder, final Map<String, String> sources) throws IOException
    {
        for (final Map.Entry<String, String> source : sources.entrySet())
        {
            writeIfChanged(folder.resolve(source.getKey()), source.getValue());
        }
        for (final String present : read(folder).keySet())
        {
            if (!sources.containsKey(present))
            {
                Files.delete(folder.resolve(present));
            }
        }
    }

    /** All files of a folder by their paths within it, with '/' between names. */
    static Map<String, String> read(final Path folder) throws IOException
    {
        final List<Path> files;
        try (Stream<Path> walk = Files.walk(folder))
        {
            files = walk.filter(Files::isRegularFile).toList();
        }
        final Map<String, String> texts = new TreeMap<>();
        for (final Path file : files)
        {
            texts.put(folder.relativize(file).toString().replace('\\', '/'), Files.readString(file));
        }
        return texts;
    }

    static void delete(final Path folder) throws IOException
    {
        final List<Path> all;
        try (Stream<Path> walk = Files.walk(folder))
        {
            all = walk.sorted(Comparator.reverseOrder()).toList();
        }
        for (final Path path : all)
        {
            Files.delete(path);
        }
    }

    static void writeIfChanged(final Path file, final String text) throws IOException
    {
        if (Files.exists(file) && Files.readString(file).equals(text))
        {
            return;
        }
        Files.createDirectories(file.getParent());
        Files.writeString(file, text);
    }
}
