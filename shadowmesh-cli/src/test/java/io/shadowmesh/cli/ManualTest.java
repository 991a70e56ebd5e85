package io.shadowmesh.cli;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine.Model.OptionSpec;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** The manual pages and bash's completion, as man(1) and bash read them. */
final class ManualTest
{
    @TempDir
    private Path folder;

    @Test
    void hasAPageForEveryCommandAndNoneForWhatIsHidden() throws IOException
    {
        Manual.main(new String[] {folder.toString()});
        final Set<String> pages = Manual.pages("1").keySet();
        for (final String name : pages)
        {
            assertTrue(Files.exists(folder.resolve("man/" + name + ".1")), name);
        }
        assertTrue(pages.containsAll(List.of("shadowmesh", "shadowmesh-up", "shadowmesh-peer", "shadowmesh-doctor")));
        assertFalse(pages.contains("shadowmesh-rehearse"));
        assertTrue(Files.exists(folder.resolve("shadowmesh.bash")));
    }

    @Test
    void namesEveryOptionThatTheHelpNames()
    {
        final Map<String, String> pages = Manual.pages("1");
        Main.parser().getSubcommands().forEach((name, command) ->
        {
            for (final OptionSpec option : command.getCommandSpec().options())
            {
                final String page = pages.getOrDefault("shadowmesh-" + name, "");
                final String shown = "\\fB" + option.longestName().replace("-", "\\-") + "\\fR";
                assertEquals(!option.hidden(), page.isEmpty() ? !option.hidden() : page.contains(shown), name + shown);
            }
        });
    }

    @Test
    void isRoffThatManReadsWithoutAWarning() throws IOException, InterruptedException
    {
        Manual.main(new String[] {folder.toString()});
        if (!has("man"))
        {
            return;
        }
        for (final String name : Manual.pages("1").keySet())
        {
            final String page = folder.resolve("man/" + name + ".1").toString();
            final Ended man = run("env", "LC_ALL=C.UTF-8", "MANWIDTH=80", "man", "-l", "--warnings", page);
            assertEquals(0, man.status, man.text);
            assertFalse(man.text.contains("warning"), man.text);
            assertTrue(man.text.contains(name.toUpperCase(Locale.ROOT) + "(1)"), man.text);
        }
        final Ended up = run("env", "LC_ALL=C.UTF-8", "man", "-l", folder.resolve("man/shadowmesh-up.1") + "");
        assertTrue(up.text.contains("-tun-ip, --tun-ip ADDRESS[/LENGTH]"), up.text);
        assertTrue(up.text.contains("UDP port (9443)"), up.text);
    }

    @Test
    void completesCommandsAndOptionsInBash() throws IOException, InterruptedException
    {
        assertEquals("doctor", complete("doc"));
        assertTrue(List.of(complete("up", "--conf").split(" ")).contains("--config"), complete("up", "--conf"));
        assertEquals(Set.of("--tun", "--tun-ip"), Set.of(complete("up", "--tun").split(" ")));
        assertEquals("add", complete("peer", "a"));
        assertEquals("", complete("up", "--no-such"));
    }

    private String complete(final String... words) throws IOException, InterruptedException
    {
        final Path script = Files.writeString(folder.resolve("completion"), CompletionCommand.script());
        final String line = "shadowmesh '" + String.join("' '", words) + "'";
        final Ended bash = run("bash", "-c", "compopt() { :; }; . " + script + "; COMP_WORDS=(" + line + "); COMP_CWORD=" +
            words.length + "; COMP_LINE=\"" + String.join(" ", words) +
            "\"; _complete_shadowmesh; echo \"${COMPREPLY[*]}\"");
        assertEquals(0, bash.status, bash.text);
        return bash.text.strip();
    }

    /** With CI=true what is missing is a failure. */
    private static boolean has(final String tool)
    {
        final boolean found = Arrays.stream(System.getenv("PATH").split(":"))
            .anyMatch(part -> Files.isExecutable(Path.of(part, tool)));
        assertTrue(found || !"true".equals(System.getenv("CI")), tool + " is missing");
        if (!found)
        {
            System.out.println("SKIPPED: this test needs " + tool);
        }
        return found;
    }

    private record Ended(int status, String text)
    {
    }

    private static Ended run(final String... command) throws IOException, InterruptedException
    {
        final Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        process.getOutputStream().close();
        final String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        return new Ended(process.waitFor(), text);
    }
}
