package io.shadowmesh.cli;

import io.shadowmesh.dataplane.crypto.Aead;
import picocli.CommandLine.IVersionProvider;

import java.io.IOException;
import java.io.InputStream;
import java.util.Properties;

/** What {@code --version} prints: our version, the JDK's, and who computes the ciphers. */
final class Version implements IVersionProvider
{
    @Override
    public String[] getVersion() throws IOException
    {
        return new String[] {
            "shadowmesh " + number() + ", JDK " + Runtime.version() + " (" + System.getProperty("java.vendor") + "), " +
            "AES-256-GCM by " + Aead.best().description()};
    }

    static String number() throws IOException
    {
        final Properties build = new Properties();
        try (InputStream stream = Version.class.getResourceAsStream("build.properties"))
        {
            build.load(stream);
        }
        return build.getProperty("version");
    }
}
