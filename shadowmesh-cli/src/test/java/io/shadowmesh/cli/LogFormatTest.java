package io.shadowmesh.cli;

import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.lang.System.Logger.Level;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.OffsetDateTime;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.List;
import java.util.TimeZone;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

final class LogFormatTest
{
    private static final ZoneOffset TOKYO = ZoneOffset.ofHours(9);
    private static final OffsetDateTime TIME = LocalDateTime.of(2026, 11, 25, 7, 8, 9, 10_999_999).atOffset(TOKYO);
    private static final IOException LOST = new IOException("gone\nfor \"ever\"");

    @Test
    void writesOneShortLine()
    {
        assertEquals("07:08:09.010 WARN node: text", plain(TIME, Level.WARNING));
        assertEquals("07:08:00.000 INFO node: text", plain(TIME.withSecond(0).withNano(0), Level.INFO));
        assertEquals("07:08:09.000 DEBUG node: text", plain(TIME.withNano(0), Level.DEBUG));
    }

    @Test
    void saysInTheSameLineWhatWasThrown()
    {
        assertEquals("07:08:09.010 ERROR node: text (gone)",
            LogFormat.PLAIN.text(TIME, Level.ERROR, "io.shadowmesh.node", "text", LOST, false));
        assertTrue(LogFormat.PLAIN.text(TIME, Level.ERROR, "io.shadowmesh.node", "text", LOST, true)
            .contains("text" + System.lineSeparator() + "java.io.IOException: gone"));
    }

    @Test
    void writesOneObjectInCoordinatedTime()
    {
        assertEquals("{\"time\":\"2026-11-24T22:08:09.010Z\",\"level\":\"WARN\",\"logger\":\"io.shadowmesh.node\"," +
            "\"message\":\"a \\\"b\\\"\"}",
            LogFormat.JSON.text(TIME, Level.WARNING, "io.shadowmesh.node", "a \"b\"", null, false));
    }

    @Test
    void keepsAnObjectInOneLineWhateverWasThrown()
    {
        final String brief = LogFormat.JSON.text(TIME, Level.ERROR, "io.shadowmesh.node", "text", LOST, false);
        assertTrue(brief.endsWith(",\"error\":\"gone\"}"), brief);
        final String whole = LogFormat.JSON.text(TIME, Level.ERROR, "io.shadowmesh.node", "text", LOST, true);
        assertTrue(whole.contains(",\"stack\":\"java.io.IOException: gone\\nfor \\\"ever\\\"\\n"), whole);
        assertEquals(1, whole.lines().count());
    }

    @Test
    void knowsTheLocalTime()
    {
        final TimeZone before = TimeZone.getDefault();
        try
        {
            for (final String zone : List.of("UTC", "Asia/Kathmandu", "America/St_Johns", "Australia/Lord_Howe"))
            {
                TimeZone.setDefault(TimeZone.getTimeZone(zone));
                for (final String time : List.of("2026-01-25T07:08:09.010Z", "2026-07-25T07:08:09.010Z"))
                {
                    final Instant instant = Instant.parse(time);
                    assertEquals(instant.atZone(ZoneId.of(zone)).toOffsetDateTime(), LogFormat.at(instant));
                }
            }
        }
        finally
        {
            TimeZone.setDefault(before);
        }
    }

    private static String plain(final OffsetDateTime time, final Level level)
    {
        return LogFormat.PLAIN.text(time, level, "io.shadowmesh.node", "text", null, false);
    }
}
