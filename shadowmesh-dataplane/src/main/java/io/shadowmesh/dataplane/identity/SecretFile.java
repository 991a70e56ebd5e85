package io.shadowmesh.dataplane.identity;

import io.shadowmesh.dataplane.host.ProcessUser;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Map;
import java.util.Set;

/**
 * A file with a secret in it, readable by its owner alone: it is written whole or not at all, never over another, and
 * not read where somebody else could have read or put it.
 *
 * <p><b>Errors:</b> every {@link IOException} has a message of one line that says what to do, but for
 * {@link NoSuchFileException} and {@link FileAlreadyExistsException}, which are the caller's to put in words.
 */
final class SecretFile
{
    private static final int GROUP_AND_OTHERS = 0077;

    private final Path path;
    private final Path folder;
    private final String otherwise;

    /** The remedy where nothing else helps is half a sentence, such as {@code give another -keydir}. */
    SecretFile(final Path path, final String otherwise)
    {
        this.path = path;
        this.folder = null == path.getParent() ? Path.of("") : path.getParent();
        this.otherwise = otherwise;
    }

    /** Makes the folder that the file is in (0700) if there is none. */
    void makeFolder() throws IOException
    {
        try
        {
            if (!Files.isDirectory(folder))
            {
                Files.createDirectories(folder, permissions("rwx------"));
            }
        }
        catch (final FileSystemException ex)
        {
            throw new IOException("cannot make the folder " + folder + ": " + reason(ex) + "; " + otherwise, ex);
        }
    }

    /** Writes the file (0600). */
    void write(final byte[] text) throws IOException
    {
        try
        {
            writeWhole(text);
        }
        catch (final FileAlreadyExistsException ex)
        {
            throw ex;
        }
        catch (final FileSystemException ex)
        {
            throw new IOException("cannot write " + path + ": " + reason(ex) + "; " + otherwise, ex);
        }
        catch (final IOException ex)
        {
            throw new IOException("cannot write " + path + ": " + ex.getMessage() + "; " + otherwise, ex);
        }
    }

    /** Reads the file; of one that is longer than it should be, one byte more. */
    byte[] read(final int length) throws IOException
    {
        try
        {
            return readChecked(length + 1);
        }
        catch (final NoSuchFileException ex)
        {
            throw ex;
        }
        catch (final AccessDeniedException ex)
        {
            throw new IOException("cannot read " + path + ": permission denied; run as the user that owns it", ex);
        }
        catch (final FileSystemException ex)
        {
            throw new IOException("cannot read " + path + ": " + reason(ex) + "; " + otherwise, ex);
        }
    }

    /** A temporary file beside it, synced, then a hard link, which fails where the name is taken. */
    private void writeWhole(final byte[] text) throws IOException
    {
        final byte[] suffix = new byte[8];
        new SecureRandom().nextBytes(suffix);
        final Path temporary = folder.resolve("." + path.getFileName() + "." + HexFormat.of().formatHex(suffix));
        try
        {
            writeNew(temporary, text);
            try
            {
                Files.createLink(path, temporary);
            }
            catch (final FileAlreadyExistsException ex)
            {
                throw ex;
            }
            catch (final FileSystemException | UnsupportedOperationException ex)
            {
                writeWithoutLinks(text);
            }
        }
        finally
        {
            Files.deleteIfExists(temporary);
        }
        try (FileChannel channel = FileChannel.open(folder.toAbsolutePath(), StandardOpenOption.READ))
        {
            channel.force(true);
        }
    }

    /** For file systems that have no hard links: the name is taken first, and given back if writing fails. */
    private void writeWithoutLinks(final byte[] text) throws IOException
    {
        try
        {
            writeNew(path, text);
        }
        catch (final FileAlreadyExistsException ex)
        {
            throw ex;
        }
        catch (final IOException ex)
        {
            Files.deleteIfExists(path);
            throw ex;
        }
    }

    private static void writeNew(final Path file, final byte[] text) throws IOException
    {
        final Set<OpenOption> options = Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
        try (FileChannel channel = FileChannel.open(file, options, permissions("rw-------")))
        {
            final ByteBuffer buffer = ByteBuffer.wrap(text);
            while (buffer.hasRemaining())
            {
                channel.write(buffer);
            }
            channel.force(true);
        }
        FolderOwner.give(file);
    }

    private static FileAttribute<Set<PosixFilePermission>> permissions(final String text)
    {
        return PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString(text));
    }

    private byte[] readChecked(final int length) throws IOException
    {
        final Map<String, Object> before = attributes();
        check(before);
        final byte[] text = new byte[length];
        final ByteBuffer buffer = ByteBuffer.wrap(text);
        try (SeekableByteChannel channel =
            Files.newByteChannel(path, Set.of(StandardOpenOption.READ, LinkOption.NOFOLLOW_LINKS)))
        {
            while (buffer.hasRemaining() && channel.read(buffer) >= 0)
            {
                continue;
            }
        }
        if (!before.get("ino").equals(attributes().get("ino")))
        {
            throw new IOException(path + " was replaced while it was read; try again");
        }
        return Arrays.copyOf(text, buffer.position());
    }

    private Map<String, Object> attributes() throws IOException
    {
        return Files.readAttributes(
            path, "unix:mode,uid,ino,isSymbolicLink,isRegularFile", LinkOption.NOFOLLOW_LINKS);
    }

    private void check(final Map<String, Object> attributes) throws IOException
    {
        if ((Boolean)attributes.get("isSymbolicLink"))
        {
            throw new IOException(path + " is a symbolic link; put the file itself there, or " + otherwise);
        }
        if (!(Boolean)attributes.get("isRegularFile"))
        {
            throw new IOException(path + " is not a regular file; remove it, or " + otherwise);
        }
        final int owner = (Integer)attributes.get("uid");
        final int user = ProcessUser.effective();
        if (0 != user && 0 != owner && user != owner)
        {
            throw new IOException(
                path + " is owned by user " + owner + ", not by this user (" + user + ") or root; run `chown " + user +
                " " + path + "` if it is yours");
        }
        if (0 != ((Integer)attributes.get("mode") & GROUP_AND_OTHERS))
        {
            throw new IOException(path + " is open to group or others; run `chmod 600 " + path + "`");
        }
    }

    private static String reason(final FileSystemException ex)
    {
        if (ex instanceof AccessDeniedException)
        {
            return "permission denied";
        }
        if (ex instanceof FileAlreadyExistsException || ex instanceof NotDirectoryException)
        {
            return "there is a file of that name";
        }
        if (ex instanceof NoSuchFileException)
        {
            return "no such folder";
        }
        return null == ex.getReason() ? ex.getMessage() : ex.getReason();
    }
}
