package io.shadowmesh.dataplane.handshake;

import io.shadowmesh.dataplane.crypto.CountingRandom;
import io.shadowmesh.dataplane.crypto.KemKeyPair;
import io.shadowmesh.dataplane.crypto.MlKem768;
import io.shadowmesh.dataplane.crypto.StolenKey;
import io.shadowmesh.dataplane.crypto.XWing;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.InvalidKeyException;
import java.util.Arrays;
import java.util.Random;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

class PqxxHandshakeTest
{
    private static final long SEED = 20_261_103L;
    private static final byte[] PROLOGUE = "shadowmesh/1 test".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] NONE = new byte[0];
    private static final byte[] HELLO = { 0, 0, 0, 1, 5, 120, 0, 0 };
    private static final byte[] NO_PSK = new byte[32];
    private static final int M3_FIRST_FIELD = 1136;

    private static KemKeyPair initiatorKeys;
    private static KemKeyPair responderKeys;

    private PqxxHandshake initiator;
    private PqxxHandshake responder;

    @BeforeAll
    static void makeStaticKeys()
    {
        initiatorKeys = XWing.INSTANCE.generate(new CountingRandom(1));
        responderKeys = XWing.INSTANCE.generate(new CountingRandom(2));
    }

    @BeforeEach
    void begin()
    {
        initiator = initiator(PROLOGUE);
        responder = responder(PROLOGUE, responderKeys);
    }

    @Test
    void bothSidesGetTheSameKeysAndEachOthersStaticKey() throws Exception
    {
        assertNull(initiator.remoteStaticKey());
        complete();
        assertArrayEquals(responderKeys.publicKey(), initiator.remoteStaticKey());
        assertArrayEquals(initiatorKeys.publicKey(), responder.remoteStaticKey());
        assertArrayEquals(initiator.handshakeHash(), responder.handshakeHash());

        final TransportKeys ours = initiator.split();
        final TransportKeys theirs = responder.split();
        assertArrayEquals(ours.initiatorKey(), theirs.initiatorKey());
        assertArrayEquals(ours.responderKey(), theirs.responderKey());
        assertArrayEquals(ours.handshakeHash(), theirs.handshakeHash());
        assertFalse(Arrays.equals(ours.initiatorKey(), ours.responderKey()));
        ours.destroy();
        assertArrayEquals(new byte[32], ours.initiatorKey());
        assertArrayEquals(new byte[32], ours.responderKey());
        assertEquals("TransportKeys", ours.toString());
    }

    @Test
    void messagesHaveTheLengthsOfTheProtocol() throws Exception
    {
        final byte[] m1 = initiator.writeMessage(NONE);
        assertEquals(1216, m1.length);
        assertEquals(0, responder.readMessage(m1).length);
        final byte[] m2 = responder.writeMessage(NONE);
        assertEquals(2368, m2.length);
        assertEquals(0, initiator.readMessage(m2).length);
        final byte[] m3 = initiator.writeMessage(HELLO);
        assertEquals(2392, m3.length);
        assertArrayEquals(HELLO, responder.readMessage(m3));
        final byte[] m4 = responder.writeMessage(HELLO);
        assertEquals(1160, m4.length);
        assertArrayEquals(HELLO, initiator.readMessage(m4));
        assertTrue(initiator.isComplete());
        assertTrue(responder.isComplete());
        assertEquals(5, initiator.nextMessage());
    }

    @Test
    void everyHandshakeHasItsOwnKeys() throws Exception
    {
        complete();
        final byte[] first = initiator.split().initiatorKey();
        initiator = PqxxHandshake.initiator(
            XWing.INSTANCE, PqxxHandshake.PROTOCOL, PROLOGUE, initiatorKeys, new CountingRandom(99));
        initiator.presharedKey(NO_PSK);
        responder = responder(PROLOGUE, responderKeys);
        complete();
        assertFalse(Arrays.equals(first, initiator.split().initiatorKey()));
    }

    @Test
    void anAlteredM1LeadsToNoM2ThatOpens() throws Exception
    {
        final Random random = new Random(SEED);
        final byte[] m1 = initiator.writeMessage(NONE);
        for (int i = 0; i < m1.length; i += 1 + random.nextInt(40))
        {
            final byte[] altered = flipped(m1, i, random);
            final PqxxHandshake other = responder(PROLOGUE, responderKeys);
            final byte[] m2;
            try
            {
                other.readMessage(altered);
                m2 = other.writeMessage(NONE);
            }
            catch (final InvalidKeyException ex)
            {
                continue;
            }
            assertUnreadable(initiator, m2, "byte " + i + ", seed " + SEED);
        }
        responder.readMessage(m1);
        initiator.readMessage(responder.writeMessage(NONE));
    }

    @Test
    void anAlteredM2ChangesNothing() throws Exception
    {
        final Random random = new Random(SEED);
        final byte[] m2 = upToM2();
        final byte[] hash = initiator.handshakeHash();
        for (int i = 0; i < m2.length; i += 1 + random.nextInt(8))
        {
            assertUnreadable(initiator, flipped(m2, i, random), "byte " + i + ", seed " + SEED);
            assertArrayEquals(hash, initiator.handshakeHash());
            assertNull(initiator.remoteStaticKey());
        }
        finishFromM2(m2);
    }

    @Test
    void anM3WhoseFirstFieldIsAlteredChangesNothing() throws Exception
    {
        final Random random = new Random(SEED);
        final byte[] m3 = upToM3();
        final byte[] hash = responder.handshakeHash();
        for (int i = 0; i < M3_FIRST_FIELD; i++)
        {
            assertUnreadable(responder, flipped(m3, i, random), "byte " + i + ", seed " + SEED);
            assertArrayEquals(hash, responder.handshakeHash());
        }
        responder.readMessage(m3);
        initiator.readMessage(responder.writeMessage(HELLO));
        assertTrue(initiator.isComplete());
    }

    @Test
    void anM3WhoseLaterFieldIsAlteredEndsTheHandshake() throws Exception
    {
        final Random random = new Random(SEED);
        for (int i = M3_FIRST_FIELD; i < 2392; i += 1 + random.nextInt(60))
        {
            begin();
            final byte[] m3 = upToM3();
            final byte[] altered = flipped(m3, i, random);
            assertThrows(GeneralSecurityException.class, () -> responder.readMessage(altered));
            assertTrue(responder.isEnded(), "byte " + i + ", seed " + SEED);
            assertFalse(responder.isComplete());
            assertThrows(IllegalStateException.class, () -> responder.readMessage(m3));
            assertThrows(IllegalStateException.class, () -> responder.writeMessage(NONE));
        }
    }

    @Test
    void anAlteredM4ChangesNothing() throws Exception
    {
        final Random random = new Random(SEED);
        final byte[] m3 = upToM3();
        responder.readMessage(m3);
        final byte[] m4 = responder.writeMessage(HELLO);
        for (int i = 0; i < m4.length; i++)
        {
            assertUnreadable(initiator, flipped(m4, i, random), "byte " + i + ", seed " + SEED);
            assertFalse(initiator.isComplete());
        }
        assertArrayEquals(HELLO, initiator.readMessage(m4));
        assertArrayEquals(initiator.split().initiatorKey(), responder.split().initiatorKey());
    }

    @Test
    void messagesOfAnotherLengthAreUnreadable() throws Exception
    {
        final byte[] m1 = initiator.writeMessage(NONE);
        for (int length = 0; length < m1.length; length++)
        {
            assertUnreadable(responder, Arrays.copyOf(m1, length), "M1 of " + length);
        }
        responder.readMessage(m1);

        final byte[] m2 = responder.writeMessage(NONE);
        for (int length = 0; length < m2.length; length += 5)
        {
            assertUnreadable(initiator, Arrays.copyOf(m2, length), "M2 of " + length);
        }
        assertUnreadable(initiator, Arrays.copyOf(m2, m2.length + 1), "M2 too long");
        initiator.readMessage(m2);

        final byte[] m3 = initiator.writeMessage(HELLO);
        for (int length = 0; length < M3_FIRST_FIELD; length++)
        {
            assertUnreadable(responder, Arrays.copyOf(m3, length), "M3 of " + length);
        }
        responder.readMessage(m3);
        initiator.readMessage(responder.writeMessage(HELLO));
    }

    @Test
    void anotherPrologueLeadsNowhere() throws Exception
    {
        responder = responder("shadowmesh/1 tess".getBytes(StandardCharsets.US_ASCII), responderKeys);
        assertUnreadable(initiator, upToM2(), "another prologue");
    }

    @Test
    void anotherProtocolNameLeadsNowhere() throws Exception
    {
        responder = PqxxHandshake.responder(
            XWing.INSTANCE, "Noise_pqXXpsk3_XWing_ChaChaPoly_SHA512", PROLOGUE, responderKeys, new CountingRandom(4));
        assertUnreadable(initiator, upToM2(), "another protocol");
    }

    @Test
    void bothSidesNeedTheSamePresharedKey() throws Exception
    {
        final byte[] psk = new byte[32];
        psk[0] = 1;
        initiator.presharedKey(psk);
        final byte[] m3 = upToM3();
        assertThrows(GeneralSecurityException.class, () -> responder.readMessage(m3));
        assertTrue(responder.isEnded());

        begin();
        initiator.presharedKey(psk);
        responder.presharedKey(psk);
        psk[0] = 2;
        complete();
    }

    @Test
    void thePresharedKeyMayComeFromTheCheck() throws Exception
    {
        final byte[] psk = new byte[32];
        Arrays.fill(psk, (byte)7);
        initiator.presharedKey(null);
        responder.presharedKey(null);
        responder.readMessage(initiator.writeMessage(NONE));
        initiator.readMessage(responder.writeMessage(NONE), key -> psk);
        responder.readMessage(initiator.writeMessage(HELLO), key -> psk.clone());
        initiator.readMessage(responder.writeMessage(HELLO));
        assertArrayEquals(initiator.split().responderKey(), responder.split().responderKey());
        assertEquals(7, psk[0], "the caller's key stays the caller's");
    }

    @Test
    void aMissingPresharedKeyIsACallersMistake() throws Exception
    {
        initiator.presharedKey(null);
        responder.readMessage(initiator.writeMessage(NONE));
        initiator.readMessage(responder.writeMessage(NONE));
        assertThrows(IllegalStateException.class, () -> initiator.writeMessage(HELLO));
        assertFalse(initiator.isEnded());
        initiator.presharedKey(NO_PSK);
        responder.readMessage(initiator.writeMessage(HELLO));
        assertThrows(IllegalArgumentException.class, () -> initiator.presharedKey(new byte[31]));
    }

    @Test
    void theInitiatorMayRefuseAResponderAndWaitForAnother() throws Exception
    {
        final byte[] m1 = initiator.writeMessage(NONE);
        final PqxxHandshake impostor = responder(PROLOGUE, XWing.INSTANCE.generate(new CountingRandom(77)));
        impostor.readMessage(m1);
        responder.readMessage(m1);
        final byte[] forged = impostor.writeMessage(NONE);
        final StaticKeyCheck wanted = key -> Arrays.equals(key, responderKeys.publicKey()) ? NO_PSK : null;

        assertThrows(PeerRefusedException.class, () -> initiator.readMessage(forged, wanted));
        assertFalse(initiator.isEnded());
        assertNull(initiator.remoteStaticKey());
        initiator.readMessage(responder.writeMessage(NONE), wanted);
        assertEquals(3, initiator.nextMessage());
    }

    @Test
    void theResponderMayRefuseAnInitiatorWhichEndsTheHandshake() throws Exception
    {
        final byte[] m3 = upToM3();
        assertThrows(PeerRefusedException.class, () -> responder.readMessage(m3, key -> null));
        assertTrue(responder.isEnded());
    }

    @Test
    void theResponderMayPutAnM3Off() throws Exception
    {
        final byte[] m3 = upToM3();
        final GeneralSecurityException later = new GeneralSecurityException("later");
        assertEquals(later, assertThrows(
            GeneralSecurityException.class,
            () -> responder.readMessage(m3, key ->
            {
                throw later;
            })));
        assertFalse(responder.isEnded());
        assertNull(responder.remoteStaticKey());
        responder.readMessage(m3, key -> NO_PSK);
        initiator.readMessage(responder.writeMessage(HELLO));
        assertTrue(initiator.isComplete());
    }

    @Test
    void anEphemeralKeyThatIsNotCanonicalIsRefused() throws Exception
    {
        final byte[] m1 = initiator.writeMessage(NONE);
        final byte[] unreduced = m1.clone();
        unreduced[0] = (byte)0xFF;
        unreduced[1] |= 0x0F;
        final byte[] topBit = m1.clone();
        topBit[1215] |= (byte)0x80;
        final byte[] smallOrder = m1.clone();
        Arrays.fill(smallOrder, 1184, 1216, (byte)0);
        for (final byte[] bad : new byte[][]{ unreduced, topBit, smallOrder })
        {
            assertThrows(InvalidKeyException.class, () -> responder.readMessage(bad));
        }
        assertEquals(1, responder.nextMessage());
        responder.readMessage(m1);
    }

    @Test
    void whoClaimsAKeyWithoutItsSecretGetsNoSession() throws Exception
    {
        final KemKeyPair own = XWing.INSTANCE.generate(new CountingRandom(55));
        final KemKeyPair stolen = StolenKey.pair(own, initiatorKeys.publicKey());
        initiator = PqxxHandshake.initiator(
            XWing.INSTANCE, PqxxHandshake.PROTOCOL, PROLOGUE, stolen, new CountingRandom(8));
        initiator.presharedKey(NO_PSK);
        final byte[] m3 = upToM3();
        responder.readMessage(m3);
        assertArrayEquals(initiatorKeys.publicKey(), responder.remoteStaticKey());
        assertUnreadable(initiator, responder.writeMessage(HELLO), "M4 for another key");
    }

    @Test
    void messagesOutOfTurnAreACallersMistake() throws Exception
    {
        assertThrows(IllegalStateException.class, () -> initiator.readMessage(new byte[1216]));
        assertThrows(IllegalStateException.class, () -> responder.writeMessage(NONE));
        assertThrows(IllegalStateException.class, initiator::split);
        complete();
        assertThrows(IllegalStateException.class, () -> initiator.writeMessage(NONE));
        initiator.split();
        assertThrows(IllegalStateException.class, initiator::split);
        assertTrue(initiator.isEnded());
    }

    @Test
    void nothingWorksOnceDestroyed() throws Exception
    {
        final byte[] m2 = upToM2();
        initiator.destroy();
        initiator.destroy();
        assertThrows(IllegalStateException.class, () -> initiator.readMessage(m2));
        assertEquals(96, initiatorKeys.secret().length, "the static keys stay the caller's");
    }

    @Test
    void runsWithMlKemAndWithoutPsk() throws Exception
    {
        final CountingRandom random = new CountingRandom(5);
        final String name = "Noise_pqXX_MLKEM768_ChaChaPoly_SHA256";
        initiator = PqxxHandshake.initiator(
            MlKem768.INSTANCE, name, PROLOGUE, MlKem768.INSTANCE.generate(random), random);
        responder = PqxxHandshake.responder(
            MlKem768.INSTANCE, name, PROLOGUE, MlKem768.INSTANCE.generate(random), random);
        complete();
        assertArrayEquals(initiator.split().initiatorKey(), responder.split().initiatorKey());
    }

    private byte[] upToM2() throws GeneralSecurityException
    {
        responder.readMessage(initiator.writeMessage(NONE));
        return responder.writeMessage(NONE);
    }

    private byte[] upToM3() throws GeneralSecurityException
    {
        initiator.readMessage(upToM2());
        return initiator.writeMessage(HELLO);
    }

    private void finishFromM2(final byte[] m2) throws GeneralSecurityException
    {
        initiator.readMessage(m2);
        responder.readMessage(initiator.writeMessage(HELLO));
        initiator.readMessage(responder.writeMessage(HELLO));
        assertTrue(initiator.isComplete());
        assertTrue(responder.isComplete());
    }

    private void complete() throws GeneralSecurityException
    {
        finishFromM2(upToM2());
    }

    private static void assertUnreadable(final PqxxHandshake reader, final byte[] message, final String where)
    {
        assertThrows(GeneralSecurityException.class, () -> reader.readMessage(message), where);
        assertFalse(reader.isEnded(), where);
    }

    private static byte[] flipped(final byte[] message, final int index, final Random random)
    {
        final byte[] copy = message.clone();
        copy[index] ^= (byte)(1 << random.nextInt(8));
        return copy;
    }

    private static PqxxHandshake initiator(final byte[] prologue)
    {
        final PqxxHandshake made = PqxxHandshake.initiator(
            XWing.INSTANCE, PqxxHandshake.PROTOCOL, prologue, initiatorKeys, new CountingRandom(3));
        made.presharedKey(NO_PSK);
        return made;
    }

    private static PqxxHandshake responder(final byte[] prologue, final KemKeyPair keys)
    {
        final PqxxHandshake made = PqxxHandshake.responder(
            XWing.INSTANCE, PqxxHandshake.PROTOCOL, prologue, keys, new CountingRandom(4));
        made.presharedKey(NO_PSK);
        return made;
    }
}
