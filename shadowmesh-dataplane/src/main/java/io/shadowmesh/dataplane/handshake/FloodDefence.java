package io.shadowmesh.dataplane.handshake;

import io.shadowmesh.dataplane.address.Endpoint;
import io.shadowmesh.dataplane.frame.CookieFrame;
import io.shadowmesh.dataplane.frame.DropReason;

/**
 * Who may cost this node work: 1. under load, those only who show by mac2 that they receive where they send from; the
 * others get a cookie 2. of each source no more than its rate.
 *
 * <p><b>Threading:</b> one thread. Source: wire protocol ShadowMesh/1, section 5.
 */
final class FloodDefence implements Admission
{
    private final SourceRates rates = new SourceRates();
    private final HandshakeLoad load;
    private final CookieIssuer cookies;
    private final HandshakeTransport transport;
    private long cookiesSent;

    FloodDefence(final LocalNode node, final HandshakeLoad load)
    {
        this.load = load;
        cookies = new CookieIssuer(node.selfId(), node.random());
        transport = node.transport();
    }

    @Override
    public DropReason judge(final HandshakeDatagram datagram, final Endpoint source, final long nowNs)
    {
        if (load.look(nowNs) && !cookies.accepts(datagram, source, nowNs))
        {
            if (datagram.length() > CookieFrame.LENGTH)
            {
                transport.send(cookies.reply(datagram, source, nowNs), CookieFrame.LENGTH, source);
                cookiesSent++;
            }
            return DropReason.HANDSHAKE_COOKIE_MISSING;
        }
        return rates.pass(SourcePrefix.of(source), datagram.count(), nowNs) ? null : DropReason.HANDSHAKE_RATE_LIMITED;
    }

    @Override
    public long cookiesSent()
    {
        return cookiesSent;
    }
}
