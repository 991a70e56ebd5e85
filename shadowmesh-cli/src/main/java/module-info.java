/** The command line: options, files and printing around the tunnel library, and no tunnel logic of its own. */
module io.shadowmesh.cli
{
    requires io.shadowmesh.dataplane;
    requires io.shadowmesh.ffi;
    requires info.picocli;
    requires HdrHistogram;
    requires org.tomlj;
    requires jdk.httpserver;
    requires jdk.jfr;

    opens io.shadowmesh.cli to info.picocli;
    opens io.shadowmesh.cli.demo to info.picocli;
    opens io.shadowmesh.cli.watch to info.picocli;

    provides System.LoggerFinder with io.shadowmesh.cli.StderrLoggerFinder;
}
