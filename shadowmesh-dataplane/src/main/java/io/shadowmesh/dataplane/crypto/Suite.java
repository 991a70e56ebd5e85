package io.shadowmesh.dataplane.crypto;

/**
 * The AEAD of a session. Both are mandatory to implement; the initiator chooses.
 *
 * <p>Source: wire protocol ShadowMesh/1, section 2; NIST SP 800-38D; RFC 8439.
 */
public enum Suite
{
    /** AES-256 in Galois/counter mode. */
    AES_256_GCM(1),

    /** ChaCha20 with Poly1305. */
    CHACHA20_POLY1305(2);

    /** Bytes of a key, of either suite. */
    public static final int KEY_LENGTH = 32;

    /** Bytes of an initialisation vector, of either suite. */
    public static final int IV_LENGTH = 12;

    /** Bytes of a tag, of either suite. */
    public static final int TAG_LENGTH = 16;

    private final int id;

    Suite(final int id)
    {
        this.id = id;
    }

    /**
     * The number of the suite on the wire.
     *
     * @return 1 or 2.
     */
    public int id()
    {
        return id;
    }

    /**
     * Finds a suite by its number on the wire.
     *
     * @param id of the suite.
     * @return the suite, or null when there is none of that number.
     */
    public static Suite of(final int id)
    {
        return switch (id)
        {
            case 1 -> AES_256_GCM;
            case 2 -> CHACHA20_POLY1305;
            default -> null;
        };
    }
}
