package io.shadowmesh.cli;

import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;

import java.nio.file.Path;
import java.util.List;

/**
 * Options that a command takes, each a field:
 * <pre>{@code
 *     private final OptionSpec port = add(text("-port", "--port").paramLabel("PORT").defaultValue("9443")
 *         .description("UDP port (${DEFAULT-VALUE}); 0 picks a free one."));
 * }</pre>
 *
 * <p>{@code port.getValue()} is what the command line says, the default, or null. Help lists options in the order of their
 * fields.
 *
 * <p>{@code up} and what it shares with other commands are described so. picocli's annotations, which the other commands
 * have for their own options, take longer: the JVM writes classes for them, and they are read by reflection. A command with
 * annotations makes the shared ones where it is given its {@link CommandSpec}.
 */
abstract class Options
{
    private final CommandSpec command;

    /** Options of a command, behind those that it has already. */
    Options(final CommandSpec command)
    {
        this.command = command;
    }

    /** Has the command take this option too. */
    final OptionSpec add(final OptionSpec.Builder option)
    {
        final OptionSpec added = option.build();
        command.addOption(added);
        return added;
    }

    /** An option without a value: whether it is there, a {@code boolean}. */
    static OptionSpec.Builder flag(final String... names)
    {
        return OptionSpec.builder(names).type(boolean.class).initialValue(false);
    }

    /** An option with a {@link String}. */
    static OptionSpec.Builder text(final String... names)
    {
        return OptionSpec.builder(names).type(String.class);
    }

    /** An option that repeats: a {@link List} of {@link String}s, empty when it is not given. */
    static OptionSpec.Builder texts(final String... names)
    {
        return OptionSpec.builder(names).type(List.class).auxiliaryTypes(String.class).initialValue(List.of());
    }

    /** An option with a {@link Path}. */
    static OptionSpec.Builder path(final String... names)
    {
        return OptionSpec.builder(names).type(Path.class);
    }
}
