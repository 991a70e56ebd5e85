package io.shadowmesh.dataplane.identity;

import io.shadowmesh.dataplane.crypto.Sha256;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.Locale;

/**
 * The name of a node: a hash of its public key, which two operators exchange.
 *
 * <pre>
 *  bytes  SHA-256("shadowmesh peer-id v1" | public key)
 *  text   52 characters of base32 (RFC 4648, no padding), a check character after every 13,
 *         so 56 characters, in 8 groups of 7 joined by '-'
 * </pre>
 *
 * <p>The check character is the one of Syncthing's device IDs: Luhn mod 32 over the base32 alphabet, but with the
 * factors 1, 2, 1, ... from the first of the 13 characters on, where textbook Luhn doubles the character next to the
 * check character. It notices every single wrong character and nearly every swap of neighbours, but not of the 13th
 * with its check character. Two groups hold one check character, so that a typo is told to within a pair of groups.
 *
 * <p><b>Threading:</b> immutable.
 */
public final class PeerId implements Comparable<PeerId>
{
    /** Bytes of a Peer ID. */
    public static final int LENGTH = 32;

    private static final byte[] LABEL = "shadowmesh peer-id v1".getBytes(StandardCharsets.US_ASCII);
    private static final String ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    private static final int BASE32_LENGTH = 52;
    private static final int CHECKED_LENGTH = 13;
    private static final int GROUP_LENGTH = 7;
    private static final int PAIR_LENGTH = 2 * GROUP_LENGTH;
    private static final int TEXT_LENGTH = 56;
    private static final int SPARE_BITS = 4;

    private final byte[] hash;
    private final String text;

    private PeerId(final byte[] hash)
    {
        this.hash = hash;
        this.text = format(hash);
    }

    /**
     * The Peer ID of a public key.
     *
     * @param publicKey of the node.
     * @return its Peer ID.
     */
    public static PeerId of(final byte[] publicKey)
    {
        return new PeerId(Sha256.hash(LABEL, publicKey));
    }

    /**
     * The Peer ID of these bytes.
     *
     * @param hash of 32 bytes; copied.
     * @return the Peer ID.
     * @throws IllegalArgumentException when the length is wrong.
     */
    public static PeerId ofHash(final byte[] hash)
    {
        if (LENGTH != hash.length)
        {
            throw new IllegalArgumentException("Peer ID: 32 bytes expected, not " + hash.length);
        }
        return new PeerId(hash.clone());
    }

    /**
     * Reads a Peer ID as an operator typed it: dashes, blanks and case do not matter, and 0, 1 and 8, which are not in
     * the alphabet, are taken for O, I and B.
     *
     * @param typed text.
     * @return the Peer ID.
     * @throws IllegalArgumentException when it is not one; the message is one line, and names the pair of groups that
     *                                  has a typo.
     */
    public static PeerId parse(final String typed)
    {
        final String characters = normalised(typed);
        if (TEXT_LENGTH != characters.length())
        {
            throw new IllegalArgumentException(
                "Peer ID: " + TEXT_LENGTH + " letters and digits expected (8 groups of 7), not " +
                characters.length() + "; copy all that `shadowmesh id` prints on the other side");
        }

        final StringBuilder base32 = new StringBuilder(BASE32_LENGTH);
        for (int start = 0; start < TEXT_LENGTH; start += PAIR_LENGTH)
        {
            final String checked = characters.substring(start, start + CHECKED_LENGTH);
            if (checkCharacter(checked) != characters.charAt(start + CHECKED_LENGTH))
            {
                throw typo(characters, start);
            }
            base32.append(checked);
        }
        if (0 != (ALPHABET.indexOf(base32.charAt(BASE32_LENGTH - 1)) & (1 << SPARE_BITS) - 1))
        {
            throw typo(characters, TEXT_LENGTH - PAIR_LENGTH);
        }
        return new PeerId(decode(base32));
    }

    private static IllegalArgumentException typo(final String characters, final int start)
    {
        final int group = start / GROUP_LENGTH + 1;
        return new IllegalArgumentException(
            "Peer ID: groups " + group + " and " + (group + 1) + " (" +
            characters.substring(start, start + GROUP_LENGTH) + "-" +
            characters.substring(start + GROUP_LENGTH, start + PAIR_LENGTH) +
            ") have a typo; check them against what `shadowmesh id` prints on the other side");
    }

    private static String normalised(final String typed)
    {
        final StringBuilder characters = new StringBuilder(TEXT_LENGTH);
        for (int i = 0; i < typed.length(); i++)
        {
            final char c = typed.charAt(i);
            final char meant = meant(c);
            if (ALPHABET.indexOf(meant) >= 0)
            {
                characters.append(meant);
            }
            else if ('-' != c && ' ' != c)
            {
                throw new IllegalArgumentException(
                    "Peer ID: " + shown(c) + " at position " + (i + 1) +
                    " cannot be in one; it has letters, the digits 2 to 7, and dashes");
            }
        }
        return characters.toString();
    }

    private static char meant(final char c)
    {
        return switch (c)
        {
            case '0' -> 'O';
            case '1' -> 'I';
            case '8' -> 'B';
            default -> c >= 'a' && c <= 'z' ? (char)(c - 'a' + 'A') : c;
        };
    }

    private static String shown(final char c)
    {
        return c > ' ' && c < 0x7F ? "'" + c + "'" : String.format(Locale.ROOT, "character U+%04X", (int)c);
    }

    private static char checkCharacter(final CharSequence checked)
    {
        int sum = 0;
        for (int i = 0; i < checked.length(); i++)
        {
            final int product = ALPHABET.indexOf(checked.charAt(i)) * (1 + (i & 1));
            sum += product / 32 + product % 32;
        }
        return ALPHABET.charAt((32 - sum % 32) % 32);
    }

    private static byte[] decode(final CharSequence base32)
    {
        final byte[] bytes = new byte[LENGTH];
        int bits = 0;
        int held = 0;
        int position = 0;
        for (int i = 0; i < BASE32_LENGTH; i++)
        {
            bits = bits << 5 | ALPHABET.indexOf(base32.charAt(i));
            held += 5;
            if (held >= 8)
            {
                held -= 8;
                bytes[position++] = (byte)(bits >>> held);
            }
        }
        return bytes;
    }

    private static String encode(final byte[] bytes)
    {
        final StringBuilder base32 = new StringBuilder(BASE32_LENGTH);
        int bits = 0;
        int held = 0;
        for (final byte b : bytes)
        {
            bits = bits << 8 | b & 0xFF;
            held += 8;
            while (held >= 5)
            {
                held -= 5;
                base32.append(ALPHABET.charAt(bits >>> held & 31));
            }
        }
        return base32.append(ALPHABET.charAt(bits << 5 - held & 31)).toString();
    }

    private static String format(final byte[] hash)
    {
        final String base32 = encode(hash);
        final StringBuilder checked = new StringBuilder(TEXT_LENGTH);
        for (int start = 0; start < BASE32_LENGTH; start += CHECKED_LENGTH)
        {
            final String part = base32.substring(start, start + CHECKED_LENGTH);
            checked.append(part).append(checkCharacter(part));
        }
        final StringBuilder grouped = new StringBuilder(TEXT_LENGTH + 7);
        for (int start = 0; start < TEXT_LENGTH; start += GROUP_LENGTH)
        {
            grouped.append(0 == start ? "" : "-").append(checked, start, start + GROUP_LENGTH);
        }
        return grouped.toString();
    }

    /**
     * The hash.
     *
     * @return a copy of its 32 bytes.
     */
    public byte[] bytes()
    {
        return hash.clone();
    }

    /**
     * Whether a public key is this node's.
     *
     * @param publicKey to hash.
     * @return true when it is.
     */
    public boolean isOf(final byte[] publicKey)
    {
        return MessageDigest.isEqual(hash, Sha256.hash(LABEL, publicKey));
    }

    /** Orders by the hashes, byte by byte, unsigned. */
    @Override
    public int compareTo(final PeerId other)
    {
        return Arrays.compareUnsigned(hash, other.hash);
    }

    @Override
    public boolean equals(final Object other)
    {
        return other instanceof final PeerId that && Arrays.equals(hash, that.hash);
    }

    @Override
    public int hashCode()
    {
        return Arrays.hashCode(hash);
    }

    /** The text that is shown and typed: 8 groups of 7 joined by dashes. */
    @Override
    public String toString()
    {
        return text;
    }
}
