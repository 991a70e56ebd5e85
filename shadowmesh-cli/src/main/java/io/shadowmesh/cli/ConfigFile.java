package io.shadowmesh.cli;

import org.tomlj.Toml;
import org.tomlj.TomlArray;
import org.tomlj.TomlParseError;
import org.tomlj.TomlParseResult;
import org.tomlj.TomlPosition;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParseResult;

import java.io.IOException;
import java.nio.charset.MalformedInputException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * A node's options in a file: {@code shadowmesh.toml} in the key folder, or the one that {@code --config} names.
 *
 * <p>Each long option that the help of {@code up} shows has a key of the same name, with {@code _} or {@code -} between
 * its words; options that repeat are arrays, those without a value are {@code true} or {@code false}. An option on the
 * command line goes before its key. Paths are relative to the file's folder.
 *
 * <p><b>Errors:</b> everything that is wrong with it ends as a {@link CommandException} of one line with the file and the
 * line.
 */
final class ConfigFile
{
    /** What the file is called in a key folder. */
    static final String NAME = "shadowmesh.toml";

    private static final int MAX_LENGTH = 256 << 10;
    private static final int LETTERS_PER_MISTAKE = 3;
    /** These say something about one run rather than about the node. */
    private static final Set<String> WITHOUT_KEY = Set.of("--help", "--config", "--check");

    private final Path file;
    private final TomlParseResult toml;
    private final Map<String, String> origins = new LinkedHashMap<>();

    private ConfigFile(final Path file, final TomlParseResult toml)
    {
        this.file = file;
        this.toml = toml;
    }

    /**
     * Finds the file and sets the options that it names and the command line does not.
     *
     * @param given  what {@code --config} says, or null.
     * @param keydir where to look otherwise.
     * @param parsed the command line; its options are set.
     * @return the file, which may be none at all.
     */
    static ConfigFile apply(final Path given, final KeydirOption keydir, final ParseResult parsed)
    {
        final Path file = given == null ? keydir.path().resolve(NAME) : given;
        if (given == null && !Files.exists(file))
        {
            return new ConfigFile(null, null);
        }
        final ConfigFile config = parse(file, read(file));
        final Path folder = keydir.path();
        config.setOptions(parsed);
        if (given == null && !folder.toAbsolutePath().normalize().equals(keydir.path().toAbsolutePath().normalize()))
        {
            throw config.wrong("keydir", "keydir: this file is in the key folder " + folder + " and names another one; " +
                "leave the key out, or name the file by --config");
        }
        return config;
    }

    /** The key of an option, or null where it has none. */
    static String key(final OptionSpec option)
    {
        final String name = option.longestName();
        return option.hidden() || WITHOUT_KEY.contains(name) ? null : name.substring("--".length()).replace('-', '_');
    }

    /** The options of a command that have keys, in its order. */
    static Map<String, OptionSpec> keys(final CommandSpec command)
    {
        final Map<String, OptionSpec> keys = new LinkedHashMap<>();
        for (final OptionSpec option : command.options())
        {
            if (key(option) != null)
            {
                keys.put(key(option), option);
            }
        }
        return keys;
    }

    /** The file, or null where there is none. */
    Path file()
    {
        return file;
    }

    /** Says where the mistake is, when what an option's text means nothing and the text is the file's. */
    CommandException blame(final CommandException e)
    {
        for (final Map.Entry<String, String> origin : origins.entrySet())
        {
            final String option = "-" + origin.getKey();
            if (e.getMessage().startsWith(option + ":") || e.getMessage().startsWith(option + " "))
            {
                return CommandException.failure(origin.getValue() + " " + origin.getKey().replace('-', '_') +
                    e.getMessage().substring(option.length()), e);
            }
        }
        return e;
    }

    static ConfigFile parse(final Path file, final String text)
    {
        final TomlParseResult toml = Toml.parse(text);
        if (toml.hasErrors())
        {
            final TomlParseError error = toml.errors().getFirst();
            throw CommandException.failure(file + ":" + error.position().line() + ": " +
                Diagnosis.firstLine(error.getMessage()));
        }
        return new ConfigFile(file, toml);
    }

    private static String read(final Path file)
    {
        try
        {
            if (Files.size(file) > MAX_LENGTH)
            {
                throw CommandException.failure(file + ": too long for a node's options");
            }
            return Files.readString(file);
        }
        catch (final MalformedInputException e)
        {
            throw CommandException.failure(file + ": not UTF-8 text", e);
        }
        catch (final NoSuchFileException e)
        {
            throw CommandException.failure(file + ": no such file; --config names it", e);
        }
        catch (final IOException e)
        {
            throw CommandException.failure("cannot read " + file + ": " + Diagnosis.oneLine(e), e);
        }
    }

    void setOptions(final ParseResult parsed)
    {
        final Map<String, OptionSpec> options = keys(parsed.commandSpec());
        final Set<String> seen = new TreeSet<>();
        for (final String key : toml.keySet())
        {
            final String name = key.replace('-', '_');
            final OptionSpec option = options.get(name);
            if (option == null)
            {
                throw wrong(key, "unknown key '" + key + "'" + nearest(name, options.keySet()));
            }
            if (!seen.add(name))
            {
                throw wrong(key, name + " is there twice");
            }
            final Object value = value(key, option);
            if (!parsed.hasMatchedOption(option))
            {
                option.setValue(value);
                origins.put(name.replace('_', '-'), at(key));
            }
        }
    }

    private static String nearest(final String name, final Set<String> keys)
    {
        return keys.stream().filter(key -> Spelling.mistakes(name, key) <= name.length() / LETTERS_PER_MISTAKE)
            .min(Comparator.comparingInt(key -> Spelling.mistakes(name, key)))
            .map(key -> ", did you mean " + key + "?")
            .orElse("; the long options of shadowmesh up are the keys");
    }

    private Object value(final String key, final OptionSpec option)
    {
        final Object value = toml.get(List.of(key));
        if (option.type() == boolean.class)
        {
            if (!(value instanceof Boolean))
            {
                throw wrong(key, key + " must be true or false");
            }
            return value;
        }
        if (List.class.isAssignableFrom(option.type()))
        {
            return value instanceof final TomlArray array ? texts(key, array) : List.of(text(key, value));
        }
        final String text = text(key, value);
        return option.type() == Path.class ? at(key, text) : text;
    }

    private Path at(final String key, final String text)
    {
        try
        {
            return file.toAbsolutePath().resolveSibling(text).normalize();
        }
        catch (final IllegalArgumentException e)
        {
            throw wrong(key, key + ": " + Diagnosis.oneLine(e));
        }
    }

    private List<String> texts(final String key, final TomlArray array)
    {
        final List<String> texts = new ArrayList<>();
        for (int i = 0; i < array.size(); i++)
        {
            if (!(array.get(i) instanceof final String text))
            {
                throw wrong(array.inputPositionOf(i), key + " must be an array of strings in quotes");
            }
            texts.add(text.strip());
        }
        return texts;
    }

    private String text(final String key, final Object value)
    {
        if (!(value instanceof String) && !(value instanceof Long))
        {
            throw wrong(key, key + " must be a string in quotes or a number");
        }
        return value.toString().strip();
    }

    private CommandException wrong(final String key, final String what)
    {
        return CommandException.failure(at(key) + " " + what);
    }

    private CommandException wrong(final TomlPosition position, final String what)
    {
        return CommandException.failure(at(position) + " " + what);
    }

    private String at(final String key)
    {
        return at(toml.inputPositionOf(List.of(key)));
    }

    private String at(final TomlPosition position)
    {
        return file + ":" + (position == null ? "" : position.line() + ":");
    }
}
