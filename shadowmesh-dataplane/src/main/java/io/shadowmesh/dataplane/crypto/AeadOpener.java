package io.shadowmesh.dataplane.crypto;

/**
 * Opens the frames of one session in one direction.
 *
 * <p><b>Threading:</b> one thread opens; {@link #close()} is for whoever knows that this thread has let go.
 * <p><b>Ownership:</b> owns the key and its native cipher context until {@link #close()}.
 */
public interface AeadOpener extends AutoCloseable
{
    /** What {@link #open} returns when the tag does not match. */
    int REFUSED = -1;

    /**
     * Opens one sealed text: checks the tag and writes the plaintext at {@code out}.
     *
     * @param sequence     of the frame.
     * @param aad          address of the additional data.
     * @param aadLength    of the additional data in bytes.
     * @param sealed       address of the ciphertext, which the tag follows.
     * @param sealedLength of ciphertext and tag in bytes.
     * @param out          address of {@code sealedLength - 16} bytes; may be {@code sealed}, but no other overlap.
     * @return the plaintext's length, or {@link #REFUSED} when the tag does not match; the bytes at {@code out} are
     *         then not to be used.
     * @throws IllegalStateException when the opener is closed or the cipher failed for another reason than the tag.
     */
    int open(long sequence, long aad, int aadLength, long sealed, int sealedLength, long out);

    /** Erases the key and frees what is native. May be called twice. */
    @Override
    void close();
}
