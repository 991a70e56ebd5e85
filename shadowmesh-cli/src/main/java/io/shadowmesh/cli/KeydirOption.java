package io.shadowmesh.cli;

import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;

import java.nio.file.Path;

/** Where a node's identity and its peers are. */
final class KeydirOption extends Options
{
    private final OptionSpec keydir = add(path("-keydir", "--keydir").paramLabel("DIR").defaultValue("./keys")
        .description("The node's identity and peers (${DEFAULT-VALUE})."));

    KeydirOption(final CommandSpec command)
    {
        super(command);
    }

    Path path()
    {
        return keydir.getValue();
    }
}
