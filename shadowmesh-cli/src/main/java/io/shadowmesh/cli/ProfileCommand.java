package io.shadowmesh.cli;

import io.shadowmesh.dataplane.request.Request;
import io.shadowmesh.dataplane.request.RequestClient;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;

/** {@code shadowmesh profile}: what the threads of a running node allocate and compute. */
@Command(name = "profile", sortOptions = false,
    description = "Watch a running node for some seconds, and show what its threads allocate and compute, and where.",
    footer = {"", "Bytes and CPU time are exact; where they come from is sampled by the JDK's flight recorder, whose " +
        "recording -o keeps for JDK Mission Control or the jfr tool."})
final class ProfileCommand implements Callable<Integer>
{
    private static final int PATIENCE_SECONDS = 60;
    private static final int PIECE = 64 * 1024;
    private static final int LONGEST = 3600;

    @Option(names = {"-seconds", "--seconds"}, paramLabel = "SECONDS", defaultValue = "30",
        description = "How long to watch (${DEFAULT-VALUE}); Ctrl-C ends it earlier.")
    private String seconds;
    @Option(names = {"-o", "-output", "--output"}, paramLabel = "FILE",
        description = "Keep the recording in this file, over what is in it.")
    private Path file;
    @Mixin
    private RunningNode node;
    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() throws IOException
    {
        final long time = QuantityParser.parse("--seconds", seconds, 1, LONGEST);
        if (file != null && Files.isSymbolicLink(file))
        {
            throw CommandException.failure("-o " + file + " is a symbolic link, which is not followed: name the file");
        }
        final Path recording = file == null ? Files.createTempFile("shadowmesh-", ".jfr") : file;
        try (RequestClient client =
            node.ask(Request.of("profile").with("seconds", time), Duration.ofSeconds(time + PATIENCE_SECONDS)))
        {
            final Interruption interruption = new Interruption(() -> RunningNode.enough(client));
            int status = CommandException.FAILURE;
            try
            {
                spec.commandLine().getErr().println(
                    "watching " + node.device() + " for " + time + " s; Ctrl-C ends it earlier");
                final List<Request> threads = threads(client);
                write(client, recording);
                new ProfileReport(threads, recording).print(spec.commandLine().getOut());
                if (file != null)
                {
                    spec.commandLine().getErr().println("the recording is in " + file);
                }
                status = 0;
            }
            finally
            {
                if (file == null)
                {
                    Files.deleteIfExists(recording);
                }
                status = interruption.exit(status);
            }
            return status;
        }
    }

    private static List<Request> threads(final RequestClient client)
    {
        final List<Request> threads = new ArrayList<>();
        try
        {
            for (Request line = client.next(); line != null; line = client.next())
            {
                threads.add(line);
            }
            return threads;
        }
        catch (final IOException e)
        {
            throw RunningNode.failed(e);
        }
    }

    private static void write(final RequestClient client, final Path recording) throws IOException
    {
        try (FileChannel out = FileChannel.open(recording,
            Set.of(StandardOpenOption.CREATE, StandardOpenOption.WRITE, StandardOpenOption.TRUNCATE_EXISTING,
                LinkOption.NOFOLLOW_LINKS),
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"))))
        {
            final ByteBuffer piece = ByteBuffer.allocate(PIECE);
            while (client.read(piece.clear()) >= 0)
            {
                piece.flip();
                while (piece.hasRemaining())
                {
                    out.write(piece);
                }
            }
            if (out.size() != client.result().number("bytes"))
            {
                throw CommandException.failure("the node ended in the midst of its answer");
            }
        }
    }
}
