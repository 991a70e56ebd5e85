package io.shadowmesh.cli.it;

import java.util.concurrent.atomic.AtomicInteger;

/**
 * Two hosts and the cable between them, under names that no other test run uses; and a third behind the first, if it is
 * asked for.
 *
 * <pre>
 *   a: 192.0.2.1, 192.0.2.11, 2001:db8:1::1  &lt;--cable--&gt;  b: 192.0.2.2, 2001:db8:1::2
 *      198.51.100.1                        &lt;--branch-&gt;  c: 198.51.100.3, by way of a
 * </pre>
 */
final class TwoHosts implements AutoCloseable
{
    static final String A4 = "192.0.2.1";
    /** A second address of a, for the relay to roam to. */
    static final String A4_OTHER = "192.0.2.11";
    static final String A6 = "2001:db8:1::1";
    static final String B4 = "192.0.2.2";
    static final String B6 = "2001:db8:1::2";
    /** The address of a towards c. */
    static final String A4_BRANCH = "198.51.100.1";
    static final String C4 = "198.51.100.3";
    private static final AtomicInteger COUNT = new AtomicInteger();

    final Host a;
    final Host b;
    private final String prefix;
    private Host c;

    TwoHosts()
    {
        prefix = "smit" + ProcessHandle.current().pid() + "-" + COUNT.incrementAndGet();
        a = new Host(prefix + "a");
        b = new Host(prefix + "b");
        a.ip("link", "add", "cable", "type", "veth", "peer", "name", "cable", "netns", b.namespace());
        a.ip("addr", "add", A4 + "/24", "dev", "cable");
        a.ip("addr", "add", A4_OTHER + "/24", "dev", "cable");
        a.ip("addr", "add", A6 + "/64", "dev", "cable", "nodad");
        b.ip("addr", "add", B4 + "/24", "dev", "cable");
        b.ip("addr", "add", B6 + "/64", "dev", "cable", "nodad");
        a.ip("link", "set", "cable", "mtu", "1500", "up");
        b.ip("link", "set", "cable", "mtu", "1500", "up");
    }

    /** The third host, made when it is first asked for. */
    Host c()
    {
        if (c == null)
        {
            c = new Host(prefix + "c");
            a.ip("link", "add", "branch", "type", "veth", "peer", "name", "branch", "netns", c.namespace());
            a.ip("addr", "add", A4_BRANCH + "/24", "dev", "branch");
            c.ip("addr", "add", C4 + "/24", "dev", "branch");
            a.ip("link", "set", "branch", "mtu", "1500", "up");
            c.ip("link", "set", "branch", "mtu", "1500", "up");
            c.ip("route", "add", "default", "via", A4_BRANCH);
        }
        return c;
    }

    @Override
    public void close()
    {
        if (c != null)
        {
            c.close();
        }
        a.close();
        b.close();
    }

    @Override
    public String toString()
    {
        return "hosts " + a.namespace() + " and " + b.namespace();
    }
}
