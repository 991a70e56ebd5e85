package io.shadowmesh.cli;

import io.shadowmesh.cli.demo.DemoCommand;
import io.shadowmesh.cli.watch.MetricsCommand;
import io.shadowmesh.cli.watch.StatusCommand;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.UnmatchedArgumentException;

import java.io.PrintWriter;
import java.nio.charset.Charset;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.function.Supplier;

/**
 * The command {@code shadowmesh}.
 *
 * <p><b>Exit status:</b> 0 when all went well, 2 when the command line is wrong, 1 when anything else is. What is wrong
 * is said in one line on standard error.
 */
public final class Main implements Callable<Integer>
{
    private static final Map<String, Supplier<Object>> COMMANDS = commands();
    private static final int HELP_COLUMN = 34;
    private static final Set<String> DEBUG = Set.of("-debug", "--debug");
    private static final Set<String> OWN = Set.of("-h", "-help", "--help", "-v", "-V", "-version", "--version");

    private Main()
    {
    }

    /**
     * Runs one command and ends the process with its exit status.
     *
     * @param args the command line.
     */
    public static void main(final String[] args)
    {
        final Charset charset = Charset.defaultCharset();
        final int status = run(args, new PrintWriter(System.out, true, charset),
            new PrintWriter(System.err, true, charset));
        System.exit(status);
    }

    /** Runs one command; {@code up} and {@code demo} write their progress to {@link System#err} besides. */
    static int run(final String[] args, final PrintWriter out, final PrintWriter err)
    {
        StderrLogger.format(LogFormat.PLAIN);
        final String[] words = withCommand(args);
        final CommandLine line = parser(words);
        line.setOut(out);
        line.setErr(err);
        line.setParameterExceptionHandler((e, given) -> misused(e));
        line.setExecutionExceptionHandler((e, command, parsed) -> failed(e, err, isDebug(args)));
        int status;
        try
        {
            status = line.execute(words);
        }
        catch (final Error e)
        {
            // A JVM that is short of something fails where it loads what it needs for the first time.
            status = failed(e, err, isDebug(args));
        }
        out.flush();
        err.flush();
        return status;
    }

    /** A parser of a command line: of its own command alone, as reading all of them takes half of a start's time. */
    static CommandLine parser(final String... words)
    {
        final CommandLine line = new CommandLine(spec());
        final String first = Arrays.stream(words).filter(word -> !DEBUG.contains(word)).findFirst().orElse("");
        final Supplier<Object> only = COMMANDS.get(first);
        for (final Supplier<Object> command : only == null ? COMMANDS.values() : List.of(only))
        {
            line.addSubcommand(command.get());
        }
        ErrorOptions.addTo(line);
        if (only == null)
        {
            line.addSubcommand(new CommandLine.HelpCommand());
        }
        line.setExpandAtFiles(false);
        line.setPosixClusteredShortOptionsAllowed(false);
        line.setUsageHelpLongOptionsMaxWidth(HELP_COLUMN);
        return line;
    }

    private static CommandSpec spec()
    {
        final CommandSpec spec = CommandSpec.wrapWithoutInspection(new Main()).name("shadowmesh")
            .versionProvider(new Version())
            .addOption(Options.flag("-v", "-V", "-version", "--version").versionHelp(true)
                .description("Show the version, the JDK and the cipher's provider.").build());
        spec.usageMessage().sortOptions(false)
            .description("A layer-3 post-quantum tunnel. Without a command: up.")
            .footer("",
                "Every long option works with one dash and with two. shadowmesh COMMAND --help shows a command's options.",
                "To see it work on this machine alone: shadowmesh demo");
        return spec;
    }

    private static Map<String, Supplier<Object>> commands()
    {
        final Map<String, Supplier<Object>> commands = new LinkedHashMap<>();
        commands.put("up", () -> new UpCommand().spec());
        commands.put("status", StatusCommand::new);
        commands.put("metrics", MetricsCommand::new);
        commands.put("keygen", KeygenCommand::new);
        commands.put("id", IdCommand::new);
        commands.put("genpsk", GenpskCommand::new);
        commands.put("peer", PeerCommand::new);
        commands.put("ping", PingCommand::new);
        commands.put("bench", BenchCommand::new);
        commands.put("capture", CaptureCommand::new);
        commands.put("profile", ProfileCommand::new);
        commands.put("doctor", DoctorCommand::new);
        commands.put("demo", DemoCommand::new);
        commands.put("completion", CompletionCommand::new);
        commands.put("rehearse", RehearseCommand::new);
        return commands;
    }

    @Override
    public Integer call()
    {
        throw CommandException.usage("say what to do; shadowmesh --help lists the commands");
    }

    /** Puts {@code up} in front where no command is given. */
    static String[] withCommand(final String[] args)
    {
        int first = 0;
        while (first < args.length && DEBUG.contains(args[first]))
        {
            first++;
        }
        if (first < args.length && (OWN.contains(args[first]) || !args[first].startsWith("-")))
        {
            return args;
        }
        final List<String> all = new ArrayList<>(Arrays.asList(args));
        all.addFirst("up");
        return all.toArray(String[]::new);
    }

    private static int misused(final ParameterException e)
    {
        final CommandLine line = e.getCommandLine();
        line.getErr().println("shadowmesh: " + mistake(e) + "; " + line.getCommandSpec().qualifiedName() +
            " --help shows what it takes");
        return CommandException.USAGE;
    }

    private static String mistake(final ParameterException e)
    {
        if (!(e instanceof final UnmatchedArgumentException unmatched))
        {
            return Diagnosis.firstLine(e.getMessage());
        }
        final String word = unmatched.getUnmatched().getFirst();
        final boolean root = e.getCommandLine().getParent() == null;
        return (unmatched.isUnknownOption() ? "there is no option " + word :
            root ? "there is no command '" + word + "'" : "'" + word + "' is one word too many") +
            Spelling.nearest(word, e.getCommandLine()).map(near -> ", did you mean " + near + "?").orElse("");
    }

    private static int failed(final Throwable e, final PrintWriter err, final boolean debug)
    {
        final String what = Diagnosis.oneLine(e) + Diagnosis.shortage(e);
        if (StderrLogger.format() == LogFormat.JSON)
        {
            // Whoever reads objects of standard error wants this one too.
            err.println(LogFormat.JSON.text(
                LogFormat.now(), System.Logger.Level.ERROR, "io.shadowmesh", what, debug ? e : null, debug));
        }
        else
        {
            err.println("shadowmesh: " + what);
            if (debug)
            {
                e.printStackTrace(err);
            }
        }
        return e instanceof final CommandException known ? known.exitStatus() : CommandException.FAILURE;
    }

    private static boolean isDebug(final String[] args)
    {
        return Arrays.stream(args).anyMatch(DEBUG::contains) ||
            System.getLogger("io.shadowmesh").isLoggable(System.Logger.Level.DEBUG);
    }
}
