package io.shadowmesh.dataplane.crypto;

/** No security provider of this JVM has ML-KEM-768. The message says what to do. */
public final class MlKemMissingException extends IllegalStateException
{
    private static final long serialVersionUID = 1L;

    /**
     * Says what is missing and what to do.
     *
     * @param cause what the look-up threw.
     */
    public MlKemMissingException(final Throwable cause)
    {
        super(
            "no security provider of this JVM (Java " + Runtime.version().feature() + ") has ML-KEM-768: " +
            "run on JDK 24 or newer, or install a provider with ML-KEM",
            cause);
    }
}
