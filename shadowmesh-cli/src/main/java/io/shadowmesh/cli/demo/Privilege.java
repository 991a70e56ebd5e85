package io.shadowmesh.cli.demo;

import io.shadowmesh.cli.CommandException;
import io.shadowmesh.dataplane.device.DeviceException;
import io.shadowmesh.dataplane.host.NetworkNamespace;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** Whether this process may make network namespaces, and how it may when it may not. */
final class Privilege
{
    /** Set in the process that runs in the user namespace, so that it does not try once more. */
    private static final String NESTED = "SHADOWMESH_DEMO_NESTED";
    private static final List<String> UNSHARE = List.of("unshare", "--user", "--map-root-user", "--net", "--");

    private Privilege()
    {
    }

    static boolean mayMakeNamespaces()
    {
        try (NetworkNamespace trial = NetworkNamespace.create())
        {
            return trial != null;
        }
        catch (final DeviceException e)
        {
            if (System.getenv(NESTED) != null)
            {
                throw CommandException.failure("demo: " + e.getMessage(), e);
            }
            return false;
        }
    }

    /** Starts this command again as root of a user namespace, where the system lets users make them. */
    static int runAgainInUserNamespace(final OwnCommand command, final List<String> arguments)
        throws IOException
    {
        refuseWhereForbidden();
        final List<String> words = new ArrayList<>(UNSHARE);
        words.addAll(command.with(arguments));
        final ProcessBuilder builder = new ProcessBuilder(words).inheritIO();
        builder.environment().put(NESTED, "1");
        final Process process = builder.start();
        // unshare(1) becomes the program, so a signal to it is a signal to the program; Ctrl-C reaches both anyway.
        final Thread hook = new Thread(() ->
        {
            process.destroy();
            process.onExit().join();
        }, "demo-end");
        Runtime.getRuntime().addShutdownHook(hook);
        return process.onExit().join().exitValue();
    }

    private static void refuseWhereForbidden()
    {
        final List<String> words = new ArrayList<>(UNSHARE);
        words.add("true");
        String answer;
        try
        {
            final Process trial = new ProcessBuilder(words).redirectErrorStream(true).start();
            trial.getOutputStream().close();
            answer = new String(trial.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
            if (trial.onExit().join().exitValue() == 0)
            {
                return;
            }
        }
        catch (final IOException e)
        {
            answer = "there is no unshare command";
        }
        throw CommandException.failure("demo needs root here (sudo bin/shadowmesh demo): this system does not let " +
            "users make network namespaces (" + answer.lines().findFirst().orElse("unshare failed") + ")");
    }
}
