package io.shadowmesh.cli.it;

import java.nio.file.Path;
import java.util.regex.Matcher;

import static org.junit.jupiter.api.Assertions.assertEquals;

/** A {@code tcpdump(8)} that writes down all that crosses a device. */
final class Capture implements AutoCloseable
{
    /** More than a super-packet. In immediate mode each packet takes so much of the kernel's buffer, however short it is. */
    private static final String LONGEST_PACKET = "66000";
    /** In KiB: room for 4000 packets while tcpdump waits for a processor. */
    private static final String BUFFER = "262144";

    /** What it says at a SIGUSR1, and goes on. */
    private static final String COUNTS =
        "^tcpdump: (\\d+) packets? captured, (\\d+) packets? received by filter, (\\d+) packets? dropped";

    private final Path file;
    private final ChildProcess tcpdump;

    /**
     * Begins.
     *
     * @param host   on which the device is.
     * @param device to listen at.
     * @param name   of the file in the host's folder.
     */
    Capture(final Host host, final String device, final String name)
    {
        file = host.folder().resolve(name);
        tcpdump = host.start("tcpdump", "-i", device, "-s", LONGEST_PACKET, "-B", BUFFER, "--immediate-mode", "-U",
            "-Z", "root", "-w", file.toString());
        tcpdump.awaitErrors("listening on");
    }

    /**
     * Ends as soon as all that had come until a moment after the call is written, and fails if anything was dropped.
     * What comes after that moment, as a packet between a signal and its handling, may be in the file or not.
     *
     * @return the file, in pcap's format.
     */
    Path end()
    {
        Await.until("all is written", Await.EVENTUALLY, this::isAllWritten, tcpdump::toString);
        tcpdump.signal("INT");
        tcpdump.awaitExit(Await.SOON);
        tcpdump.awaitErrors("^0 packets dropped by kernel");
        return file;
    }

    @Override
    public void close()
    {
        tcpdump.close();
    }

    private boolean isAllWritten()
    {
        final int before = tcpdump.errors().size();
        tcpdump.signal("USR1");
        final Matcher counts = tcpdump.awaitErrors(COUNTS, before);
        assertEquals("0", counts.group(3), tcpdump::toString);
        return counts.group(1).equals(counts.group(2));
    }
}
