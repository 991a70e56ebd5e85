package io.shadowmesh.cli.doctor;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * The rights of this process.
 *
 * <p>Source: capabilities(7), proc(5).
 */
public final class CapabilityCheck implements Check
{
    private static final int NET_BIND_SERVICE = 10;
    private static final int NET_ADMIN = 12;
    private static final int HEX = 16;
    private static final String LINE = "CapEff:";

    private final Path status;
    private final Path firstFreePort;
    private final int port;

    /**
     * Looks at this process.
     *
     * @param port that a node would bind.
     */
    public CapabilityCheck(final int port)
    {
        this(Path.of("/proc/self/status"), Path.of("/proc/sys/net/ipv4/ip_unprivileged_port_start"), port);
    }

    CapabilityCheck(final Path status, final Path firstFreePort, final int port)
    {
        this.status = status;
        this.firstFreePort = firstFreePort;
        this.port = port;
    }

    @Override
    public List<Finding> run()
    {
        final List<Finding> findings = new ArrayList<>();
        try
        {
            final long effective = effective();
            findings.add(has(effective, NET_ADMIN) ? Finding.ok("capability", "CAP_NET_ADMIN") :
                Finding.problem("capability", "CAP_NET_ADMIN is missing: no device can be made",
                "run as root, or by the systemd unit; in a container, start it with --cap-add NET_ADMIN"));
            if (port > 0 && port < firstFreePort() && !has(effective, NET_BIND_SERVICE))
            {
                findings.add(Finding.problem("capability", "CAP_NET_BIND_SERVICE is missing: port " + port +
                    " cannot be bound", "choose -port " + firstFreePort() + " or higher, or run as root"));
            }
        }
        catch (final IOException | NumberFormatException e)
        {
            findings.add(Finding.warning("capability", "cannot be read from " + status, "mount /proc"));
        }
        return findings;
    }

    private static boolean has(final long effective, final int capability)
    {
        return (effective >> capability & 1) != 0;
    }

    private long effective() throws IOException
    {
        for (final String line : Files.readAllLines(status, StandardCharsets.ISO_8859_1))
        {
            if (line.startsWith(LINE))
            {
                return Long.parseUnsignedLong(line.substring(LINE.length()).strip(), HEX);
            }
        }
        throw new IOException("no " + LINE);
    }

    private int firstFreePort() throws IOException
    {
        return Integer.parseInt(Files.readString(firstFreePort).strip());
    }
}
