package io.shadowmesh.dataplane.identity;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.Base64;

/**
 * The file in which a node keeps the preshared key that it has with one peer, readable by its owner alone.
 *
 * <pre>
 *  BASE64(key 32)
 * </pre>
 *
 * <p><b>Errors:</b> every {@link IOException} has a message of one line that says what to do. No message holds the key.
 */
public final class PresharedKeyFile
{
    /** The key's length in bytes. */
    public static final int KEY_LENGTH = 32;

    private static final int FILE_LENGTH = (KEY_LENGTH + 2) / 3 * 4 + 1;

    private PresharedKeyFile()
    {
    }

    /**
     * Makes a key.
     *
     * @return 32 random bytes.
     */
    public static byte[] generate()
    {
        final byte[] key = new byte[KEY_LENGTH];
        new SecureRandom().nextBytes(key);
        return key;
    }

    /**
     * A key as text.
     *
     * @param key 32 bytes.
     * @return 44 characters of base64.
     */
    public static String text(final byte[] key)
    {
        return Base64.getEncoder().encodeToString(key);
    }

    /**
     * Makes a key and keeps it. The file appears whole (0600) or not at all, and never takes the place of another.
     *
     * @param path of the file; its folder must be there.
     * @throws IOException when there is a file already, or it cannot be kept.
     */
    public static void create(final Path path) throws IOException
    {
        final byte[] key = generate();
        final byte[] text = (text(key) + "\n").getBytes(StandardCharsets.US_ASCII);
        try
        {
            file(path).write(text);
        }
        catch (final FileAlreadyExistsException ex)
        {
            throw new IOException(path + " is already there, and is never overwritten; name another file", ex);
        }
        finally
        {
            Arrays.fill(key, (byte)0);
            Arrays.fill(text, (byte)0);
        }
    }

    /**
     * Reads a key. Refused is a file that is a symbolic link, readable or writable by group or others, owned by neither
     * this user nor root (root itself takes any user's), or not of the form above.
     *
     * @param path of the file.
     * @return 32 bytes, the caller's to zero.
     * @throws IOException when there is none or it is refused.
     */
    public static byte[] load(final Path path) throws IOException
    {
        byte[] text = new byte[0];
        byte[] key = new byte[0];
        try
        {
            text = file(path).read(FILE_LENGTH);
            final int end = text.length > 0 && '\n' == text[text.length - 1] ? text.length - 1 : text.length;
            key = Base64.getDecoder().decode(ByteBuffer.wrap(text, 0, end)).array();
            if (KEY_LENGTH != key.length)
            {
                throw malformed(path);
            }
            return key.clone();
        }
        catch (final NoSuchFileException ex)
        {
            throw new IOException(
                "no preshared key in " + path + "; make one with `shadowmesh genpsk -o " + path +
                "`, and give the peer a copy", ex);
        }
        catch (final IllegalArgumentException ex)
        {
            throw malformed(path);
        }
        finally
        {
            Arrays.fill(text, (byte)0);
            Arrays.fill(key, (byte)0);
        }
    }

    private static SecretFile file(final Path path)
    {
        return new SecretFile(path, "name another file");
    }

    /** Without a cause: the decoder's message would show a part of the file. */
    private static IOException malformed(final Path path)
    {
        return new IOException(path + " is not a preshared key: it holds 44 characters of base64, as " +
            "`shadowmesh genpsk` prints them");
    }
}
