package io.shadowmesh.dataplane.identity;

import org.junit.jupiter.api.Test;

import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Random;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

class PeerIdTest
{
    /** A device ID from Syncthing's own documents: 32 bytes in the same writing. */
    private static final String SYNCTHING = "P56IOI7-MZJNU2Y-IQGDREY-DM2MGTI-MGL3BXN-PQ6W5BM-TBBZ4TJ-XZWICQ2";

    private static final String ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

    @Test
    void readsAndWritesWhatSyncthingWrites()
    {
        assertEquals(SYNCTHING, PeerId.parse(SYNCTHING).toString());
        assertEquals(SYNCTHING, PeerId.parse("p561017mzjnu2y1qgdreydm2mgtimgl38xnpq6w58mt88z4tjxzw1cq2").toString());
    }

    @Test
    void isTheHashOfLabelAndPublicKey() throws Exception
    {
        final byte[] publicKey = new byte[1216];
        new Random(5).nextBytes(publicKey);
        final MessageDigest sha256 = MessageDigest.getInstance("SHA-256");
        sha256.update("shadowmesh peer-id v1".getBytes("US-ASCII"));
        final byte[] hash = sha256.digest(publicKey);

        assertArrayEquals(hash, PeerId.of(publicKey).bytes());
        assertEquals(PeerId.ofHash(hash), PeerId.of(publicKey));
        assertTrue(PeerId.ofHash(hash).isOf(publicKey));
        publicKey[1215] ^= 1;
        assertFalse(PeerId.ofHash(hash).isOf(publicKey));
    }

    @Test
    void hasEightGroupsOfSeven()
    {
        assertTrue(random(1).toString().matches("([A-Z2-7]{7}-){7}[A-Z2-7]{7}"));
    }

    @Test
    void everyIdSurvivesItsText()
    {
        for (int i = 0; i < 2000; i++)
        {
            final PeerId id = random(i);
            assertEquals(id, PeerId.parse(id.toString()), "seed " + i);
            assertArrayEquals(id.bytes(), PeerId.parse(id.toString()).bytes());
        }
        for (final int fill : new int[]{ 0, 0xFF, 0x80, 1 })
        {
            final byte[] hash = new byte[32];
            Arrays.fill(hash, (byte)fill);
            assertArrayEquals(hash, PeerId.parse(PeerId.ofHash(hash).toString()).bytes());
        }
    }

    @Test
    void caseDashesAndBlanksDoNotMatter()
    {
        final PeerId id = random(3);
        final String text = id.toString();
        assertEquals(id, PeerId.parse(text.toLowerCase(Locale.ROOT)));
        assertEquals(id, PeerId.parse(text.replace("-", "")));
        assertEquals(id, PeerId.parse(" " + text.replace('-', ' ') + " "));
        assertEquals(id, PeerId.parse("--" + text + "-"));
    }

    @Test
    void digitsThatLookLikeLettersAreTakenForThem()
    {
        int changed = 0;
        for (int i = 0; i < 50; i++)
        {
            final PeerId id = random(i);
            final String typed = id.toString().replace('O', '0').replace('I', '1').replace('B', '8');
            changed += typed.equals(id.toString()) ? 0 : 1;
            assertEquals(id, PeerId.parse(typed));
        }
        assertTrue(changed > 10);
    }

    @Test
    void everyWrongCharacterIsToldToItsPairOfGroups()
    {
        final String text = random(11).toString();
        for (int i = 0; i < text.length(); i++)
        {
            if ('-' == text.charAt(i))
            {
                continue;
            }
            final int first = i / 16 * 2 + 1;
            for (final char c : ALPHABET.toCharArray())
            {
                if (c != text.charAt(i))
                {
                    final String message = refusal(text.substring(0, i) + c + text.substring(i + 1));
                    assertTrue(
                        message.startsWith("Peer ID: groups " + first + " and " + (first + 1) + " ("), message);
                }
            }
        }
    }

    @Test
    void swappedNeighboursAreNoticed()
    {
        int swaps = 0;
        int noticed = 0;
        for (int seed = 0; seed < 20; seed++)
        {
            final String text = random(seed).toString().replace("-", "");
            for (int i = 0; i + 1 < text.length(); i++)
            {
                final char[] typed = text.toCharArray();
                typed[i] = text.charAt(i + 1);
                typed[i + 1] = text.charAt(i);
                final boolean isLastBeforeItsCheck = 12 == i % 14;
                if (typed[i] != typed[i + 1] && !isLastBeforeItsCheck)
                {
                    swaps++;
                    noticed += isRefused(new String(typed)) ? 1 : 0;
                }
            }
        }
        assertTrue(noticed > swaps * 98 / 100, noticed + " of " + swaps);
    }

    @Test
    void theMessageSaysWhatToCheck()
    {
        final String text = random(4).toString();
        final char wrong = 'A' == text.charAt(20) ? 'C' : 'A';
        final String typed = text.substring(0, 20) + wrong + text.substring(21);
        assertEquals(
            "Peer ID: groups 3 and 4 (" + typed.substring(16, 31) + ") have a typo; check them against what " +
            "`shadowmesh id` prints on the other side",
            refusal(typed));
    }

    @Test
    void refusesNonZeroSpareBits()
    {
        final String zeros = PeerId.ofHash(new byte[32]).toString().replace("-", "").substring(0, 42);
        int accepted = 0;
        for (final char last : ALPHABET.toCharArray())
        {
            for (final char check : ALPHABET.toCharArray())
            {
                if (!isRefused(zeros + "AAAAAAAAAAAA" + last + check))
                {
                    accepted++;
                    assertTrue('A' == last || 'Q' == last, "only the highest of the last five bits is used");
                }
            }
        }
        assertEquals(2, accepted);
    }

    @Test
    void saysWhenTheLengthIsWrong()
    {
        final String text = random(6).toString();
        assertTrue(refusal("").contains("56 letters and digits expected (8 groups of 7), not 0"));
        assertTrue(refusal(text.substring(1)).contains("not 55"));
        assertTrue(refusal(text + "A").contains("not 57"));
    }

    @Test
    void saysWhichCharacterCannotBe()
    {
        final String text = random(6).toString();
        assertTrue(refusal("9" + text.substring(1)).contains("'9' at position 1 cannot be in one"));
        assertTrue(refusal(text.substring(0, 4) + "\u00df" + text.substring(5)).contains("U+00DF at position 5"));
        assertTrue(refusal(text.substring(0, 4) + "\u0131" + text.substring(5)).contains("U+0131 at position 5"));
        assertTrue(refusal(text + "\n").contains("U+000A at position 64"));
        assertTrue(refusal(text + "@192.0.2.1").contains("'@' at position 64"));
    }

    @Test
    void everyMessageIsOneLine()
    {
        for (final String typed : List.of("", "\n", "A", "\r\n" + SYNCTHING, SYNCTHING.replace('5', '4')))
        {
            assertEquals(1, refusal(typed).lines().count());
        }
    }

    @Test
    void ordersByUnsignedBytes()
    {
        final List<PeerId> ids = new ArrayList<>();
        for (final String first : List.of("00", "01", "7f", "80", "ff"))
        {
            ids.add(PeerId.ofHash(HexFormat.of().parseHex(first + "00".repeat(31))));
        }
        for (int i = 0; i < ids.size(); i++)
        {
            for (int j = 0; j < ids.size(); j++)
            {
                assertEquals(Integer.signum(Integer.compare(i, j)), Integer.signum(ids.get(i).compareTo(ids.get(j))));
                assertEquals(i == j, ids.get(i).equals(ids.get(j)));
            }
        }
        assertEquals(random(1).hashCode(), random(1).hashCode());
        assertNotEquals(random(1), random(2));
        assertNotEquals(random(1), "text");
    }

    @Test
    void refusesAHashOfAnotherLength()
    {
        assertThrows(IllegalArgumentException.class, () -> PeerId.ofHash(new byte[31]));
        assertThrows(IllegalArgumentException.class, () -> PeerId.ofHash(new byte[33]));
    }

    @Test
    void cannotBeChangedThroughItsBytes()
    {
        final byte[] hash = new byte[32];
        final PeerId id = PeerId.ofHash(hash);
        hash[0] = 1;
        id.bytes()[0] = 1;
        assertEquals(0, id.bytes()[0]);
    }

    private static PeerId random(final int seed)
    {
        final byte[] hash = new byte[32];
        new Random(seed).nextBytes(hash);
        return PeerId.ofHash(hash);
    }

    private static boolean isRefused(final String typed)
    {
        try
        {
            PeerId.parse(typed);
            return false;
        }
        catch (final IllegalArgumentException ex)
        {
            return true;
        }
    }

    private static String refusal(final String typed)
    {
        return assertThrows(IllegalArgumentException.class, () -> PeerId.parse(typed)).getMessage();
    }
}
