package io.shadowmesh.bindgen;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Generates the bindings of headers, by jextract where there is one and by bindgen otherwise, and checks each header
 * against the system's own. Run by the build straight from these sources.
 */
public final class Main
{
    private static final String USAGE =
        "usage: Main OUTPUT-FOLDER WORK-FOLDER HEADER.h... (reads jextract.home and check.required; beside a header " +
        "lie HEADER.args and HEADER.check)";

    private Main()
    {
    }

    /**
     * Runs the generator; exits with status 1 and one line on standard error where something is refused.
     *
     * @param arguments folder of the generated sources, folder for each header's check.c, headers.
     */
    public static void main(final String[] arguments)
    {
        try
        {
            if (arguments.length < 3)
            {
                throw new IOException(USAGE);
            }
            run(Path.of(arguments[0]), Path.of(arguments[1]),
                Arrays.stream(arguments).skip(2).map(Path::of).toList());
        }
        catch (final Refusal | IOException e)
        {
            System.err.println("bindings: " + e.getMessage());
            System.exit(1);
        }
    }

    private static void run(final Path output, final Path work, final List<Path> headers) throws IOException
    {
        final Jextract jextract = Jextract.find(System.getProperty("jextract.home"), System.getenv());
        final Map<String, String> sources = new TreeMap<>();
        for (final Path header : headers)
        {
            final String name = header.getFileName().toString().replaceFirst("\\.h$", "");
            sources.putAll(bind(header, name, jextract, Files.createDirectories(work.resolve(name))));
        }
        OutputFolder.write(output, sources);
    }

    /** The sources of one header, after its check. */
    private static Map<String, String> bind(
        final Path headerFile,
        final String name,
        final Jextract jextract,
        final Path work) throws IOException
    {
        final Path argumentFile = headerFile.resolveSibling(name + ".args");
        final Path checkFile = headerFile.resolveSibling(name + ".check");
        final Header header = HeaderParser.parse(headerFile.toString(), Files.readString(headerFile));
        final Selection selection = Selection.parse(argumentFile.toString(), Files.readString(argumentFile));
        final CheckPlan plan = CheckPlan.parse(checkFile.toString(), Files.readString(checkFile));
        selection.check(header);

        final Map<String, String> sources = jextract != null ?
            jextract.generate(headerFile, argumentFile, work) : generate(header, selection);
        System.out.println("bindings: " + header.file() + " -> " + sources.size() + " classes by " +
            (jextract != null ? jextract : "bindgen (no jextract found)"));

        final Path check = work.resolve("check.c");
        OutputFolder.writeIfChanged(check, CheckWriter.write(plan, header));
        CompilerCheck.ofEnvironment(System.getenv(), System.getProperty("check.required")).run(check, plan, work);
        return sources;
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
            new Header(file, header.structs(), header.unions(), header.functions(), header.pointers(),
                header.constants());
        final Map<String, String> sources = new TreeMap<>();
        sources.put(folder + selection.headerClass() + ".java", HeaderClassWriter.write(selection, named));
        final Map<String, CType.Aggregate> records = new LinkedHashMap<>(header.structs());
        records.putAll(header.unions());
        records.forEach((tag, record) ->
            sources.put(folder + tag + ".java", RecordClassWriter.write(selection, file, record)));
        header.pointers().values().forEach(pointer ->
            sources.put(folder + pointer.name() + ".java", FunctionPointerWriter.write(selection, file, pointer)));
        return sources;
    }
}
