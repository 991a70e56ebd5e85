package io.shadowmesh.cli;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import java.lang.System.Logger.Level;
import java.time.LocalTime;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

final class StderrLoggerTest
{
    private final System.Logger logger = new StderrLogger("io.shadowmesh.node");

    @AfterEach
    void backToTheDefault()
    {
        StderrLogger.threshold(Level.INFO);
    }

    @Test
    void isTheLoggerOfTheProcess()
    {
        assertInstanceOf(StderrLoggerFinder.class, System.LoggerFinder.getLoggerFinder());
    }

    @Test
    void writesOneShortLine()
    {
        assertEquals("07:08:09.010 WARN node: text",
            StderrLogger.line(LocalTime.of(7, 8, 9, 10_999_999), Level.WARNING, "node", "text"));
        assertEquals("07:08:00.000 INFO node: text",
            StderrLogger.line(LocalTime.of(7, 8), Level.INFO, "node", "text"));
        assertEquals("07:08:09.000 DEBUG node: text",
            StderrLogger.line(LocalTime.of(7, 8, 9), Level.DEBUG, "node", "text"));
    }

    @Test
    void dropsWhatIsBelowTheThreshold()
    {
        assertTrue(logger.isLoggable(Level.INFO));
        assertFalse(logger.isLoggable(Level.DEBUG));
        StderrLogger.threshold(Level.DEBUG);
        assertTrue(logger.isLoggable(Level.DEBUG));
        assertFalse(logger.isLoggable(Level.TRACE));
        StderrLogger.threshold(Level.ERROR);
        assertFalse(logger.isLoggable(Level.WARNING));
        StderrLogger.threshold(Level.OFF);
        assertFalse(logger.isLoggable(Level.ERROR));
        assertFalse(logger.isLoggable(Level.OFF));
    }

    @Test
    void leavesOutTheDetailsOfOthers()
    {
        final System.Logger others = new StderrLogger("java.lang.Runtime");
        StderrLogger.threshold(Level.TRACE);
        assertTrue(others.isLoggable(Level.INFO));
        assertFalse(others.isLoggable(Level.DEBUG));
        StderrLogger.threshold(Level.ERROR);
        assertFalse(others.isLoggable(Level.WARNING));
    }
}
