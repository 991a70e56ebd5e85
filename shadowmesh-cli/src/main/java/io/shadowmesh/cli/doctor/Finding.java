package io.shadowmesh.cli.doctor;

/**
 * One thing that was found.
 *
 * @param verdict what it means for the tunnel.
 * @param check   what was looked at, in a word or two.
 * @param found   what was found, in half a sentence.
 * @param advice  what to do, in half a sentence; empty where there is nothing to do.
 */
public record Finding(Verdict verdict, String check, String found, String advice)
{
    static Finding ok(final String check, final String found)
    {
        return new Finding(Verdict.OK, check, found, "");
    }

    static Finding warning(final String check, final String found, final String advice)
    {
        return new Finding(Verdict.WARNING, check, found, advice);
    }

    /**
     * Something that keeps the tunnel from working.
     *
     * @param check  what was looked at.
     * @param found  what was found.
     * @param advice what to do.
     * @return the finding.
     */
    public static Finding problem(final String check, final String found, final String advice)
    {
        return new Finding(Verdict.PROBLEM, check, found, advice);
    }
}
