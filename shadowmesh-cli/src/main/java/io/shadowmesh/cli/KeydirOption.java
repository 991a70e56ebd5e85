package io.shadowmesh.cli;

import picocli.CommandLine.Option;

import java.nio.file.Path;

/** Where a node's identity and its peers are. */
final class KeydirOption
{
    @Option(names = {"-keydir", "--keydir"}, paramLabel = "DIR", defaultValue = "./keys",
        description = "The node's identity and peers (${DEFAULT-VALUE}).")
    private Path keydir;

    Path path()
    {
        return keydir;
    }
}
