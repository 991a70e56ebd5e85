package io.shadowmesh.cli.doctor;

/** What a finding means for the tunnel. */
public enum Verdict
{
    /** All is well. */
    OK("ok"),
    /** It works, but not as well as it could. */
    WARNING("warning"),
    /** The tunnel could not work. */
    PROBLEM("problem");

    private final String text;

    Verdict(final String text)
    {
        this.text = text;
    }

    /**
     * The verdict as it is printed.
     *
     * @return a word.
     */
    public String text()
    {
        return text;
    }
}
