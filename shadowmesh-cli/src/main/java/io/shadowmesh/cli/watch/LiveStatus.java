package io.shadowmesh.cli.watch;

import io.shadowmesh.cli.CommandException;
import io.shadowmesh.dataplane.status.RuntimeFolder;

import java.io.IOException;
import java.io.PrintWriter;
import java.time.Instant;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/** {@code shadowmesh status --watch}: a screen that is redrawn in place, or line after line where there is none. */
final class LiveStatus
{
    private static final char CTRL_C = 3;
    private static final char QUIT = 'q';

    private final RuntimeFolder folder;
    private final String device;
    private final long intervalNs;
    private final PrintWriter out;

    LiveStatus(final RuntimeFolder folder, final String device, final int intervalSeconds, final PrintWriter out)
    {
        this.folder = folder;
        this.device = device;
        this.intervalNs = TimeUnit.SECONDS.toNanos(intervalSeconds);
        this.out = out;
    }

    /** Until somebody quits, or nobody reads any more. */
    void run() throws InterruptedException
    {
        Nodes.find(folder, device).require(folder, device);
        if (Terminal.isThere())
        {
            onScreen();
        }
        else
        {
            inLines();
        }
    }

    private void onScreen() throws InterruptedException
    {
        final String encoding = System.getProperty("stdout.encoding", "");
        final LiveView view = new LiveView(encoding.startsWith("UTF") ? Sparkline.BLOCKS : Sparkline.ASCII);
        try (Terminal terminal = Terminal.open(out))
        {
            while (true)
            {
                final long nextNs = System.nanoTime() + intervalNs;
                final Nodes nodes = Nodes.find(folder, device);
                view.add(nodes.running());
                char key = Terminal.NO_KEY;
                do
                {
                    final int[] size = terminal.size();
                    terminal.draw(view.screen(nodes.running(), message(device, nodes), size[1], size[0]));
                    key = terminal.awaitKey(Math.max(0, nextNs - System.nanoTime()));
                    if (key == QUIT || key == CTRL_C || key == Terminal.END)
                    {
                        return;
                    }
                }
                while (key != Terminal.NO_KEY && view.sort(key));
            }
        }
        catch (final IOException e)
        {
            throw CommandException.failure("the terminal cannot be set up: " + e.getMessage() +
                "; for plain lines: shadowmesh status --watch | cat", e);
        }
    }

    private void inLines()
    {
        final LiveView view = new LiveView(Sparkline.ASCII);
        view.add(Nodes.find(folder, device).running());
        while (!out.checkError())
        {
            final long nextNs = System.nanoTime() + intervalNs;
            for (long left = intervalNs; left > 0; left = nextNs - System.nanoTime())
            {
                LockSupport.parkNanos(left);
            }
            final Nodes nodes = Nodes.find(folder, device);
            view.add(nodes.running());
            view.lines(nodes.running(), Instant.now()).forEach(out::println);
            if (nodes.running().isEmpty())
            {
                out.println(message(device, nodes));
            }
            out.flush();
        }
    }

    /** What stands for the nodes where there are none, and why, if files could not be read. */
    static String message(final String device, final Nodes nodes)
    {
        return (device == null ? "no node is running here" : "no node with the device " + device + " is running here") +
            (nodes.unread().isEmpty() ? "" : ": " + nodes.unread().getFirst());
    }
}
