package io.shadowmesh.cli;

import io.shadowmesh.dataplane.request.Request;
import io.shadowmesh.dataplane.request.RequestClient;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.Callable;

/** {@code shadowmesh capture}: records the packets inside a running node's tunnel. */
@Command(name = "capture", sortOptions = false,
    description = "Record the packets inside the tunnel of a running node, in clear text, as pcapng for Wireshark.",
    footer = {"", "It ends with Ctrl-C or at a limit. To look on: shadowmesh capture -w - | wireshark -k -i -"})
final class CaptureCommand implements Callable<Integer>
{
    private static final String STDOUT = "-";
    private static final int PIECE = 256 * 1024;

    @Option(names = {"-w", "-write", "--write"}, paramLabel = "FILE",
        description = "Write to this file, over what is in it; - for standard output, which is the default where that " +
        "is no terminal.")
    private String file;
    @Option(names = {"-c", "-packets", "--packets"}, paramLabel = "COUNT",
        description = "End after so many packets. Default: no such limit.")
    private String packets;
    @Option(names = {"-bytes", "--bytes"}, paramLabel = "SIZE", defaultValue = "100M",
        description = "End before the file is larger than this (${DEFAULT-VALUE}); k, M and G are powers of 1000.")
    private String bytes;
    @Option(names = {"-seconds", "--seconds"}, paramLabel = "SECONDS", defaultValue = "60",
        description = "End after this time (${DEFAULT-VALUE}).")
    private String seconds;
    @Option(names = {"-s", "-snaplen", "--snaplen"}, paramLabel = "BYTES", defaultValue = "65535",
        description = "Keep so much of each packet (${DEFAULT-VALUE}).")
    private String snapLength;
    @Mixin
    private RunningNode node;
    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() throws IOException
    {
        final String name = file == null && System.console() != null && System.console().isTerminal() ? "" :
            file == null ? STDOUT : file;
        if (name.isEmpty())
        {
            throw CommandException.usage("a recording is no text for a terminal: give a file, -w FILE");
        }
        final Request request = request();
        try (RequestClient client = node.ask(request, patience()))
        {
            begin(client);
            try (FileOutputStream standard = name.equals(STDOUT) ? new FileOutputStream(FileDescriptor.out) : null;
                WritableByteChannel out = standard == null ? open(Path.of(name)) : standard.getChannel())
            {
                return record(client, out, name);
            }
        }
    }

    private Request request()
    {
        final Request request = Request.of("capture")
            .with("bytes", QuantityParser.parse("--bytes", bytes, 1, 1_000_000_000_000L))
            .with("seconds", limit())
            .with("snaplen", QuantityParser.parse("--snaplen", snapLength, 1, 65_535));
        return packets == null ? request :
            request.with("packets", QuantityParser.parse("--packets", packets, 1, Long.MAX_VALUE));
    }

    private long limit()
    {
        return QuantityParser.parse("--seconds", seconds, 1, 86_400);
    }

    private Duration patience()
    {
        return Duration.ofSeconds(limit() + 30);
    }

    private static void begin(final RequestClient client)
    {
        try
        {
            while (client.next() != null)
            {
                continue;
            }
        }
        catch (final IOException e)
        {
            throw RunningNode.failed(e);
        }
    }

    private int record(final RequestClient client, final WritableByteChannel out, final String name)
    {
        final Interruption interruption = new Interruption(() -> RunningNode.enough(client));
        spec.commandLine().getErr().println(
            "recording " + node.device() + ", for " + limit() + " s at most; Ctrl-C ends it");
        final CaptureTally tally = new CaptureTally();
        long length = 0;
        int status = CommandException.FAILURE;
        try
        {
            final ByteBuffer piece = ByteBuffer.allocateDirect(PIECE);
            while (client.read(piece) >= 0)
            {
                piece.flip();
                length += piece.remaining();
                tally.add(piece.duplicate());
                write(piece, out, name);
                piece.clear();
            }
            if (!tally.isComplete())
            {
                throw CommandException.failure(
                    "the node ended in the midst of the recording; " + written(tally, length, name));
            }
            spec.commandLine().getErr().println(written(tally, length, name));
            status = 0;
        }
        catch (final IOException e)
        {
            throw RunningNode.failed(e);
        }
        finally
        {
            status = interruption.exit(status);
        }
        return status;
    }

    private static String written(final CaptureTally tally, final long length, final String name)
    {
        return tally.packets() + (tally.packets() == 1 ? " packet, " : " packets, ") + length + " bytes" +
            (name.equals(STDOUT) ? "" : " in " + name) + "; " + tally.missed() + " came too fast and are not in it";
    }

    private static void write(final ByteBuffer piece, final WritableByteChannel out, final String name)
    {
        try
        {
            while (piece.hasRemaining())
            {
                out.write(piece);
            }
        }
        catch (final IOException e)
        {
            throw CommandException.failure(name.equals(STDOUT) ? "standard output was closed: the recording has ended" :
                "cannot write to " + name + ": " + Diagnosis.oneLine(e), e);
        }
    }

    /**
     * A link in its place is not followed: the file may be root's, in a folder of others. A file is replaced by a new one,
     * since the old one may be another's, readable for others, or open already in their hands.
     */
    static FileChannel open(final Path path)
    {
        try
        {
            if (Files.isSymbolicLink(path))
            {
                throw CommandException.failure("-w " + path + " is a symbolic link, which is not followed: name the file");
            }
            if (Files.exists(path, LinkOption.NOFOLLOW_LINKS) && !Files.isRegularFile(path))
            {
                return FileChannel.open(path, StandardOpenOption.WRITE);
            }
            Files.deleteIfExists(path);
            return FileChannel.open(path, Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE),
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        }
        catch (final IOException e)
        {
            throw CommandException.failure("cannot write to " + Diagnosis.oneLine(e), e);
        }
    }
}
