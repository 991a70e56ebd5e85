package io.shadowmesh.cli;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.lang.System.Logger.Level;
import java.time.Instant;
import java.time.LocalTime;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.TimeZone;

/** What a record of the log looks like: one line, but for the stack traces of {@link #PLAIN}. */
enum LogFormat
{
    /** {@code 07:08:09.010 WARN node: text (why)}: local time, level, the last part of the logger's name, message. */
    PLAIN
    {
        @Override
        String text(
            final OffsetDateTime time,
            final Level level,
            final String logger,
            final String message,
            final Throwable thrown,
            final boolean withTrace)
        {
            return clock(time.toLocalTime()) + " " + word(level) + " " +
                logger.substring(logger.lastIndexOf('.') + 1) + ": " + message + (thrown == null ? "" :
                withTrace ? System.lineSeparator() + trace(thrown) : " (" + Diagnosis.oneLine(thrown) + ")");
        }
    },

    /**
     * One JSON object (RFC 8259) per line: {@code time} (RFC 3339, UTC, ms), {@code level}, {@code logger}, {@code message},
     * and where something was thrown {@code error}, with its {@code stack} while details are logged.
     */
    JSON
    {
        @Override
        String text(
            final OffsetDateTime local,
            final Level level,
            final String logger,
            final String message,
            final Throwable thrown,
            final boolean withTrace)
        {
            final OffsetDateTime time = local.withOffsetSameInstant(ZoneOffset.UTC);
            return "{\"time\":\"" + time.toLocalDate() + "T" + clock(time.toLocalTime()) + "Z\"" +
                ",\"level\":\"" + word(level) +
                "\",\"logger\":" + JsonWriter.quoted(logger) +
                ",\"message\":" + JsonWriter.quoted(String.valueOf(message)) +
                (thrown == null ? "" : ",\"error\":" + JsonWriter.quoted(Diagnosis.oneLine(thrown))) +
                (thrown == null || !withTrace ? "" : ",\"stack\":" + JsonWriter.quoted(trace(thrown))) + "}";
        }
    };

    /** The text of one record, without the end of its line. */
    abstract String text(
        OffsetDateTime time, Level level, String logger, String message, Throwable thrown, boolean withTrace);

    /** Now, in the local time zone. {@link OffsetDateTime#now()} would read the rules of all zones once more. */
    static OffsetDateTime now()
    {
        return at(Instant.now());
    }

    static OffsetDateTime at(final Instant time)
    {
        final int offsetMs = TimeZone.getDefault().getOffset(time.toEpochMilli());
        return time.atOffset(ZoneOffset.ofTotalSeconds(offsetMs / 1000));
    }

    /** A formatter takes longer to load than a node has for its start. */
    private static String clock(final LocalTime time)
    {
        final String clock = time.truncatedTo(ChronoUnit.MILLIS).toString();
        return clock + (clock.length() == 5 ? ":00.000" : clock.length() == 8 ? ".000" : "");
    }

    private static String word(final Level level)
    {
        return level == Level.WARNING ? "WARN" : level.getName();
    }

    private static String trace(final Throwable thrown)
    {
        final StringWriter trace = new StringWriter();
        thrown.printStackTrace(new PrintWriter(trace, true));
        return trace.toString().stripTrailing();
    }
}
