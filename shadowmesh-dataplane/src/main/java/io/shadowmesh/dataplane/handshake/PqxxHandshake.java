package io.shadowmesh.dataplane.handshake;

import io.shadowmesh.dataplane.crypto.Kem;
import io.shadowmesh.dataplane.crypto.KemKeyPair;
import io.shadowmesh.dataplane.crypto.Suite;
import io.shadowmesh.dataplane.crypto.SymmetricState;

import java.io.ByteArrayOutputStream;
import java.security.GeneralSecurityException;
import java.security.InvalidKeyException;
import java.security.SecureRandom;
import java.util.Arrays;

/**
 * One side of one Noise {@code pqXX} handshake, message by message, for any KEM, with or without {@code psk3}.
 *
 * <pre>
 *  M1 →  e              MixHash(pk)
 *  M2 ←  ekem, s        ekem: ct, MixHash(ct), MixKey(ss); s: EncryptAndHash(pk)
 *  M3 →  skem, s, psk   skem: EncryptAndHash(ct), MixKeyAndHash(ss); psk: MixKeyAndHash(psk)
 *  M4 ←  skem
 * </pre>
 *
 * Every message ends with its payload, EncryptAndHash(payload).
 *
 * <p><b>Errors:</b> a message that cannot be read throws, and whoever calls goes on as if it had never come: no state
 * has changed. The one exception is an M3 whose first field opened, so that it comes from whoever sent M1, and a later
 * one failed: that ends the handshake, {@link #isEnded()} is true from then on, and all that is left is to drop it.
 *
 * <p><b>Threading:</b> one thread, the control thread.
 *
 * <p>Source: wire protocol ShadowMesh/1, section 4; PQNoise (Angel, Dowling, Hülsing, Schwabe, Weber, CCS 2022).
 */
public final class PqxxHandshake
{
    /** The name of the protocol that the tunnel speaks. */
    public static final String PROTOCOL = "Noise_pqXXpsk3_XWing_ChaChaPoly_SHA256";

    /** Bytes of a pre-shared key. */
    public static final int PRESHARED_KEY_LENGTH = 32;

    private enum Token
    {
        E, EKEM, S, SKEM, PSK
    }

    private static final Token[][] PATTERN = {
        { Token.E },
        { Token.EKEM, Token.S },
        { Token.SKEM, Token.S, Token.PSK },
        { Token.SKEM } };

    private static final int M3 = 2;

    private final Kem kem;
    private final KemKeyPair staticKeys;
    private final SecureRandom random;
    private final boolean isInitiator;
    private final boolean hasPsk;

    private SymmetricState symmetric;
    private KemKeyPair ephemeral;
    private byte[] remoteEphemeral;
    private byte[] remoteStatic;
    private byte[] psk;
    private int turn;
    private boolean isEnded;

    private PqxxHandshake(
        final boolean isInitiator,
        final Kem kem,
        final String protocolName,
        final byte[] prologue,
        final KemKeyPair staticKeys,
        final SecureRandom random)
    {
        this.isInitiator = isInitiator;
        this.kem = kem;
        this.staticKeys = staticKeys;
        this.random = random;
        hasPsk = protocolName.contains("psk3");
        symmetric = new SymmetricState(protocolName);
        symmetric.mixHash(prologue);
    }

    /**
     * The side that sends M1 and M3.
     *
     * @param kem          of the protocol.
     * @param protocolName of which {@code psk3} decides whether M3 has its token {@code psk}.
     * @param prologue     that both sides must have the same.
     * @param staticKeys   of this side; they stay the caller's.
     * @param random       for the ephemeral key pair and the encapsulations.
     * @return the handshake, whose turn is to write M1.
     */
    public static PqxxHandshake initiator(
        final Kem kem,
        final String protocolName,
        final byte[] prologue,
        final KemKeyPair staticKeys,
        final SecureRandom random)
    {
        return new PqxxHandshake(true, kem, protocolName, prologue, staticKeys, random);
    }

    /**
     * The side that sends M2 and M4.
     *
     * @param kem          of the protocol.
     * @param protocolName of which {@code psk3} decides whether M3 has its token {@code psk}.
     * @param prologue     that both sides must have the same.
     * @param staticKeys   of this side; they stay the caller's.
     * @param random       for the encapsulations.
     * @return the handshake, whose turn is to read M1.
     */
    public static PqxxHandshake responder(
        final Kem kem,
        final String protocolName,
        final byte[] prologue,
        final KemKeyPair staticKeys,
        final SecureRandom random)
    {
        return new PqxxHandshake(false, kem, protocolName, prologue, staticKeys, random);
    }

    /**
     * Sets the pre-shared key, which must be known before M3 is written or its token {@code psk} is read. A
     * {@link StaticKeyCheck} that accepts a peer of a psk pattern sets it as well.
     *
     * @param psk32 32 bytes, all zero where the peers share none; copied. Null takes it back.
     * @throws IllegalArgumentException when the length is wrong.
     */
    public void presharedKey(final byte[] psk32)
    {
        replacePsk(null == psk32 ? null : checkedPsk(psk32));
    }

    /**
     * Writes the next message, which must be this side's.
     *
     * @param payload to end it with.
     * @return the message.
     * @throws GeneralSecurityException when a key of the other side cannot be encapsulated to; no state has changed.
     * @throws IllegalStateException    when it is the other side's turn, the handshake is over, or the psk is missing.
     */
    public byte[] writeMessage(final byte[] payload) throws GeneralSecurityException
    {
        requireTurn(isWriterOf(turn));

        final SymmetricState work = symmetric.copy();
        final ByteArrayOutputStream out = new ByteArrayOutputStream();
        KemKeyPair madeEphemeral = null;
        boolean done = false;
        try
        {
            for (final Token token : PATTERN[turn])
            {
                switch (token)
                {
                    case E ->
                    {
                        madeEphemeral = kem.generate(random);
                        final byte[] pk = madeEphemeral.publicKey();
                        work.mixHash(pk);
                        out.writeBytes(pk);
                    }
                    case EKEM ->
                    {
                        final Kem.Encapsulation made = kem.encapsulate(remoteEphemeral, random);
                        work.mixHash(made.ciphertext());
                        mixSecret(work, made.sharedSecret(), false);
                        out.writeBytes(made.ciphertext());
                    }
                    case S -> out.writeBytes(work.encryptAndHash(staticKeys.publicKey()));
                    case SKEM ->
                    {
                        final Kem.Encapsulation made = kem.encapsulate(remoteStatic, random);
                        out.writeBytes(work.encryptAndHash(made.ciphertext()));
                        mixSecret(work, made.sharedSecret(), true);
                    }
                    case PSK -> mixPsk(work, psk);
                    default -> throw new AssertionError(token);
                }
            }
            out.writeBytes(work.encryptAndHash(payload));
            done = true;
        }
        finally
        {
            if (!done)
            {
                work.destroy();
                if (null != madeEphemeral)
                {
                    madeEphemeral.destroy();
                }
            }
        }

        if (null != madeEphemeral)
        {
            ephemeral = madeEphemeral;
        }
        advance(work);
        return out.toByteArray();
    }

    /**
     * Reads the next message, which must be the other side's, and accepts whatever static key is in it.
     *
     * @param message that was received, whole.
     * @return its payload.
     * @throws GeneralSecurityException when it cannot be read; see the class about what has changed then.
     * @throws IllegalStateException    when it is this side's turn, the handshake is over, or the psk is missing.
     */
    public byte[] readMessage(final byte[] message) throws GeneralSecurityException
    {
        return readMessage(message, null);
    }

    /**
     * Reads the next message, which must be the other side's, and has the static key judged that M2 or M3 brings,
     * before anything after it is read.
     *
     * @param message that was received, whole.
     * @param check   of the static key; null accepts every one.
     * @return its payload.
     * @throws PeerRefusedException     when the check refuses the static key: nothing has changed if this was M2, the
     *                                  handshake is ended if this was M3.
     * @throws GeneralSecurityException when it cannot be read, or what the check threw; see the class about what has
     *                                  changed then.
     * @throws IllegalStateException    when it is this side's turn, the handshake is over, or the psk is missing.
     */
    public byte[] readMessage(final byte[] message, final StaticKeyCheck check) throws GeneralSecurityException
    {
        requireTurn(!isWriterOf(turn));

        final Reading reading = new Reading(message, check);
        boolean done = false;
        final byte[] payload;
        try
        {
            for (final Token token : PATTERN[turn])
            {
                reading.read(token);
            }
            payload = reading.work.decryptAndHash(reading.rest());
            done = true;
        }
        finally
        {
            if (!done)
            {
                reading.destroy();
                if (M3 == turn && reading.firstFieldOpened && !reading.isDeferred)
                {
                    destroy();
                }
            }
        }

        if (null != reading.remoteEphemeral)
        {
            remoteEphemeral = reading.remoteEphemeral;
        }
        if (null != reading.remoteStatic)
        {
            remoteStatic = reading.remoteStatic;
        }
        if (null != reading.psk)
        {
            replacePsk(reading.psk);
        }
        if (null != ephemeral)
        {
            ephemeral.destroy();
            ephemeral = null;
        }
        advance(reading.work);
        return payload;
    }

    /**
     * The static key of the other side, once the message that brings it is read.
     *
     * @return a copy, or null before that.
     */
    public byte[] remoteStaticKey()
    {
        return null == remoteStatic ? null : remoteStatic.clone();
    }

    /**
     * The hash of all that was said so far.
     *
     * @return a copy of its 32 bytes.
     */
    public byte[] handshakeHash()
    {
        return symmetric.handshakeHash();
    }

    /**
     * The number of the message that comes next.
     *
     * @return 1 to 4, or 5 when all were said.
     */
    public int nextMessage()
    {
        return turn + 1;
    }

    /**
     * Whether all four messages were written and read.
     *
     * @return true when {@link #split()} may be called.
     */
    public boolean isComplete()
    {
        return !isEnded && PATTERN.length == turn;
    }

    /**
     * Whether the handshake is over without more to come: a genuine M3 turned out bad, or {@link #destroy()} or
     * {@link #split()} was called.
     *
     * @return true when it can only be dropped.
     */
    public boolean isEnded()
    {
        return isEnded;
    }

    /**
     * Makes the keys of the transport and erases the handshake's.
     *
     * @return the keys, for the caller to destroy.
     * @throws IllegalStateException when the handshake is not complete or was split before.
     */
    public TransportKeys split()
    {
        if (!isComplete())
        {
            throw new IllegalStateException("the handshake is not complete");
        }
        final byte[][] keys = symmetric.split();
        final TransportKeys transportKeys = new TransportKeys(keys[0], keys[1], symmetric.handshakeHash());
        destroy();
        return transportKeys;
    }

    /** Erases every secret but the static keys, which are the caller's. May be called twice. */
    public void destroy()
    {
        isEnded = true;
        symmetric.destroy();
        replacePsk(null);
        if (null != ephemeral)
        {
            ephemeral.destroy();
            ephemeral = null;
        }
    }

    private boolean isWriterOf(final int message)
    {
        return isInitiator == (0 == (message & 1));
    }

    private void requireTurn(final boolean isOurs)
    {
        if (isEnded || PATTERN.length == turn)
        {
            throw new IllegalStateException("the handshake is over");
        }
        if (!isOurs)
        {
            throw new IllegalStateException("M" + (turn + 1) + " is the other side's to write");
        }
    }

    private void advance(final SymmetricState work)
    {
        symmetric.destroy();
        symmetric = work;
        turn++;
    }

    private void mixPsk(final SymmetricState work, final byte[] key)
    {
        if (hasPsk)
        {
            if (null == key)
            {
                throw new IllegalStateException("the pre-shared key is not set");
            }
            work.mixKeyAndHash(key);
        }
    }

    private void replacePsk(final byte[] key)
    {
        if (null != psk)
        {
            Arrays.fill(psk, (byte)0);
        }
        psk = key;
    }

    private static byte[] checkedPsk(final byte[] key)
    {
        if (PRESHARED_KEY_LENGTH != key.length)
        {
            throw new IllegalArgumentException("a pre-shared key has 32 bytes, not " + key.length);
        }
        return key.clone();
    }

    private static void mixSecret(final SymmetricState work, final byte[] secret, final boolean andHash)
    {
        if (andHash)
        {
            work.mixKeyAndHash(secret);
        }
        else
        {
            work.mixKey(secret);
        }
        Arrays.fill(secret, (byte)0);
    }

    /** One message as it is read, on a copy of the state. */
    private final class Reading
    {
        private final byte[] message;
        private final StaticKeyCheck check;
        private final SymmetricState work = symmetric.copy();
        private int position;
        private byte[] remoteEphemeral;
        private byte[] remoteStatic;
        private byte[] psk;
        private boolean firstFieldOpened;
        private boolean isDeferred;

        Reading(final byte[] message, final StaticKeyCheck check)
        {
            this.message = message;
            this.check = check;
        }

        void read(final Token token) throws GeneralSecurityException
        {
            switch (token)
            {
                case E ->
                {
                    remoteEphemeral = canonical(next(kem.publicKeyLength()));
                    work.mixHash(remoteEphemeral);
                }
                case EKEM ->
                {
                    final byte[] ciphertext = next(kem.ciphertextLength());
                    work.mixHash(ciphertext);
                    mixSecret(work, kem.decapsulate(ephemeral, ciphertext), false);
                }
                case S -> readStaticKey();
                case SKEM ->
                {
                    final byte[] ciphertext = work.decryptAndHash(nextSealed(kem.ciphertextLength()));
                    firstFieldOpened = true;
                    mixSecret(work, kem.decapsulate(staticKeys, ciphertext), true);
                }
                case PSK -> mixPsk(work, null != psk ? psk : PqxxHandshake.this.psk);
                default -> throw new AssertionError(token);
            }
        }

        private void readStaticKey() throws GeneralSecurityException
        {
            remoteStatic = canonical(work.decryptAndHash(nextSealed(kem.publicKeyLength())));
            if (null == check)
            {
                return;
            }

            final byte[] key;
            isDeferred = true;
            key = check.presharedKeyFor(remoteStatic.clone());
            isDeferred = false;
            if (null == key)
            {
                throw new PeerRefusedException();
            }
            if (hasPsk)
            {
                psk = checkedPsk(key);
            }
        }

        private byte[] canonical(final byte[] publicKey) throws InvalidKeyException
        {
            if (!kem.isCanonicalPublicKey(publicKey))
            {
                throw new InvalidKeyException("the other side's public key is not acceptable");
            }
            return publicKey;
        }

        private byte[] nextSealed(final int length) throws GeneralSecurityException
        {
            return next(work.hasKey() ? length + Suite.TAG_LENGTH : length);
        }

        private byte[] next(final int length) throws GeneralSecurityException
        {
            if (length > message.length - position)
            {
                throw new GeneralSecurityException("M" + (turn + 1) + " is too short");
            }
            position += length;
            return Arrays.copyOfRange(message, position - length, position);
        }

        byte[] rest()
        {
            return Arrays.copyOfRange(message, position, message.length);
        }

        void destroy()
        {
            work.destroy();
            if (null != psk)
            {
                Arrays.fill(psk, (byte)0);
            }
        }
    }
}
