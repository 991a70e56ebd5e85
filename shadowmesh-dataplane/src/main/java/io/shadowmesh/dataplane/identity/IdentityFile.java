package io.shadowmesh.dataplane.identity;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.SeekableByteChannel;
import java.nio.charset.StandardCharsets;
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
import java.util.Base64;
import java.util.HexFormat;
import java.util.Map;
import java.util.Set;

/**
 * The file in which a node keeps its identity: {@code identity.key} in its key folder, readable by its owner alone.
 *
 * <pre>
 *  shadowmesh-identity-v1 BASE64(d 32 | z 32 | X25519 32)
 * </pre>
 *
 * <p><b>Errors:</b> every {@link IOException} has a message of one line that says what to do.
 */
public final class IdentityFile
{
    private static final String NAME = "identity.key";
    private static final String LABEL = "shadowmesh-identity-v1";
    private static final int SECRET_LENGTH = 96;
    private static final int FILE_LENGTH = LABEL.length() + 1 + SECRET_LENGTH / 3 * 4 + 1;
    private static final int GROUP_AND_OTHERS = 0077;

    private IdentityFile()
    {
    }

    /**
     * Where a key folder keeps the identity.
     *
     * @param keydir the key folder.
     * @return the path of the file.
     */
    public static Path path(final Path keydir)
    {
        return keydir.resolve(NAME);
    }

    /**
     * Makes a new identity and keeps it. The folder is made if there is none (0700); the file appears whole (0600) or
     * not at all, and never takes the place of another.
     *
     * @param keydir the key folder.
     * @return the identity.
     * @throws IOException when there is one already, or it cannot be kept.
     */
    public static Identity create(final Path keydir) throws IOException
    {
        final Path path = path(keydir);
        if (Files.exists(path, LinkOption.NOFOLLOW_LINKS))
        {
            throw alreadyThere(path);
        }

        final Identity identity = Identity.generate();
        makeFolder(keydir);
        final byte[] text = encode(identity);
        try
        {
            writeWhole(keydir, path, text);
        }
        catch (final FileAlreadyExistsException ex)
        {
            throw alreadyThere(path);
        }
        catch (final FileSystemException ex)
        {
            throw new IOException("cannot write " + path + ": " + reason(ex) + "; choose another -keydir", ex);
        }
        catch (final IOException ex)
        {
            throw new IOException("cannot write " + path + ": " + ex.getMessage() + "; choose another -keydir", ex);
        }
        finally
        {
            Arrays.fill(text, (byte)0);
        }
        return identity;
    }

    /**
     * Reads the identity that a key folder keeps. Refused is a file that is a symbolic link, readable or writable by
     * group or others, owned by neither this user nor root (root itself takes any user's), or not of the form above.
     *
     * @param keydir the key folder.
     * @return the identity.
     * @throws IOException when there is none or it is refused.
     */
    public static Identity load(final Path keydir) throws IOException
    {
        final Path path = path(keydir);
        final byte[] text;
        try
        {
            text = readChecked(path);
        }
        catch (final NoSuchFileException ex)
        {
            throw new IOException(absence(keydir), ex);
        }
        catch (final AccessDeniedException ex)
        {
            throw new IOException("cannot read " + path + ": permission denied; run as the user that owns it", ex);
        }
        catch (final FileSystemException ex)
        {
            throw new IOException("cannot read " + path + ": " + reason(ex) + "; give another -keydir", ex);
        }
        return decode(path, text);
    }

    /**
     * Reads the identity that a key folder keeps, or makes one where there is none.
     *
     * @param keydir the key folder.
     * @return the identity.
     * @throws IOException when it is refused or cannot be kept.
     */
    public static Identity loadOrCreate(final Path keydir) throws IOException
    {
        if (!Files.exists(path(keydir), LinkOption.NOFOLLOW_LINKS))
        {
            try
            {
                return create(keydir);
            }
            catch (final FileAlreadyExistsException ex)
            {
                return load(keydir);
            }
        }
        return load(keydir);
    }

    private static String absence(final Path keydir)
    {
        final String remedy = "`shadowmesh keygen -keydir " + keydir + "`";
        if (Files.isDirectory(keydir))
        {
            return "no identity in " + keydir + "; make one with " + remedy;
        }
        return Files.exists(keydir) ?
            keydir + " is not a folder; give another -keydir" :
            "no folder " + keydir + "; make an identity with " + remedy;
    }

    private static FileAlreadyExistsException alreadyThere(final Path path)
    {
        return new ExistingIdentityException(path);
    }

    private static void makeFolder(final Path keydir) throws IOException
    {
        try
        {
            if (!Files.isDirectory(keydir))
            {
                Files.createDirectories(keydir, permissions("rwx------"));
            }
        }
        catch (final FileSystemException ex)
        {
            throw new IOException(
                "cannot make the folder " + keydir + ": " + reason(ex) + "; choose another -keydir", ex);
        }
    }

    /** A temporary file beside it, synced, then a hard link, which fails where the name is taken. */
    private static void writeWhole(final Path keydir, final Path path, final byte[] text) throws IOException
    {
        final byte[] suffix = new byte[8];
        new SecureRandom().nextBytes(suffix);
        final Path temporary = keydir.resolve("." + NAME + "." + HexFormat.of().formatHex(suffix));
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
                writeWithoutLinks(path, text);
            }
        }
        finally
        {
            Files.deleteIfExists(temporary);
        }
        try (FileChannel folder = FileChannel.open(keydir.toAbsolutePath(), StandardOpenOption.READ))
        {
            folder.force(true);
        }
    }

    /** For file systems that have no hard links: the name is taken first, and given back if writing fails. */
    private static void writeWithoutLinks(final Path path, final byte[] text) throws IOException
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

    private static void writeNew(final Path path, final byte[] text) throws IOException
    {
        final Set<OpenOption> options = Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
        try (FileChannel channel = FileChannel.open(path, options, permissions("rw-------")))
        {
            final ByteBuffer buffer = ByteBuffer.wrap(text);
            while (buffer.hasRemaining())
            {
                channel.write(buffer);
            }
            channel.force(true);
        }
    }

    private static FileAttribute<Set<PosixFilePermission>> permissions(final String text)
    {
        return PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString(text));
    }

    private static byte[] readChecked(final Path path) throws IOException
    {
        final Map<String, Object> before = attributes(path);
        check(path, before);
        final byte[] text = new byte[FILE_LENGTH + 1];
        final ByteBuffer buffer = ByteBuffer.wrap(text);
        try (SeekableByteChannel channel =
            Files.newByteChannel(path, Set.of(StandardOpenOption.READ, LinkOption.NOFOLLOW_LINKS)))
        {
            while (buffer.hasRemaining() && channel.read(buffer) >= 0)
            {
                continue;
            }
        }
        if (!before.get("ino").equals(attributes(path).get("ino")))
        {
            throw new IOException(path + " was replaced while it was read; try again");
        }
        return Arrays.copyOf(text, buffer.position());
    }

    private static Map<String, Object> attributes(final Path path) throws IOException
    {
        return Files.readAttributes(
            path, "unix:mode,uid,ino,isSymbolicLink,isRegularFile", LinkOption.NOFOLLOW_LINKS);
    }

    private static void check(final Path path, final Map<String, Object> attributes) throws IOException
    {
        if ((Boolean)attributes.get("isSymbolicLink"))
        {
            throw new IOException(
                path + " is a symbolic link; put the file itself there, or give its folder as -keydir");
        }
        if (!(Boolean)attributes.get("isRegularFile"))
        {
            throw new IOException(path + " is not a regular file; remove it, or give another -keydir");
        }
        final int owner = (Integer)attributes.get("uid");
        final int user = currentUser();
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

    /** The effective user: the second number of "Uid:" in proc(5)'s status. */
    private static int currentUser() throws IOException
    {
        for (final String line : Files.readAllLines(Path.of("/proc/self/status"), StandardCharsets.ISO_8859_1))
        {
            if (line.startsWith("Uid:"))
            {
                return Integer.parseUnsignedInt(line.split("\\s+")[2]);
            }
        }
        throw new IOException("/proc/self/status does not tell the user; mount /proc");
    }

    private static byte[] encode(final Identity identity)
    {
        final byte[] secret = identity.keyPair().secret();
        final byte[] base64 = Base64.getEncoder().encode(secret);
        final byte[] text = Arrays.copyOf((LABEL + " ").getBytes(StandardCharsets.US_ASCII), FILE_LENGTH);
        System.arraycopy(base64, 0, text, LABEL.length() + 1, base64.length);
        text[FILE_LENGTH - 1] = '\n';
        Arrays.fill(secret, (byte)0);
        Arrays.fill(base64, (byte)0);
        return text;
    }

    private static Identity decode(final Path path, final byte[] text) throws IOException
    {
        byte[] base64 = new byte[0];
        byte[] secret = new byte[0];
        try
        {
            final byte[] label = (LABEL + " ").getBytes(StandardCharsets.US_ASCII);
            final int end = text.length > 0 && '\n' == text[text.length - 1] ? text.length - 1 : text.length;
            if (FILE_LENGTH - 1 != end || !Arrays.equals(label, 0, label.length, text, 0, label.length))
            {
                throw malformed(path, null);
            }
            base64 = Arrays.copyOfRange(text, label.length, end);
            secret = Base64.getDecoder().decode(base64);
            if (SECRET_LENGTH != secret.length)
            {
                throw malformed(path, null);
            }
            return Identity.of(secret);
        }
        catch (final IllegalArgumentException ex)
        {
            throw malformed(path, ex);
        }
        finally
        {
            Arrays.fill(text, (byte)0);
            Arrays.fill(base64, (byte)0);
            Arrays.fill(secret, (byte)0);
        }
    }

    private static IOException malformed(final Path path, final Throwable cause)
    {
        return new IOException(
            path + " is not an identity of this version; restore it from a backup, " +
            "or move it away and make a new one with `shadowmesh keygen`", cause);
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

    /** Says that a key folder has an identity already. */
    private static final class ExistingIdentityException extends FileAlreadyExistsException
    {
        private static final long serialVersionUID = 1L;

        ExistingIdentityException(final Path path)
        {
            super(path.toString());
        }

        @Override
        public String getMessage()
        {
            return getFile() + " exists and is kept; see its Peer ID with `shadowmesh id`, or give another -keydir";
        }
    }
}
