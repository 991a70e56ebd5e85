package io.shadowmesh.dataplane.agent;

import io.shadowmesh.dataplane.session.Peer;
import io.shadowmesh.dataplane.session.PeerSettings;
import io.shadowmesh.ffi.SystemCalls;

import java.util.function.Consumer;

/**
 * Puts a {@link PeerChange} in force. Those that go leave by way of {@link PeerDepartures}.
 *
 * <p><b>Threading:</b> the control thread.
 */
final class PeerRegistry
{
    private final ForwardingState state;
    private final PeerDepartures departures;
    private final HandshakeAgent handshakes;
    private final PeerResolver resolver;
    private final PeriodicReport report;
    private final SystemCalls calls;
    private final Consumer<Runnable> controlThread;

    PeerRegistry(
        final ForwardingState state,
        final PeerDepartures departures,
        final HandshakeAgent handshakes,
        final PeerResolver resolver,
        final PeriodicReport report,
        final SystemCalls calls,
        final Consumer<Runnable> controlThread)
    {
        this.state = state;
        this.departures = departures;
        this.handshakes = handshakes;
        this.resolver = resolver;
        this.report = report;
        this.calls = calls;
        this.controlThread = controlThread;
    }

    /** Allowed IPs go over whole, so that no packet of a peer that stays finds none. By number, who is being reached. */
    void apply(final PeerChange change, final boolean[] attempting, final long nowNs)
    {
        change.added().forEach(peer -> state.place(peer.number(), peer));
        state.publish(change.allowedIps());
        for (final Peer peer : change.removed())
        {
            report.forget(peer);
            departures.begin(peer, handshakes, calls, nowNs);
        }
        for (final Peer peer : change.added())
        {
            attempting[peer.number()] = false;
            handshakes.add(peer);
        }
        change.changed().forEach((peer, settings) -> apply(peer, settings, attempting[peer.number()]));
    }

    private void apply(final Peer peer, final PeerSettings settings, final boolean isAttempting)
    {
        final boolean isElsewhere = !peer.settings().hasSameHost(settings);
        peer.settings(settings);
        if (isElsewhere && null != settings.host())
        {
            if (isAttempting)
            {
                handshakes.cancel(peer);
            }
            resolver.resolve(peer, found -> controlThread.accept(() ->
            {
                if (peer.settings() == settings)
                {
                    peer.resolved(found);
                }
            }));
        }
    }
}
