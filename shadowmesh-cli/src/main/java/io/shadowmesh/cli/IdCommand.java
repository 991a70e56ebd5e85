package io.shadowmesh.cli;

import io.shadowmesh.dataplane.identity.IdentityFile;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.util.concurrent.Callable;

/** {@code shadowmesh id}: prints this node's Peer ID and nothing else. */
@Command(name = "id", sortOptions = false, description = "Print this node's Peer ID alone.")
final class IdCommand implements Callable<Integer>
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
        if (!Files.exists(IdentityFile.path(keydir.path()), LinkOption.NOFOLLOW_LINKS))
        {
            throw CommandException.failure("there is no identity in " + keydir.path() +
                "; make one: shadowmesh keygen -keydir " + keydir.path());
        }
        Platform.requireMlKem();
        spec.commandLine().getOut().println(IdentityFile.load(keydir.path()).peerId());
        return 0;
    }
}
