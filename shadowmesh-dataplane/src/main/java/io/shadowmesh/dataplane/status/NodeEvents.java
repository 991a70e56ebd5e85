package io.shadowmesh.dataplane.status;

import jdk.jfr.Category;
import jdk.jfr.DataAmount;
import jdk.jfr.Description;
import jdk.jfr.Enabled;
import jdk.jfr.Event;
import jdk.jfr.FlightRecorder;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;
import jdk.jfr.Timespan;
import jdk.jfr.Unsigned;

import java.util.List;

/**
 * What a node tells the JDK's flight recorder. All events are off until a recording asks for them by name; up to then
 * each costs a look whether the recorder is in use at all.
 *
 * <pre>
 *   io.shadowmesh.Handshake         a session with a peer that had none, or an attempt that came to nothing
 *   io.shadowmesh.Rekey             new keys with a peer that had some
 *   io.shadowmesh.Roam              a peer sends from another address
 *   io.shadowmesh.OffloadDowngrade  the kernel has refused an offload in use
 *   io.shadowmesh.RingLimitChange   more or fewer packets may wait for the sender
 *   io.shadowmesh.DropBurst         many packets or datagrams were dropped for one reason within a second
 * </pre>
 *
 * <p><b>Threading:</b> the control thread. The data path's agents tell the recorder nothing.
 */
public final class NodeEvents
{
    /** So many drops for one reason within a second are a burst. */
    public static final long BURST = 100;

    /** The names of all events. */
    public static final List<String> NAMES = List.of(
        "io.shadowmesh.Handshake",
        "io.shadowmesh.Rekey",
        "io.shadowmesh.Roam",
        "io.shadowmesh.OffloadDowngrade",
        "io.shadowmesh.RingLimitChange",
        "io.shadowmesh.DropBurst");

    private NodeEvents()
    {
    }

    /**
     * A handshake has come to its end.
     *
     * @param peer      its name.
     * @param endpoint  where it is; may be null.
     * @param initiator whether this node began.
     * @param outcome   "established", or why not.
     */
    public static void handshake(final String peer, final Object endpoint, final boolean initiator, final String outcome)
    {
        if (FlightRecorder.isInitialized())
        {
            final HandshakeEvent event = new HandshakeEvent();
            if (event.isEnabled())
            {
                event.peer = peer;
                event.endpoint = text(endpoint);
                event.initiator = initiator;
                event.outcome = outcome;
                event.commit();
            }
        }
    }

    /**
     * A peer has new keys.
     *
     * @param peer       its name.
     * @param initiator  whether this node began.
     * @param previousNs age of the keys before, ns.
     * @param bytes      of the datagrams that were sealed with the keys before.
     */
    public static void rekey(final String peer, final boolean initiator, final long previousNs, final long bytes)
    {
        if (FlightRecorder.isInitialized())
        {
            final RekeyEvent event = new RekeyEvent();
            if (event.isEnabled())
            {
                event.peer = peer;
                event.initiator = initiator;
                event.previousAge = previousNs;
                event.bytesSent = bytes;
                event.commit();
            }
        }
    }

    /**
     * A peer has moved.
     *
     * @param peer its name.
     * @param from where it was; may be null.
     * @param to   where it is.
     */
    public static void roam(final String peer, final Object from, final Object to)
    {
        if (FlightRecorder.isInitialized())
        {
            final RoamEvent event = new RoamEvent();
            if (event.isEnabled())
            {
                event.peer = peer;
                event.from = text(from);
                event.to = text(to);
                event.commit();
            }
        }
    }

    /**
     * The kernel has refused an offload, which is off from now on.
     *
     * @param offload which.
     * @param error   of the call that failed.
     */
    public static void offloadDowngrade(final String offload, final String error)
    {
        if (FlightRecorder.isInitialized())
        {
            final OffloadDowngradeEvent event = new OffloadDowngradeEvent();
            if (event.isEnabled())
            {
                event.offload = offload;
                event.error = error;
                event.commit();
            }
        }
    }

    /**
     * The ring between device and sender has another limit.
     *
     * @param from  packets that could wait.
     * @param to    packets that can wait.
     * @param rttNs that the new limit is for, ns.
     */
    public static void ringLimitChange(final long from, final long to, final long rttNs)
    {
        if (FlightRecorder.isInitialized())
        {
            final RingLimitChangeEvent event = new RingLimitChangeEvent();
            if (event.isEnabled())
            {
                event.from = from;
                event.to = to;
                event.rtt = rttNs;
                event.commit();
            }
        }
    }

    /**
     * Many packets or datagrams were dropped for one reason.
     *
     * @param reason   why.
     * @param count    of them.
     * @param periodNs in which, ns.
     */
    public static void dropBurst(final String reason, final long count, final long periodNs)
    {
        if (FlightRecorder.isInitialized())
        {
            final DropBurstEvent event = new DropBurstEvent();
            if (event.isEnabled())
            {
                event.reason = reason;
                event.count = count;
                event.period = periodNs;
                event.commit();
            }
        }
    }

    private static String text(final Object object)
    {
        return null == object ? null : object.toString();
    }

    @Name("io.shadowmesh.Handshake")
    @Label("Handshake")
    @Description("A session with a peer that had none, or an attempt that came to nothing")
    @Category("ShadowMesh")
    @Enabled(false)
    @StackTrace(false)
    static final class HandshakeEvent extends Event
    {
        @Label("Peer")
        private String peer;
        @Label("Endpoint")
        private String endpoint;
        @Label("Initiator")
        private boolean initiator;
        @Label("Outcome")
        private String outcome;
    }

    @Name("io.shadowmesh.Rekey")
    @Label("Rekey")
    @Description("New keys with a peer that had some")
    @Category("ShadowMesh")
    @Enabled(false)
    @StackTrace(false)
    static final class RekeyEvent extends Event
    {
        @Label("Peer")
        private String peer;
        @Label("Initiator")
        private boolean initiator;
        @Label("Age of the Previous Keys")
        @Timespan(Timespan.NANOSECONDS)
        private long previousAge;
        @Label("Bytes Sent with the Previous Keys")
        @DataAmount
        private long bytesSent;
    }

    @Name("io.shadowmesh.Roam")
    @Label("Roam")
    @Description("A peer sends from another address")
    @Category("ShadowMesh")
    @Enabled(false)
    @StackTrace(false)
    static final class RoamEvent extends Event
    {
        @Label("Peer")
        private String peer;
        @Label("From")
        private String from;
        @Label("To")
        private String to;
    }

    @Name("io.shadowmesh.OffloadDowngrade")
    @Label("Offload Downgrade")
    @Description("The kernel has refused an offload in use, which is off from then on")
    @Category("ShadowMesh")
    @Enabled(false)
    @StackTrace(false)
    static final class OffloadDowngradeEvent extends Event
    {
        @Label("Offload")
        private String offload;
        @Label("Error")
        private String error;
    }

    @Name("io.shadowmesh.RingLimitChange")
    @Label("Ring Limit Change")
    @Description("More or fewer packets may wait for the sender")
    @Category("ShadowMesh")
    @Enabled(false)
    @StackTrace(false)
    static final class RingLimitChangeEvent extends Event
    {
        @Label("From")
        @Unsigned
        private long from;
        @Label("To")
        @Unsigned
        private long to;
        @Label("Round Trip")
        @Timespan(Timespan.NANOSECONDS)
        private long rtt;
    }

    @Name("io.shadowmesh.DropBurst")
    @Label("Drop Burst")
    @Description("Many packets or datagrams were dropped for one reason within a second")
    @Category("ShadowMesh")
    @Enabled(false)
    @StackTrace(false)
    static final class DropBurstEvent extends Event
    {
        @Label("Reason")
        private String reason;
        @Label("Count")
        @Unsigned
        private long count;
        @Label("Period")
        @Timespan(Timespan.NANOSECONDS)
        private long period;
    }
}
