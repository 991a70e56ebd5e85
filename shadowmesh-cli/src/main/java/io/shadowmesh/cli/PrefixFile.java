package io.shadowmesh.cli;

import io.shadowmesh.dataplane.address.IpPrefix;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.MalformedInputException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Collection;

/**
 * A text of prefixes, for a peer that has too many for its own file: one CIDR a line; {@code #} begins a comment.
 *
 * <p><b>Errors:</b> everything that is wrong with it ends as a {@link CommandException} of one line.
 */
final class PrefixFile
{
    private static final long MAX_LENGTH = 64L << 20;

    private PrefixFile()
    {
    }

    /** Adds a file's prefixes, without their host bits. */
    static void read(final Path file, final Collection<IpPrefix> prefixes)
    {
        try
        {
            PeerToml.requireRegular(file);
            if (Files.size(file) > MAX_LENGTH)
            {
                throw CommandException.failure(file + ": too long for a list of prefixes");
            }
            try (BufferedReader reader = Files.newBufferedReader(file))
            {
                int number = 0;
                for (String line = reader.readLine(); line != null; line = reader.readLine())
                {
                    number++;
                    final int comment = line.indexOf('#');
                    final String cidr = (comment < 0 ? line : line.substring(0, comment)).strip();
                    if (!cidr.isEmpty())
                    {
                        prefixes.add(prefix(file, number, cidr));
                    }
                }
            }
        }
        catch (final MalformedInputException e)
        {
            throw CommandException.failure(file + ": not UTF-8 text", e);
        }
        catch (final NoSuchFileException e)
        {
            throw CommandException.failure(file + ": not there; allowed_ips_file names it", e);
        }
        catch (final IOException e)
        {
            throw CommandException.failure("cannot read " + file + ": " + Diagnosis.oneLine(e), e);
        }
    }

    private static IpPrefix prefix(final Path file, final int line, final String cidr)
    {
        try
        {
            return IpPrefix.parse(cidr).network();
        }
        catch (final IllegalArgumentException e)
        {
            throw CommandException.failure(file + ":" + line + ": " + e.getMessage());
        }
    }
}
