package io.shadowmesh.cli.doctor;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;

/** The file that TUN devices are made by. */
public final class TunFileCheck implements Check
{
    private static final String CHECK = "/dev/net/tun";

    private final Path file;

    /** Looks at this machine's. */
    public TunFileCheck()
    {
        this(Path.of(CHECK));
    }

    TunFileCheck(final Path file)
    {
        this.file = file;
    }

    @Override
    public List<Finding> run()
    {
        if (!Files.exists(file))
        {
            return List.of(Finding.problem(CHECK, "there is none",
                "load the module (modprobe tun); in a container, start it with --device /dev/net/tun"));
        }
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE))
        {
            return List.of(Finding.ok(CHECK, channel.isOpen() ? "can be opened" : "is there"));
        }
        catch (final AccessDeniedException e)
        {
            return List.of(Finding.problem(CHECK, "may not be opened by this user", "run as root, or chmod 666 " + file));
        }
        catch (final IOException e)
        {
            return List.of(Finding.problem(CHECK, "cannot be opened (" + e.getMessage() + ")",
                "the kernel lacks CONFIG_TUN, or a container's device rules forbid it"));
        }
    }
}
