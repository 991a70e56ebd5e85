package io.shadowmesh.dataplane.agent;

/**
 * All that follows from what the links are measured to be like: the ring's limit, the rate to pace to, what the log says.
 *
 * <p><b>Threading:</b> the control thread.
 */
final class LinkControl
{
    private final AdaptiveBuffer buffer;
    private final PaceControl pace;
    private final LinkProfile profile;

    LinkControl(final AdaptiveBuffer buffer, final PaceControl pace, final LinkProfile profile)
    {
        this.buffer = buffer;
        this.pace = pace;
        this.profile = profile;
    }

    void onTick(final long nowNs)
    {
        buffer.onTick(nowNs);
        pace.onTick(nowNs);
        profile.onTick(nowNs);
    }
}
