package io.shadowmesh.dataplane.crypto;

import org.junit.jupiter.api.Test;

import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.NoSuchAlgorithmException;
import java.security.Provider;
import java.security.Security;
import java.util.Arrays;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
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
    void asksEverybodyWhereTheFirstProviderHasKeysAlone() throws GeneralSecurityException
    {
        final Provider keys = Security.getProvider("SunJCE");
        final Provider first = new Provider("KeysAlone", "1", "ML-KEM keys, no KEM")
        {
            private static final long serialVersionUID = 1L;

            @Override
            public Service getService(final String type, final String algorithm)
            {
                return type.startsWith("Key") && algorithm.startsWith("ML-KEM") ? keysOf(this, type, algorithm) : null;
            }
        };
        assertEquals(1, Security.insertProviderAt(first, 1));
        try
        {
            assertSame(first, KeyFactory.getInstance("ML-KEM").getProvider());
            assertDoesNotThrow(MlKem768::requireAvailable);
            bothSidesAgree();
        }
        finally
        {
            Security.removeProvider(first.getName());
        }
        assertSame(keys, KeyFactory.getInstance("ML-KEM").getProvider());
    }

    private static Provider.Service keysOf(final Provider provider, final String type, final String algorithm)
    {
        final Provider.Service real = Security.getProvider("SunJCE").getService(type, algorithm);
        return new Provider.Service(provider, type, algorithm, real.getClassName(), null, null)
        {
            @Override
            public Object newInstance(final Object parameter) throws NoSuchAlgorithmException
            {
                return real.newInstance(parameter);
            }
        };
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
