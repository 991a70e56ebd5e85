package io.shadowmesh.cli.it;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

import static org.junit.jupiter.api.Assertions.assertEquals;

/** A {@code tcpdump(8)} that writes down all that crosses a device. */
final class Capture implements AutoCloseable
{
    private static final int STILL = 10;
    /** More than a super-packet. In immediate mode each packet takes so much of the kernel's buffer, however short it is. */
    private static final String LONGEST_PACKET = "66000";
    /** In KiB: room for 4000 packets while tcpdump waits for a processor. */
    private static final String BUFFER = "262144";

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
     * Ends, and fails if something has not been written.
     *
     * @return the file, in pcap's format.
     */
    Path end()
    {
        final long[] last = { -1, 0 };
        Await.until("all is written", Await.EVENTUALLY, () ->
        {
            final long length = length();
            last[1] = length == last[0] ? last[1] + 1 : 0;
            last[0] = length;
            return last[1] >= STILL;
        });
        tcpdump.signal("INT");
        tcpdump.awaitExit(Await.SOON);
        final String captured = tcpdump.awaitErrors("^(\\d+) packets? captured").group(1);
        assertEquals(captured, tcpdump.awaitErrors("^(\\d+) packets? received by filter").group(1), tcpdump::toString);
        tcpdump.awaitErrors("^0 packets dropped by kernel");
        return file;
    }

    @Override
    public void close()
    {
        tcpdump.close();
    }

    private long length()
    {
        try
        {
            return Files.size(file);
        }
        catch (final IOException e)
        {
            throw new UncheckedIOException(e);
        }
    }
}
