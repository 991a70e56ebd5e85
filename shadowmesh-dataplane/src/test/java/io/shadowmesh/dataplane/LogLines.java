package io.shadowmesh.dataplane;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;

/** What one class logs, from any level up, until it is closed. */
public final class LogLines implements AutoCloseable
{
    private final List<String> lines = new CopyOnWriteArrayList<>();
    private final Logger logger;
    private final Level levelBefore;
    private final Handler handler = new Handler()
    {
        @Override
        public void publish(final LogRecord line)
        {
            lines.add(line.getLevel() + " " + line.getMessage());
        }

        @Override
        public void flush()
        {
            // Nothing is kept back.
        }

        @Override
        public void close()
        {
            // Nothing is open.
        }
    };

    /**
     * Begins to listen.
     *
     * @param className of the class that logs under its own name.
     */
    public LogLines(final String className)
    {
        logger = Logger.getLogger(className);
        levelBefore = logger.getLevel();
        logger.setLevel(Level.ALL);
        logger.addHandler(handler);
    }

    /**
     * What has been logged.
     *
     * @return lines such as "WARNING no more room", oldest first.
     */
    public List<String> all()
    {
        return List.copyOf(lines);
    }

    @Override
    public void close()
    {
        logger.removeHandler(handler);
        logger.setLevel(levelBefore);
    }
}
