package io.shadowmesh.cli;

import io.shadowmesh.dataplane.identity.PresharedKeyFile;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.Callable;

/** {@code shadowmesh genpsk}: makes a preshared key for two nodes. */
@Command(name = "genpsk", sortOptions = false,
    description = "Make a preshared key: 32 random bytes in base64, printed or written to a file.",
    footer = {"", "Both nodes need it, each as preshared_key_file in the other's peer file; it goes between them by a " +
        "way that nobody else can read."})
final class GenpskCommand implements Callable<Integer>
{
    @Option(names = {"-o", "-output", "--output"}, paramLabel = "FILE",
        description = "Write it to this file, of mode 0600, and never over another.")
    private Path output;
    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() throws IOException
    {
        if (output == null)
        {
            spec.commandLine().getOut().println(PresharedKeyFile.text(PresharedKeyFile.generate()));
        }
        else
        {
            PresharedKeyFile.create(output);
            spec.commandLine().getErr().println("wrote " + output);
        }
        return 0;
    }
}
