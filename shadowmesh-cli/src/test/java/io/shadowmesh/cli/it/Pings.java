package io.shadowmesh.cli.it;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** Runs of {@code ping}, and what came of them. */
final class Pings
{
    private static final Pattern SUMMARY = Pattern.compile("(\\d+) packets transmitted, (\\d+) received");

    private Pings()
    {
    }

    /**
     * Pings, and fails if one is not answered. The kernel counts the answers: the program itself leaves two round trips
     * after its last ping, and would call lost what is late on a busy machine.
     *
     * @param host     to ping from.
     * @param address  to ping.
     * @param count    of pings.
     * @param interval between two, in seconds.
     */
    static void allAnswered(final Host host, final String address, final int count, final String interval)
    {
        final boolean ipv6 = address.indexOf(':') >= 0;
        final long before = host.echoReplies(ipv6);
        final ChildProcess ping = host.run(
            "ping", "-n", "-q", "-c", Integer.toString(count), "-i", interval, "-W", "5", address);
        final Matcher summary = SUMMARY.matcher(String.join("\n", ping.output()));
        assertTrue(summary.find(), ping::toString);
        assertEquals(count, Integer.parseInt(summary.group(1)), ping::toString);
        Await.until(count + " pings are answered", Await.SOON, () -> host.echoReplies(ipv6) >= before + count,
            () -> (host.echoReplies(ipv6) - before) + " are, and " + ping);
    }
}
