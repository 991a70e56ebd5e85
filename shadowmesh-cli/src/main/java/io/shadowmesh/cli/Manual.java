package io.shadowmesh.cli;

import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Writes the manual pages and bash's completion, from what the parser knows of the commands. The build runs it.
 *
 * <p>Source: man-pages(7), groff_man(7).
 */
public final class Manual
{
    private static final String NAME = "shadowmesh";

    private final StringBuilder page = new StringBuilder();

    private Manual()
    {
    }

    /**
     * Writes {@code man/*.1} and {@code shadowmesh.bash} into a folder.
     *
     * @param args the folder.
     * @throws IOException if it cannot be written to.
     */
    public static void main(final String[] args) throws IOException
    {
        final Path folder = Path.of(args[0]);
        final Path man = Files.createDirectories(folder.resolve("man"));
        for (final Map.Entry<String, String> written : pages(Version.number()).entrySet())
        {
            Files.writeString(man.resolve(written.getKey() + ".1"), written.getValue());
        }
        Files.writeString(folder.resolve(NAME + ".bash"), CompletionCommand.script());
    }

    /** The pages by their names: one for all, and one for each command. */
    static Map<String, String> pages(final String version)
    {
        final Map<String, String> pages = new LinkedHashMap<>();
        final CommandLine root = Main.parser();
        final Map<String, CommandLine> commands = new LinkedHashMap<>(root.getSubcommands());
        commands.values().removeIf(command -> command.getCommandSpec().usageMessage().hidden());
        commands.remove("help");
        pages.put(NAME, new Manual().overview(root.getCommandSpec(), commands, version));
        commands.forEach((name, command) ->
            pages.put(NAME + "-" + name, new Manual().command(name, command.getCommandSpec(), version)));
        return pages;
    }

    private String overview(final CommandSpec root, final Map<String, CommandLine> commands, final String version)
    {
        head(NAME, version, first(root.usageMessage().description()));
        line(".B " + NAME);
        line("[" + italic("COMMAND") + "] [" + italic("OPTION") + "]...");
        section("DESCRIPTION");
        text(root.usageMessage().description());
        section("COMMANDS");
        commands.forEach((name, command) ->
        {
            line(".TP");
            line(".BR " + NAME + "-" + dashes(name) + " (1)");
            text(first(command.getCommandSpec().usageMessage().description()));
        });
        section("OPTIONS");
        options(root);
        text(root.usageMessage().footer());
        section("EXIT STATUS");
        text("0 when all went well, 2 when the command line is wrong, 1 when anything else is; what is wrong is said in " +
            "one line on standard error.");
        section("FILES");
        entry("DIR/identity.key", "The node's identity, of mode 0600.");
        entry("DIR/peers/NAME.toml", "A peer: id, endpoint, allowed_ips, allowed_ips_file, keepalive, preshared_key_file.");
        entry("DIR/shadowmesh.toml", "Options of " + NAME + "-up(1), each long option a key.");
        entry("/etc/shadowmesh/NAME.toml", "The same for the service shadowmesh@NAME.");
        section("ENVIRONMENT");
        entry("JAVA_HOME", "The JDK to take, if it is new enough.");
        entry("SHADOWMESH_OPTS", "More flags for the JVM.");
        entry("SHADOWMESH_CACHE", "Folder for the files that make starts faster, or off for none.");
        return page.toString();
    }

    private String command(final String name, final CommandSpec command, final String version)
    {
        head(NAME + "-" + name, version, first(command.usageMessage().description()));
        synopsis(command);
        section("DESCRIPTION");
        text(command.usageMessage().description());
        if (!command.positionalParameters().isEmpty() || !command.options().isEmpty())
        {
            section("OPTIONS");
            options(command);
        }
        command.subcommands().forEach((word, sub) ->
        {
            if (word.equals(sub.getCommandName()))
            {
                line(".SS " + NAME + " " + dashes(name) + " " + dashes(word));
                text(sub.getCommandSpec().usageMessage().description());
                options(sub.getCommandSpec());
                text(sub.getCommandSpec().usageMessage().footer());
            }
        });
        text(command.usageMessage().footer());
        section("SEE ALSO");
        line(".BR " + NAME + " (1)");
        return page.toString();
    }

    private void head(final String name, final String version, final String summary)
    {
        line(".TH " + dashes(name).toUpperCase(Locale.ROOT) + " 1 \"\" \"ShadowMesh " + dashes(version) + "\"");
        section("NAME");
        line(dashes(name) + " \\- " + escape(summary));
        section("SYNOPSIS");
    }

    private void synopsis(final CommandSpec command)
    {
        if (command.usageMessage().customSynopsis().length > 0)
        {
            for (final String synopsis : command.usageMessage().customSynopsis())
            {
                line(escape(synopsis));
            }
            return;
        }
        final StringBuilder words = new StringBuilder(command.qualifiedName());
        words.append(command.subcommands().isEmpty() ? "" : " COMMAND").append(" [OPTION]...");
        command.positionalParameters().forEach(parameter -> words.append(' ').append(
            parameter.arity().min() == 0 ? "[" + parameter.paramLabel() + "]" : parameter.paramLabel()));
        line(escape(words.toString()));
    }

    private void options(final CommandSpec command)
    {
        for (final PositionalParamSpec parameter : command.positionalParameters())
        {
            line(".TP");
            line(".I " + escape(parameter.paramLabel()));
            text(parameter.description());
        }
        for (final OptionSpec option : command.options())
        {
            if (!option.hidden())
            {
                final List<String> names = new ArrayList<>();
                for (final String name : option.names())
                {
                    names.add("\\fB" + dashes(name) + "\\fR");
                }
                line(".TP");
                line(String.join(", ", names) + (option.arity().max() == 0 ? "" : " " + italic(option.paramLabel())));
                text(Arrays.stream(option.description())
                    .map(line -> line.replace("${DEFAULT-VALUE}", String.valueOf(option.defaultValue())))
                    .toArray(String[]::new));
            }
        }
    }

    private void entry(final String name, final String meaning)
    {
        line(".TP");
        line(".I " + escape(name));
        text(meaning);
    }

    private void section(final String title)
    {
        line(".SH " + (title.indexOf(' ') < 0 ? title : "\"" + title + "\""));
    }

    /** Text of more than one line or paragraph; an empty line is a paragraph's end. */
    private void text(final String... lines)
    {
        for (final String part : lines)
        {
            line(part.isBlank() ? ".PP" : escape(part));
        }
    }

    private void line(final String text)
    {
        page.append(text).append('\n');
    }

    private static String first(final String... description)
    {
        final String all = String.join(" ", description);
        final int end = all.indexOf(". ");
        final String sentence = end < 0 ? all : all.substring(0, end);
        return sentence.endsWith(".") ? sentence.substring(0, sentence.length() - 1) : sentence;
    }

    private static String italic(final String text)
    {
        return "\\fI" + dashes(text) + "\\fR";
    }

    /** A line as roff prints it unchanged. */
    private static String escape(final String text)
    {
        final String escaped = dashes(text);
        return escaped.startsWith(".") || escaped.startsWith("'") ? "\\&" + escaped : escaped;
    }

    private static String dashes(final String text)
    {
        return text.replace("\\", "\\e").replace("-", "\\-").replace("%n", " ");
    }
}
