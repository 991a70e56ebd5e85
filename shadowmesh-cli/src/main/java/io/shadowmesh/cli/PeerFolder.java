package io.shadowmesh.cli;

import io.shadowmesh.dataplane.address.IpPrefix;
import io.shadowmesh.dataplane.identity.FolderOwner;
import io.shadowmesh.dataplane.identity.PeerId;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import java.util.function.Consumer;
import java.util.regex.Pattern;

/**
 * The peers of a node: {@code keydir/peers/NAME.toml}, one file each.
 *
 * <p><b>Threading:</b> one thread at a time.
 *
 * <p><b>Errors:</b> everything that is wrong with a file ends as a {@link CommandException} of one line.
 */
final class PeerFolder
{
    private static final String SUFFIX = ".toml";
    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9_][A-Za-z0-9_.-]{0,62}");
    private static final FileAttribute<Set<PosixFilePermission>> OWNER_ONLY =
        PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"));
    private static final FileAttribute<Set<PosixFilePermission>> OWNER_ONLY_FOLDER =
        PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"));

    private final Path folder;
    private final Map<Path, String> named = new TreeMap<>();
    private String loadedStamp = "";

    PeerFolder(final Path keydir)
    {
        this.folder = keydir.resolve("peers");
    }

    /** Where the files are. */
    Path path()
    {
        return folder;
    }

    /** Where the file of a peer is. */
    Path file(final String name)
    {
        return folder.resolve(name + SUFFIX);
    }

    /** All peers, sorted by name; none when there is no folder. */
    List<PeerEntry> load()
    {
        final Set<Path> found = new HashSet<>();
        loadedStamp = folderStamp();
        named.replaceAll((file, stamp) -> stamp(file));
        final List<PeerEntry> entries = read(file ->
        {
            found.add(file);
            named.put(file, stamp(file));
        });
        named.keySet().retainAll(found);
        return entries;
    }

    private List<PeerEntry> read(final Consumer<Path> naming)
    {
        final List<PeerEntry> entries = new ArrayList<>();
        for (final Path file : files())
        {
            final PeerEntry entry = PeerToml.read(file, name(file), naming);
            for (final PeerEntry other : entries)
            {
                if (other.id().equals(entry.id()))
                {
                    throw CommandException.failure(file + ": the same Peer ID as " + file(other.name()) +
                        "; remove one of the two");
                }
            }
            entries.add(entry);
        }
        return entries;
    }

    /**
     * Something that differs when a file has come, gone or changed, here or elsewhere if a peer's file names it: a list of
     * prefixes, a preshared key.
     */
    String stamp()
    {
        final List<String> stamps = new ArrayList<>(List.of(folderStamp()));
        named.keySet().forEach(file -> stamps.add(stamp(file)));
        return String.join("\n", stamps);
    }

    /** What {@link #stamp} was when the files were read by {@link #load}, well or not. */
    String loadedStamp()
    {
        final List<String> stamps = new ArrayList<>(List.of(loadedStamp));
        stamps.addAll(named.values());
        return String.join("\n", stamps);
    }

    private String folderStamp()
    {
        final List<String> stamps = new ArrayList<>();
        if (Files.isDirectory(folder))
        {
            try (DirectoryStream<Path> stream = Files.newDirectoryStream(folder))
            {
                for (final Path file : stream)
                {
                    stamps.add(stamp(file));
                }
            }
            catch (final IOException | DirectoryIteratorException e)
            {
                stamps.add(Diagnosis.oneLine(e));
            }
        }
        stamps.sort(null);
        return String.join("\n", stamps);
    }

    /** With the time of a change to the mode, too: a key that others could read is read once they cannot. */
    private static String stamp(final Path file)
    {
        try
        {
            return file + " " + new TreeMap<>(Files.readAttributes(file, "unix:lastModifiedTime,ctime,size,ino,dev"));
        }
        catch (final NoSuchFileException e)
        {
            return file + " gone";
        }
        catch (final IOException e)
        {
            return Diagnosis.oneLine(e);
        }
    }

    /** Writes a new peer's file, whole or not at all, and never over another. */
    void add(final PeerEntry entry)
    {
        checkName(entry.name());
        for (final PeerEntry other : load())
        {
            if (other.name().equals(entry.name()))
            {
                throw exists(entry.name());
            }
            if (other.id().equals(entry.id()))
            {
                throw CommandException.failure("this Peer ID is already there as '" + other.name() +
                    "'; to change it: shadowmesh peer remove " + other.name() + ", then add it again");
            }
        }
        final String content = PeerToml.write(file(entry.name()), entry);
        try
        {
            if (!Files.isDirectory(folder))
            {
                Files.createDirectories(folder, OWNER_ONLY_FOLDER);
                FolderOwner.give(folder);
            }
            final Path draft = folder.resolve("." + entry.name() + "." + UUID.randomUUID() + ".new");
            try
            {
                writeDraft(draft, content);
                // A hard link appears whole, and fails where the name is taken; a rename would replace it.
                Files.createLink(file(entry.name()), draft);
            }
            finally
            {
                Files.deleteIfExists(draft);
            }
        }
        catch (final FileAlreadyExistsException e)
        {
            throw exists(entry.name());
        }
        catch (final IOException e)
        {
            throw CommandException.failure("cannot write " + file(entry.name()) + ": " + Diagnosis.oneLine(e), e);
        }
    }

    /** Only what this call has made is written to: the folder's owner, who may be another, could put a link there. */
    static void writeDraft(final Path draft, final String content) throws IOException
    {
        try (FileChannel channel =
            FileChannel.open(draft, Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE), OWNER_ONLY))
        {
            final ByteBuffer text = StandardCharsets.UTF_8.encode(content);
            while (text.hasRemaining())
            {
                channel.write(text);
            }
            channel.force(true);
        }
        FolderOwner.give(draft);
    }

    /** Deletes a peer's file. */
    void remove(final String name)
    {
        checkName(name);
        try
        {
            if (!Files.deleteIfExists(file(name)))
            {
                throw CommandException.failure("no peer named '" + name + "' in " + folder +
                    "; shadowmesh peer list shows their names");
            }
        }
        catch (final IOException e)
        {
            throw CommandException.failure("cannot remove " + file(name) + ": " + Diagnosis.oneLine(e), e);
        }
    }

    /** Refuses what cannot be a file's name or would be taken for a Peer ID. */
    static void checkName(final String name)
    {
        if (!NAME.matcher(name).matches())
        {
            throw CommandException.usage("'" + name + "' cannot be a peer's name: use up to 63 letters, digits, " +
                "'_', '-' and '.', beginning with a letter, a digit or '_'");
        }
        if (isPeerId(name))
        {
            throw CommandException.usage("a Peer ID cannot be a peer's name: shadowmesh peer add NAME --id PEER-ID");
        }
    }

    static boolean isPeerId(final String text)
    {
        try
        {
            PeerId.parse(text);
            return true;
        }
        catch (final IllegalArgumentException e)
        {
            return false;
        }
    }

    private CommandException exists(final String name)
    {
        return CommandException.failure(file(name) + " is already there; to replace it: shadowmesh peer remove " +
            name + ", then add it again");
    }

    private List<Path> files()
    {
        final List<Path> files = new ArrayList<>();
        if (Files.isDirectory(folder))
        {
            try (DirectoryStream<Path> stream = Files.newDirectoryStream(folder, "*" + SUFFIX))
            {
                for (final Path file : stream)
                {
                    if (!file.getFileName().toString().startsWith("."))
                    {
                        files.add(file);
                    }
                }
            }
            catch (final IOException | DirectoryIteratorException e)
            {
                throw CommandException.failure("cannot read " + folder + ": " + Diagnosis.oneLine(e), e);
            }
        }
        else if (Files.exists(folder, LinkOption.NOFOLLOW_LINKS))
        {
            throw CommandException.failure(folder + " is not a folder; move it away");
        }
        files.sort(null);
        return files;
    }

    private static String name(final Path file)
    {
        final String full = file.getFileName().toString();
        final String name = full.substring(0, full.length() - SUFFIX.length());
        if (!NAME.matcher(name).matches())
        {
            throw CommandException.failure(file + ": rename it: letters, digits, '_', '-' and '.' make a peer's name");
        }
        return name;
    }

    /** Prefixes as a file and a table show them. */
    static String text(final List<IpPrefix> prefixes, final String separator)
    {
        final List<String> texts = new ArrayList<>();
        prefixes.forEach(prefix -> texts.add(prefix.toString()));
        return String.join(separator, texts);
    }
}
