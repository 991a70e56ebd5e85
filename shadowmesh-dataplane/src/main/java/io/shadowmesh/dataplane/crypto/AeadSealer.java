package io.shadowmesh.dataplane.crypto;

/**
 * Seals the frames of one session in one direction.
 *
 * <p><b>Threading:</b> one thread seals; {@link #close()} is for whoever knows that this thread has let go.
 * <p><b>Ownership:</b> owns the key and its native cipher context until {@link #close()}.
 */
public interface AeadSealer extends AutoCloseable
{
    /**
     * Seals one text: writes the ciphertext and then the 16-byte tag at {@code out}. The nonce is
     * {@code iv XOR (0^4 | sequence)}; a sequence must be sealed with once only.
     *
     * @param sequence   of the frame.
     * @param aad        address of the additional data.
     * @param aadLength  of the additional data in bytes.
     * @param text       address of the plaintext.
     * @param textLength of the plaintext in bytes.
     * @param out        address of {@code textLength + 16} bytes; may be {@code text}, but no other overlap.
     * @throws IllegalStateException when the sealer is closed or the cipher failed; what is at {@code out} must then
     *                               not be sent.
     */
    void seal(long sequence, long aad, int aadLength, long text, int textLength, long out);

    /** Erases the key and frees what is native. May be called twice. */
    @Override
    void close();
}
