package io.shadowmesh.cli.doctor;

import io.shadowmesh.dataplane.crypto.Aead;

import java.util.List;

/** Who computes the ciphers. */
public final class CipherCheck implements Check
{
    private final String name;

    /**
     * Looks at a provider.
     *
     * @param name as {@code --crypto} takes it.
     */
    public CipherCheck(final String name)
    {
        this.name = name;
    }

    @Override
    public List<Finding> run()
    {
        final Aead used;
        try
        {
            used = Aead.named(name);
        }
        catch (final IllegalArgumentException e)
        {
            return List.of(Finding.problem("cipher", e.getMessage(), "leave out --crypto " + name));
        }
        final String advice = Aead.advice(used);
        return List.of(advice == null ? Finding.ok("cipher", used.description()) :
            Finding.warning("cipher", used.description(), advice));
    }
}
