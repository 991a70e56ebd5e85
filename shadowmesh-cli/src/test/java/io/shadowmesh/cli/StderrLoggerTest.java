package io.shadowmesh.cli;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import java.lang.System.Logger.Level;

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
