package io.shadowmesh.dataplane.identity;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Base64;

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
        final SecretFile file = file(path);
        file.makeFolder();
        final byte[] text = encode(identity);
        try
        {
            file.write(text);
        }
        catch (final FileAlreadyExistsException ex)
        {
            throw alreadyThere(path);
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
        try
        {
            return decode(path, file(path).read(FILE_LENGTH));
        }
        catch (final NoSuchFileException ex)
        {
            throw new IOException(absence(keydir), ex);
        }
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

    private static SecretFile file(final Path path)
    {
        return new SecretFile(path, "give another -keydir");
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
