package io.shadowmesh.cli;

import io.shadowmesh.dataplane.PeerChanges;
import io.shadowmesh.dataplane.Tunnel;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/**
 * Takes up peers whose files have changed while a node runs. It looks at the folder once a second, and takes what it
 * finds when it has looked the same twice, so that a file is not read while it is written. What is wrong with a file is
 * said in one line, and the peers stay as they were.
 *
 * <p><b>Threading:</b> a thread of its own; {@link #wake} is for any.
 */
final class PeerWatch
{
    private static final System.Logger LOG = System.getLogger("io.shadowmesh.node");
    private static final long POLL_MS = 1000;

    private final Semaphore asked = new Semaphore(0);
    private final NodePeers peers;
    private final Tunnel tunnel;
    private final ServiceNotice notice;
    private String taken;
    private String seen;

    /** The stamp is the folder's from before the peers were loaded that the tunnel has. */
    PeerWatch(final NodePeers peers, final Tunnel tunnel, final String stamp, final ServiceNotice notice)
    {
        this.peers = peers;
        this.tunnel = tunnel;
        this.taken = stamp;
        this.seen = stamp;
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
                    taken = peers.folder().stamp();
                    seen = taken;
                    reload(true);
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

    private void look()
    {
        final String stamp = peers.folder().stamp();
        final boolean settled = stamp.equals(seen);
        seen = stamp;
        if (settled && !stamp.equals(taken))
        {
            taken = stamp;
            reload(false);
        }
    }

    private void reload(final boolean isAsked)
    {
        try
        {
            final PeerChanges changes = tunnel.replacePeers(peers.loadAny(tunnel.peerId()));
            if (isAsked || !changes.isEmpty())
            {
                LOG.log(System.Logger.Level.INFO, "peers: " + text(changes));
            }
        }
        catch (final CommandException | IllegalArgumentException e)
        {
            LOG.log(System.Logger.Level.WARNING, "the peers stay as they were: " + Diagnosis.oneLine(e));
        }
        catch (final IllegalStateException e)
        {
            LOG.log(System.Logger.Level.DEBUG, "the peers are not reloaded", e);
        }
    }

    private static String text(final PeerChanges changes)
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
