package io.shadowmesh.cli.it;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.TreeMap;

/**
 * Byte strings that must not be on the wire, and the search for them. Each eight bytes in a row count, wherever they
 * begin: that eight bytes of ciphertext are the same by chance happens once in millions of runs.
 */
final class WireSecrets
{
    private final Map<String, long[]> windows = new TreeMap<>();

    /**
     * Adds a secret.
     *
     * @param name  for the report.
     * @param bytes of which any eight in a row give it away.
     */
    void add(final String name, final byte[] bytes)
    {
        final long[] found = new long[bytes.length - Long.BYTES + 1];
        final ByteBuffer buffer = ByteBuffer.wrap(bytes);
        for (int i = 0; i < found.length; i++)
        {
            found[i] = buffer.getLong(i);
        }
        add(name, found);
    }

    /**
     * Adds a secret that is too long for all of its windows to be kept.
     *
     * @param name    for the report.
     * @param samples eight bytes each, as a big-endian number.
     */
    void add(final String name, final long[] samples)
    {
        final long[] sorted = samples.clone();
        Arrays.sort(sorted);
        windows.put(name, sorted);
    }

    /** @return the names of all secrets. */
    Iterable<String> names()
    {
        return windows.keySet();
    }

    /**
     * Searches a file.
     *
     * @param file to search.
     * @return how many windows of each secret are in it; those with none are absent.
     */
    Map<String, Long> search(final Path file)
    {
        try (InputStream in = new BufferedInputStream(Files.newInputStream(file), 1 << 16))
        {
            return search(in);
        }
        catch (final IOException e)
        {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * Searches bytes.
     *
     * @param in to search to its end.
     * @return as {@link #search(Path)}.
     * @throws IOException if it cannot be read.
     */
    Map<String, Long> search(final InputStream in) throws IOException
    {
        final Map<String, Long> found = new TreeMap<>();
        long window = 0;
        int known = 0;
        for (int next = in.read(); next >= 0; next = in.read())
        {
            window = window << Byte.SIZE | next;
            if (++known >= Long.BYTES)
            {
                for (final Map.Entry<String, long[]> secret : windows.entrySet())
                {
                    if (Arrays.binarySearch(secret.getValue(), window) >= 0)
                    {
                        found.merge(secret.getKey(), 1L, Long::sum);
                    }
                }
            }
        }
        return found;
    }
}
