package io.shadowmesh.cli.watch;

import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/**
 * The terminal as a screen of its own (the alternate one) that brings single keys. All is put back at the end, also when
 * the process is told to stop.
 *
 * <p><b>Threading:</b> one thread draws and waits for keys; another reads them; the JVM's shutdown hook may restore.
 *
 * <p>Source: ECMA-48; XTerm Control Sequences, private modes 25 and 1049; stty(1).
 */
final class Terminal implements AutoCloseable
{
    /** No key came in time. */
    static final char NO_KEY = 0;
    /** The input has ended. */
    static final char END = 4;

    private static final File DEVICE = new File("/dev/tty");
    private static final String ENTER = "\033[?1049h\033[?25l";
    private static final String LEAVE = "\033[?25h\033[?1049l";
    private static final String HOME = "\033[H";
    private static final String END_OF_LINE = "\033[K\r\n";
    private static final String REST_OF_SCREEN = "\033[K\033[J";
    private static final int WIDTH = 80;
    private static final int HEIGHT = 24;

    private final BlockingQueue<Character> keys = new LinkedBlockingQueue<>();
    private final PrintWriter out;
    private final String settings;
    private final Thread hook = new Thread(this::restore, "terminal");
    private boolean restored;

    private Terminal(final PrintWriter out, final String settings)
    {
        this.out = out;
        this.settings = settings;
    }

    /** True where there is somebody who looks and types. */
    static boolean isThere()
    {
        return System.console() != null && System.console().isTerminal();
    }

    static Terminal open(final PrintWriter out) throws IOException
    {
        final Terminal terminal = new Terminal(out, stty("-g"));
        Runtime.getRuntime().addShutdownHook(terminal.hook);
        // Without signals from keys: Ctrl-C is a key like others, and Ctrl-Z cannot leave a screen behind.
        stty("-icanon", "-echo", "-isig", "min", "1", "time", "0");
        out.print(ENTER);
        out.flush();
        final Thread reader = new Thread(() -> terminal.read(System.in), "keys");
        reader.setDaemon(true);
        reader.start();
        return terminal;
    }

    /** Rows and columns now. */
    int[] size()
    {
        try
        {
            final String[] words = stty("size").split(" ");
            final int[] size = {Integer.parseInt(words[0]), Integer.parseInt(words[1])};
            return size[0] > 0 && size[1] > 0 ? size : new int[] {HEIGHT, WIDTH};
        }
        catch (final IOException | RuntimeException e)
        {
            return new int[] {HEIGHT, WIDTH};
        }
    }

    /** Draws over what is there, so that nothing flickers. */
    void draw(final List<String> lines)
    {
        synchronized (this)
        {
            if (!restored)
            {
                out.print(HOME + String.join(END_OF_LINE, lines) + REST_OF_SCREEN);
                out.flush();
            }
        }
    }

    /** The next key, or {@link #NO_KEY}. */
    char awaitKey(final long timeoutNs) throws InterruptedException
    {
        final Character key = keys.poll(timeoutNs, TimeUnit.NANOSECONDS);
        return key == null ? NO_KEY : key;
    }

    @Override
    public void close()
    {
        restore();
        try
        {
            Runtime.getRuntime().removeShutdownHook(hook);
        }
        catch (final IllegalStateException e)
        {
            // It runs already.
        }
    }

    private void restore()
    {
        synchronized (this)
        {
            if (!restored)
            {
                restored = true;
                out.print(LEAVE);
                out.flush();
                try
                {
                    stty(settings);
                }
                catch (final IOException e)
                {
                    // The terminal is gone.
                }
            }
        }
    }

    private void read(final InputStream in)
    {
        try
        {
            for (int key = in.read(); key >= 0; key = in.read())
            {
                keys.add((char)key);
            }
        }
        catch (final IOException e)
        {
            // As good as its end.
        }
        keys.add(END);
    }

    private static String stty(final String... words) throws IOException
    {
        final String[] command = new String[words.length + 1];
        command[0] = "stty";
        System.arraycopy(words, 0, command, 1, words.length);
        final Process process = new ProcessBuilder(command).redirectInput(DEVICE).redirectErrorStream(true).start();
        final String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).trim();
        try
        {
            if (process.waitFor() != 0)
            {
                throw new IOException("stty: " + text);
            }
        }
        catch (final InterruptedException e)
        {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        }
        return text;
    }
}
