package io.shadowmesh.bindgen;

/** Input that lies outside the supported subset: where, and why. */
final class Refusal extends RuntimeException
{
    private static final long serialVersionUID = 1L;

    /**
     * @param file   the file's name.
     * @param line   counted from 1.
     * @param reason what is not supported, or not understood.
     */
    Refusal(final String file, final int line, final String reason)
    {
        super(file + ":" + line + ": " + reason);
    }
}
