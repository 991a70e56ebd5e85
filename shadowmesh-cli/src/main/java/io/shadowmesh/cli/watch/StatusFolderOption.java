package io.shadowmesh.cli.watch;

import io.shadowmesh.dataplane.status.RuntimeFolder;
import picocli.CommandLine.Option;

import java.nio.file.Path;

/** Where the status files are. */
final class StatusFolderOption
{
    @Option(names = {"-status-dir", "--status-dir"}, paramLabel = "DIR",
        description = "Folder of the status files, as the nodes were given it. Default: where nodes put them by themselves.")
    private Path folder;

    /** For the command line's parser. */
    StatusFolderOption()
    {
        super();
    }

    RuntimeFolder folder()
    {
        return folder == null ? RuntimeFolder.usual(System.getenv()) : RuntimeFolder.at(folder);
    }
}
