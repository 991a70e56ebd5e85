package io.shadowmesh.dataplane.crypto;

import org.junit.jupiter.api.Test;

import java.security.GeneralSecurityException;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

class MlKem768Test
{
    private final KemKeyPair pair = MlKem768.INSTANCE.generate(new CountingRandom(9));

    @Test
    void bothSidesAgree() throws GeneralSecurityException
    {
        final Kem.Encapsulation made = MlKem768.INSTANCE.encapsulate(pair.publicKey(), new CountingRandom(1));
        assertEquals(1088, made.ciphertext().length);
        assertEquals(32, made.sharedSecret().length);
        assertArrayEquals(made.sharedSecret(), MlKem768.INSTANCE.decapsulate(pair, made.ciphertext()));
    }

    @Test
    void isThereOnThisJvm()
    {
        assertDoesNotThrow(MlKem768::requireAvailable);
        assertEquals("MLKEM768", MlKem768.INSTANCE.name());
    }

    @Test
    void makesTheSamePairOfTheSameSeed()
    {
        assertArrayEquals(pair.publicKey(), MlKem768.INSTANCE.keyPair(pair.secret()).publicKey());
        assertThrows(IllegalArgumentException.class, () -> MlKem768.INSTANCE.keyPair(new byte[63]));
    }

    @Test
    void refusesUnreducedAndTruncatedKeysAndCiphertexts()
    {
        assertTrue(MlKem768.INSTANCE.isCanonicalPublicKey(pair.publicKey()));
        final byte[] unreduced = pair.publicKey();
        Arrays.fill(unreduced, 300, 303, (byte)0xFF);
        assertFalse(MlKem768.INSTANCE.isCanonicalPublicKey(unreduced));
        assertFalse(MlKem768.INSTANCE.isCanonicalPublicKey(Arrays.copyOf(unreduced, 1183)));
        assertThrows(
            GeneralSecurityException.class, () -> MlKem768.INSTANCE.encapsulate(unreduced, new CountingRandom(1)));
        assertThrows(GeneralSecurityException.class, () -> MlKem768.INSTANCE.decapsulate(pair, new byte[1087]));
    }

    @Test
    void saysWhatToDoWhereItIsMissing()
    {
        final String message = new MlKemMissingException(new NoSuchAlgorithmException("ML-KEM")).getMessage();
        assertTrue(message.contains("JDK 24 or newer"), message);
        assertEquals(1, message.lines().count());
    }
}
