package io.shadowmesh.dataplane.handshake;

import io.shadowmesh.dataplane.crypto.CountingRandom;
import io.shadowmesh.dataplane.crypto.KemKeyPair;
import io.shadowmesh.dataplane.crypto.MlKem768;
import io.shadowmesh.dataplane.crypto.PublicVectors;
import org.junit.jupiter.api.Test;

import javax.crypto.Cipher;
import javax.crypto.spec.IvParameterSpec;
import javax.crypto.spec.SecretKeySpec;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

class PqxxVectorTest
{
    private static final String FILE = "noise_pqxx_mlkem768_chachapoly_sha256.txt";
    private static final String PROTOCOL = "Noise_pqXX_MLKEM768_ChaChaPoly_SHA256";

    @Test
    void reproducesEveryMessageAndHashAndTheFirstTransportRecords() throws Exception
    {
        final Map<String, byte[]> vector = vector();
        final CountingRandom random = new CountingRandom(0xDEADBEEF);
        final KemKeyPair initiatorKeys = MlKem768.INSTANCE.generate(random);
        final KemKeyPair responderKeys = MlKem768.INSTANCE.generate(random);
        final byte[] prologue = vector.get("prologue_hex");
        final PqxxHandshake initiator =
            PqxxHandshake.initiator(MlKem768.INSTANCE, PROTOCOL, prologue, initiatorKeys, random);
        final PqxxHandshake responder =
            PqxxHandshake.responder(MlKem768.INSTANCE, PROTOCOL, prologue, responderKeys, random);

        for (int i = 0; i < 4; i++)
        {
            final PqxxHandshake writer = 0 == (i & 1) ? initiator : responder;
            final PqxxHandshake reader = 0 == (i & 1) ? responder : initiator;
            final byte[] message = writer.writeMessage(new byte[0]);

            assertArrayEquals(vector.get("msg[" + i + "]"), message, "msg " + i);
            assertEquals(0, reader.readMessage(message).length);
            assertArrayEquals(vector.get("h[" + i + "]"), writer.handshakeHash(), "h " + i);
            assertArrayEquals(vector.get("h[" + i + "]"), reader.handshakeHash(), "h " + i);
        }

        assertTrue(initiator.isComplete());
        assertTrue(responder.isComplete());
        assertArrayEquals(responderKeys.publicKey(), initiator.remoteStaticKey());
        assertArrayEquals(initiatorKeys.publicKey(), responder.remoteStaticKey());

        final TransportKeys keys = initiator.split();
        assertArrayEquals(vector.get("handshake_hash"), keys.handshakeHash());
        assertTrue(open(keys.initiatorKey(), vector.get("transport[0]")).matches("[A-Z][a-z ]{21}"));
        assertTrue(open(keys.responderKey(), vector.get("transport[1]")).matches("[A-Z][a-z ]{20}"));
    }

    /** Opens a record of nonce 0: its text says that the key is right, and its tag that every bit of it is. */
    private static String open(final byte[] key, final byte[] sealed) throws Exception
    {
        final Cipher cipher = Cipher.getInstance("ChaCha20-Poly1305");
        cipher.init(Cipher.DECRYPT_MODE, new SecretKeySpec(key, "ChaCha20"), new IvParameterSpec(new byte[12]));
        return new String(cipher.doFinal(sealed), StandardCharsets.UTF_8);
    }

    private static Map<String, byte[]> vector() throws Exception
    {
        final Map<String, byte[]> fields = new LinkedHashMap<>();
        for (final String line : PublicVectors.text(FILE).split("\n"))
        {
            final String[] words = line.strip().split("[: ]+");
            final String value = words[words.length - 1];
            if (words.length > 1 && value.matches("([0-9a-f]{2})+") && value.length() > 20)
            {
                fields.put(words[0], HexFormat.of().parseHex(value));
            }
        }
        return fields;
    }
}
