package io.shadowmesh.cli;

import io.shadowmesh.dataplane.identity.IdentityFile;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Path;
import java.util.concurrent.Callable;

/** {@code shadowmesh keygen}: makes an identity and prints its Peer ID; never overwrites one. */
@Command(name = "keygen", sortOptions = false,
    description = "Make this node's identity and print its Peer ID. Never overwrites one.")
final class KeygenCommand implements Callable<Integer>
{
    private KeydirOption keydir;
    private CommandSpec spec;

    @Spec
    private void setSpec(final CommandSpec command)
    {
        spec = command;
        keydir = new KeydirOption(command);
    }

    @Override
    public Integer call() throws IOException
    {
        run(keydir.path(), spec);
        return 0;
    }

    static void run(final Path keydir, final CommandSpec spec) throws IOException
    {
        Platform.requireMlKem();
        try
        {
            spec.commandLine().getOut().println("Peer ID: " + IdentityFile.create(keydir).peerId());
        }
        catch (final FileAlreadyExistsException e)
        {
            throw CommandException.failure(IdentityFile.path(keydir) + " is already there, and is never overwritten; " +
                "shadowmesh id -keydir " + keydir + " prints its Peer ID", e);
        }
    }
}
