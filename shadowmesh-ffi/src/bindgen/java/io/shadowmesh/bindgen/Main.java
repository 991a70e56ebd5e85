package io.shadowmesh.bindgen;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;

/**
 * Generates the bindings of one header, by jextract where there is one and by bindgen otherwise, and checks the header
 * against the system's own. Run by the build straight from these sources.
 */
public final class Main
{
    private static final String USAGE =
        "usage: Main HEADER.h ARGS CHECK OUTPUT-FOLDER WORK-FOLDER (reads jextract.home and check.required)";

    private Main()
    {
    }

    /**
     * Runs the generator; exits with status 1 and one line on standard error where something is refused.
     *
     * @param arguments header, argument file, check plan, folder of the generated sources, folder for check.c.
     */
    public static void main(final String[] arguments)
    {
        try
        {
            if (arguments.length != 5)
            {
                throw new IOException(USAGE);
            }
            run(Path.of(arguments[0]), Path.of(arguments[1]), Path.of(arguments[2]), Path.of(arguments[3]),
                Path.of(arguments[4]));
        }
        catch (final Refusal | IOException e)
        {
            System.err.println("bindings: " + e.getMessage());
            System.exit(1);
        }
    }

    private static void run(
        final Path headerFile,
        final Path argumentFile,
        final Path checkFile,
        final Path output,
        final Path work) throws IOException
    {
        final Header header = HeaderParser.parse(headerFile.toString(), Files.readString(headerFile));
        final Selection selection = Selection.parse(argumentFile.toString(), Files.readString(argumentFile));
        final CheckPlan plan = CheckPlan.parse(checkFile.toString(), Files.readString(checkFile));
        selection.check(header);

        final Jextract jextract = Jextract.find(System.getProperty("jextract.home"), System.getenv());
        final Map<String, String> sources = jextract != null ?
            jextract.generate(headerFile, argumentFile, Files.createDirectories(work)) : generate(header, selection);
        OutputFolder.write(output, sources);
        System.out.println("bindings: " + header.file() + " -> " + sources.size() + " classes by " +
            (jextract != null ? jextract : "bindgen (no jextract found)"));

        final Path check = Files.createDirectories(work).resolve("check.c");
        OutputFolder.writeIfChanged(check, CheckWriter.write(plan, header));
        CompilerCheck.ofEnvironment(System.getenv(), System.getProperty("check.required")).run(check, plan, work);
    }

    /**
     * Generates the sources of a header.
     *
     * @param header    what it declares.
     * @param selection what of it is selected, and under which names.
     * @return each source file's text by its path.
     */
    static Map<String, String> generate(final Header header, final Selection selection)
    {
        final String folder = selection.targetPackage().replace('.', '/') + "/";
        final String file = Path.of(header.file()).getFileName().toString();
        final Header named =
            new Header(file, header.structs(), header.unions(), header.functions(), header.constants());
        final Map<String, String> sources = new TreeMap<>();
        sources.put(folder + selection.headerClass() + ".java", HeaderClassWriter.write(selection, named));
        final Map<String, CType.Aggregate> records = new LinkedHashMap<>(header.structs());
        records.putAll(header.unions());
        records.forEach((tag, record) ->
            sources.put(folder + tag + ".java", RecordClassWriter.write(selection, file, record)));
        return sources;
    }
}
