package io.shadowmesh.dataplane.agent;

import io.shadowmesh.dataplane.crypto.Aead;
import io.shadowmesh.dataplane.crypto.Suite;
import io.shadowmesh.dataplane.device.DeviceException;
import io.shadowmesh.dataplane.device.EventFd;
import io.shadowmesh.dataplane.device.TunDevice;
import io.shadowmesh.dataplane.device.UdpOptions;
import io.shadowmesh.dataplane.device.UdpSocket;
import io.shadowmesh.dataplane.identity.Identity;
import io.shadowmesh.dataplane.session.AllowedIps;
import io.shadowmesh.dataplane.session.Lifetimes;
import io.shadowmesh.dataplane.session.Peer;
import io.shadowmesh.dataplane.status.Counters;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.net.InetSocketAddress;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.management.JMException;
import javax.management.ObjectName;

/**
 * Makes data planes with ever fewer descriptors left, and prints what each try has left behind. What is counted is the
 * descriptors that can still be opened, and the native memory segments by the JVM's own tracking (flag
 * {@code -XX:NativeMemoryTracking=summary}).
 */
final class DescriptorShortageProgram
{
    private static final Pattern UNSAFE_ALLOCATIONS = Pattern.compile(" Other \\(reserved=[^#]*#(\\d+)\\)");

    private final Deque<EventFd> taken = new ArrayDeque<>();
    private final Identity identity = Identity.generate();
    private final Aead aead = Aead.best();
    private final Counters counters = Counters.inMemory();
    private final TunDevice device = TunDevice.ofDescriptor(-1, "none", 1400);
    private final UdpSocket socket;

    private DescriptorShortageProgram() throws IOException
    {
        socket = UdpSocket.bind(new InetSocketAddress("127.0.0.1", 0), UdpOptions.defaults());
    }

    /**
     * Runs.
     *
     * @param arguments none.
     * @throws IOException if there is no socket to be had to begin with.
     */
    public static void main(final String[] arguments) throws IOException
    {
        final DescriptorShortageProgram program = new DescriptorShortageProgram();
        program.loadClasses();
        for (int threads = 1; threads <= 3; threads++)
        {
            for (int left = 0; left <= threads + 2; left++)
            {
                System.out.println(program.make(threads, left));
            }
        }
    }

    /** With no descriptor left no class could be loaded any more. */
    private void loadClasses() throws IOException
    {
        open(3).close();
        try (UdpSocket second = UdpSocket.bind(socket.localAddress(), UdpOptions.defaults()))
        {
            throw new IllegalStateException("two sockets are bound to " + second.localAddress());
        }
        catch (final DeviceException e)
        {
            segments();
        }
    }

    private Dataplane open(final int threads) throws IOException
    {
        return new Dataplane(
            identity, new Peer[0], AllowedIps.of(List.of()), device, socket, Suite.AES_256_GCM, aead, threads, counters,
            Lifetimes.REKEY_INITIATOR_NS, LinkOptions.DEFAULT);
    }

    private String make(final int threads, final int left)
    {
        takeAll();
        giveBack(left);
        final long segments = segments();
        String outcome;
        try
        {
            open(threads).close();
            outcome = "made";
        }
        catch (final IOException e)
        {
            outcome = e.getMessage();
        }
        final long more = Math.max(0, segments() - segments);
        return threads + " threads, " + left + " descriptors left: " + outcome + ", " + (left - takeAll()) +
            " descriptors and " + more + " segments more";
    }

    /** Returns how many there were. */
    private int takeAll()
    {
        for (int count = 0;; count++)
        {
            try
            {
                taken.push(EventFd.open());
            }
            catch (final DeviceException e)
            {
                return count;
            }
        }
    }

    private void giveBack(final int count)
    {
        for (int i = 0; i < count; i++)
        {
            taken.pop().close();
        }
    }

    private static long segments()
    {
        try
        {
            final String report = (String)ManagementFactory.getPlatformMBeanServer().invoke(
                new ObjectName("com.sun.management:type=DiagnosticCommand"),
                "vmNativeMemory",
                new Object[]{new String[]{"summary"}},
                new String[]{String[].class.getName()});
            final Matcher matcher = UNSAFE_ALLOCATIONS.matcher(report);
            if (!matcher.find())
            {
                throw new IllegalStateException("this JVM does not count native memory: " + report);
            }
            return Long.parseLong(matcher.group(1));
        }
        catch (final JMException e)
        {
            throw new IllegalStateException(e);
        }
    }
}
