package io.shadowmesh.bindgen;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** The real jextract, where the machine has one. */
record Jextract(Path program)
{
    /**
     * Looks for jextract: what the build is told, then JEXTRACT_HOME, then the search path.
     *
     * @param home        the property jextract.home; may be null or empty.
     * @param environment of the build.
     * @return jextract, or null where there is none.
     * @throws IOException where one is named but is not there.
     */
    static Jextract find(final String home, final Map<String, String> environment) throws IOException
    {
        final boolean told = home != null && !home.isBlank();
        final String folder = told ? home : environment.getOrDefault("JEXTRACT_HOME", "");
        if (!folder.isBlank())
        {
            final Path program = Path.of(folder, "bin", "jextract");
            if (!Files.isExecutable(program))
            {
                throw new IOException((told ? "jextract.home" : "JEXTRACT_HOME") + " is set, but " + program +
                    " is not there");
            }
            return new Jextract(program);
        }
        final Path program = Tool.find("jextract", environment.get("PATH"));
        return program == null ? null : new Jextract(program);
    }

    /**
     * Generates the sources of a header.
     *
     * @param header    to read.
     * @param arguments the argument file.
     * @param work      a folder for what jextract writes.
     * @return each source file's text by its path.
     * @throws IOException where jextract fails.
     */
    Map<String, String> generate(final Path header, final Path arguments, final Path work) throws IOException
    {
        final Path fresh = Files.createTempDirectory(work, "jextract");
        final Tool.Outcome outcome = Tool.run(List.of(program.toString(), "@" + arguments, "--output",
            fresh.toString(), header.toString()));
        System.out.print(outcome.output());
        if (outcome.status() != 0)
        {
            throw new IOException(program + " ended with status " + outcome.status());
        }
        final Map<String, String> sources = OutputFolder.read(fresh);
        OutputFolder.delete(fresh);
        if (sources.isEmpty())
        {
            throw new IOException(program + " wrote nothing");
        }
        return sources;
    }

    @Override
    public String toString()
    {
        return "jextract (" + program + ")";
    }
}
