package io.shadowmesh.cli.demo;

import org.junit.jupiter.api.Test;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;

import static org.junit.jupiter.api.Assertions.assertEquals;

final class ProgressTest
{
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

    @Test
    void printsALinePerStepWhereNothingCanBeRedrawn()
    {
        assertEquals("one\none done\ntwo\n", play(false));
    }

    @Test
    void redrawsTheLineOnATerminal()
    {
        final String redraw = "\r\033[K";
        assertEquals(redraw + "one" + redraw + "half" + redraw + "one done\n" + redraw + "two" + redraw, play(true));
    }

    private String play(final boolean terminal)
    {
        try (Progress progress = new Progress(new PrintStream(bytes, true, StandardCharsets.UTF_8), terminal))
        {
            progress.step("one");
            progress.update("half");
            progress.done("one done");
            progress.step("two");
        }
        return bytes.toString(StandardCharsets.UTF_8);
    }
}
