package io.shadowmesh.dataplane.handshake;

import java.util.concurrent.TimeUnit;

/**
 * The initiator's end of cookies: the last one that a peer has sent, for 120 s and so for later attempts too.
 *
 * <p><b>Units:</b> ns. <b>Threading:</b> one thread. Source: wire protocol ShadowMesh/1, section 5.
 */
final class HeldCookie
{
    /** How long a cookie is used. */
    static final long LIFETIME_NS = TimeUnit.SECONDS.toNanos(120);

    private Cookie cookie;
    private long untilNs;

    void take(final Cookie received, final long nowNs)
    {
        cookie = received;
        untilNs = nowNs + LIFETIME_NS;
    }

    /**
     * The cookie to use now, or null.
     */
    Cookie at(final long nowNs)
    {
        return cookie != null && nowNs < untilNs ? cookie : null;
    }
}
