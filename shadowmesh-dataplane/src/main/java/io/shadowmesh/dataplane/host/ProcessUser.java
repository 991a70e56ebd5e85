package io.shadowmesh.dataplane.host;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * The user that this process acts as.
 *
 * <p><b>Source:</b> proc_pid_status(5).
 */
public final class ProcessUser
{
    private static final Path STATUS = Path.of("/proc/self/status");
    private static final String LINE = "Uid:";

    private ProcessUser()
    {
    }

    /**
     * The effective user, whatever the process's files say of their owner.
     *
     * @return the user's number; one past 2<sup>31</sup> is negative, as in the attribute {@code unix:uid} of files.
     * @throws IOException when /proc does not tell.
     */
    public static int effective() throws IOException
    {
        return effective(STATUS);
    }

    /** The second number of the line of the users, after the real one. */
    static int effective(final Path status) throws IOException
    {
        for (final String line : Files.readAllLines(status, StandardCharsets.ISO_8859_1))
        {
            if (line.startsWith(LINE))
            {
                return Integer.parseUnsignedInt(line.split("\\s+")[2]);
            }
        }
        throw new IOException(status + " does not tell the user; mount /proc");
    }
}
