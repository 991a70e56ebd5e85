package io.shadowmesh.cli;

import io.shadowmesh.dataplane.PeerReplacement;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/**
 * Takes up peers whose files have changed while a node runs. It looks at the folder every 2 s, and takes what it
 * finds when it has looked the same twice, so that a file is not read while it is written. What is wrong with a file is
 * said in one line, and the peers stay as they were. What goes wrong otherwise is tried again.
 *
 * <p><b>Threading:</b> a thread of its own; {@link #wake} is for any.
 */
final class PeerWatch
{
    private static final System.Logger LOG = System.getLogger("io.shadowmesh.node");
    private static final long POLL_MS = 2000;

    private final Semaphore asked = new Semaphore(0);
    private final PeerFolder folder;
    private final Supplier<PeerReplacement> change;
    private final ServiceNotice notice;
    private String taken;
    private String seen;
    private String failure;

    /** The change loads the folder's peers and gives them to the tunnel, which has those that were loaded last. */
    PeerWatch(final PeerFolder folder, final Supplier<PeerReplacement> change, final ServiceNotice notice)
    {
        this.folder = folder;
        this.change = change;
        this.taken = folder.loadedStamp();
        this.seen = taken;
        this.notice = notice;
    }

    void start()
    {
        final Thread thread = new Thread(this::run, "peers");
        thread.setDaemon(true);
        thread.start();
    }

    /** Has the files read now, changed or not. */
    void wake()
    {
        asked.release();
    }

    private void run()
    {
        try
        {
            while (true)
            {
                if (asked.tryAcquire(POLL_MS, TimeUnit.MILLISECONDS))
                {
                    asked.drainPermits();
                    notice.reloading();
                    reload(true);
                    seen = taken;
                    notice.ready();
                }
                else
                {
                    look();
                }
            }
        }
        catch (final InterruptedException e)
        {
            Thread.currentThread().interrupt();
        }
    }

    /** Once every 2 s. */
    void look()
    {
        final String stamp = folder.stamp();
        final boolean settled = stamp.equals(seen);
        seen = stamp;
        if (settled && !stamp.equals(taken))
        {
            reload(false);
        }
    }

    private void reload(final boolean isAsked)
    {
        try
        {
            final PeerReplacement changes = change.get();
            taken = folder.loadedStamp();
            failure = null;
            if (isAsked || !changes.isEmpty())
            {
                LOG.log(System.Logger.Level.INFO, "peers: " + text(changes));
            }
        }
        catch (final CommandException | IllegalArgumentException e)
        {
            taken = folder.loadedStamp();
            failure = null;
            LOG.log(System.Logger.Level.WARNING, "the peers stay as they were: " + Diagnosis.oneLine(e));
        }
        catch (final RuntimeException | StackOverflowError e)
        {
            taken = null;
            final String reason = Diagnosis.oneLine(e);
            if (!reason.equals(failure))
            {
                LOG.log(System.Logger.Level.WARNING, "the peers stay as they were, and are read again soon: " + reason);
            }
            failure = reason;
        }
    }

    private static String text(final PeerReplacement changes)
    {
        final List<String> parts = new ArrayList<>();
        add("added", changes.added(), parts);
        add("changed", changes.changed(), parts);
        add("removed", changes.removed(), parts);
        return parts.isEmpty() ? "nothing has changed" : String.join("; ", parts);
    }

    private static void add(final String what, final List<String> names, final List<String> parts)
    {
        if (!names.isEmpty())
        {
            parts.add(what + " " + String.join(", ", names));
        }
    }
}
