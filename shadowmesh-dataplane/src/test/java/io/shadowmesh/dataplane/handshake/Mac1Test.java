package io.shadowmesh.dataplane.handshake;

import io.shadowmesh.dataplane.identity.PeerId;

import org.junit.jupiter.api.Test;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.Random;

import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

class Mac1Test
{
    private static byte[] naive(final byte[] bound, final byte[] before) throws GeneralSecurityException
    {
        final MessageDigest sha256 = MessageDigest.getInstance("SHA-256");
        sha256.update("shadowmesh mac1".getBytes(StandardCharsets.US_ASCII));
        final Mac mac = Mac.getInstance("HmacSHA256");
        mac.init(new SecretKeySpec(sha256.digest(bound), "x"));
        return Arrays.copyOf(mac.doFinal(before), 16);
    }

    @Test
    void isAnHmacOfAllBytesBeforeIt() throws GeneralSecurityException
    {
        final byte[] datagram = new byte[500];
        new Random(1).nextBytes(datagram);
        final byte[] before = Arrays.copyOf(datagram, 468);
        final PeerId responder = TestPeers.LOWER.peerId();

        Mac1.toResponder(responder).write(datagram, 500);
        assertArrayEquals(naive(responder.bytes(), before), Arrays.copyOfRange(datagram, 468, 484));
        assertArrayEquals(before, Arrays.copyOf(datagram, 468));

        final byte[] message = {1, 2, 3};
        Mac1.inAnswerTo(message).write(datagram, 500);
        assertArrayEquals(naive(message, before), Arrays.copyOfRange(datagram, 468, 484));
    }

    @Test
    void matchesOnlyWhenEveryBitDoes()
    {
        final byte[] datagram = new byte[100];
        final Mac1 mac1 = Mac1.inAnswerTo(new byte[1216]);
        mac1.write(datagram, 100);
        for (int bit = 0; bit < 100 * 8; bit++)
        {
            final byte[] changed = datagram.clone();
            changed[bit / 8] ^= (byte)(1 << bit % 8);
            assertEquals(bit / 8 >= 84, mac1.matches(changed, 100), "bit " + bit);
        }
        assertTrue(mac1.matches(datagram, 100));
        assertFalse(Mac1.inAnswerTo(new byte[1215]).matches(datagram, 100));
    }
}
