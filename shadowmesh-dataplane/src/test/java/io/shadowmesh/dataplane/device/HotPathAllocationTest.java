package io.shadowmesh.dataplane.device;

import com.sun.management.ThreadMXBean;
import io.shadowmesh.dataplane.address.Endpoint;
import org.junit.jupiter.api.Test;

import java.lang.management.ManagementFactory;
import java.net.InetSocketAddress;

import static org.junit.jupiter.api.Assertions.assertEquals;

class HotPathAllocationTest
{
    private static final int LENGTH = 1200;
    private static final int BATCH = 16;
    private static final int ROUND = 20_000;
    private static final int LONGEST_WARM_UP = 200;
    private static final int QUIET_ROUNDS = 5;
    private static final int RETRIES = 5;
    private static final int DATAGRAMS = 100_000;

    private final ThreadMXBean threads = (ThreadMXBean)ManagementFactory.getThreadMXBean();

    /** What an agent does in a duty cycle, on sockets, a packet pair, an eventfd and the clock. */
    private static final class DutyCycle
    {
        private final Loopback loopback;
        private final UdpSocket sender;
        private final UdpSocket receiver;
        private final Endpoint to;
        private final Endpoint from;
        private final SendBatch send;
        private final ReceiveBatch receive;
        private final Poller poller;
        private final BootClock clock;
        private final EventFd event;
        private final TunDevice device;
        private final TunDevice host;
        private final long payload;
        private long sum;

        private DutyCycle(
            final Loopback loopback, final UdpSocket sender, final UdpSocket receiver, final EventFd event)
        {
            this.loopback = loopback;
            this.sender = sender;
            this.receiver = receiver;
            this.event = event;
            to = reachable(receiver);
            from = reachable(sender);
            send = new SendBatch(loopback.arena, BATCH, sender.isIpv6());
            receive = new ReceiveBatch(loopback.arena, BATCH, 2048, 64);
            poller = new Poller(loopback.arena, 2);
            poller.add(receiver.fileDescriptor(), Poller.READABLE);
            poller.add(event.fileDescriptor(), Poller.READABLE);
            clock = new BootClock(loopback.arena, loopback.calls);
            payload = loopback.arena.allocate(LENGTH).address();
            final int[] pair = loopback.packetPair();
            device = TunDevice.ofDescriptor(pair[0], "device", LENGTH);
            host = TunDevice.ofDescriptor(pair[1], "host", LENGTH);
        }

        /** Sends and receives, in turn a lone datagram and a full batch. @return datagrams that went the whole way. */
        private int run(final int datagrams)
        {
            int received = 0;
            int size = 1;
            while (received < datagrams)
            {
                for (int i = 0; i < size; i++)
                {
                    send.add(payload, LENGTH, to);
                }
                event.signal(loopback.calls);
                final int sent = send.flush(loopback.calls, sender.fileDescriptor());
                int arrived = 0;
                while (arrived < sent)
                {
                    poller.poll(loopback.calls, Poller.FOR_EVER);
                    final int n = receive.receive(loopback.calls, receiver.fileDescriptor());
                    for (int i = 0; i < n; i++)
                    {
                        sum += receive.sourceIs(i, from) && !receive.truncated(i) ? receive.length(i) : 0;
                    }
                    arrived += n;
                }
                event.drain(loopback.calls);
                sender.dontFragment(loopback.calls, (received & 1) == 0);
                host.write(loopback.calls, payload, LENGTH);
                sum += device.read(loopback.calls, payload, LENGTH);
                sum += clock.nanoTime() & 1;
                received += arrived;
                size = size == 1 ? BATCH : 1;
            }
            return received;
        }
    }

    /** A socket bound to the wildcard is reached at, and sends from, a loopback address. */
    private static Endpoint reachable(final UdpSocket socket)
    {
        final InetSocketAddress local = socket.localAddress();
        return local.getAddress().isAnyLocalAddress() ?
            Endpoint.of(Loopback.ipv4(local.getPort())).withSource(0, 0xFFFF_7F00_0001L) : Endpoint.of(local);
    }

    private long allocated(final DutyCycle cycle, final int datagrams)
    {
        final long before = threads.getCurrentThreadAllocatedBytes();
        cycle.run(datagrams);
        return threads.getCurrentThreadAllocatedBytes() - before;
    }

    /**
     * The native calls cost no heap once they are compiled: warms up until that has been seen, then measures. On a busy
     * machine the compiler may change its mind in mid-measurement, so a measurement may be repeated; code that allocates
     * would never measure 0.
     */
    private void allocatesNothing(final InetSocketAddress local) throws DeviceException
    {
        try (Loopback loopback = new Loopback();
            UdpSocket sender = UdpSocket.bind(local, UdpOptions.defaults());
            UdpSocket receiver = UdpSocket.bind(local, UdpOptions.defaults());
            EventFd event = EventFd.open())
        {
            final DutyCycle cycle = new DutyCycle(loopback, sender, receiver, event);
            int quiet = 0;
            for (int round = 0; quiet < QUIET_ROUNDS && round < LONGEST_WARM_UP; round++)
            {
                quiet = allocated(cycle, ROUND) == 0 ? quiet + 1 : 0;
            }
            long heapBytes = allocated(cycle, DATAGRAMS);
            for (int retry = 0; heapBytes != 0 && retry < RETRIES; retry++)
            {
                heapBytes = allocated(cycle, DATAGRAMS);
            }
            assertEquals(0, heapBytes, "bytes of heap for " + DATAGRAMS + " datagrams");
            cycle.device.close();
            cycle.host.close();
        }
    }

    @Test
    void ipv4DatagramsCostNoHeap() throws DeviceException
    {
        allocatesNothing(Loopback.ipv4(0));
    }

    @Test
    void ipv6DatagramsCostNoHeap() throws DeviceException
    {
        allocatesNothing(Loopback.ipv6(0));
    }

    @Test
    void datagramsFromAChosenAddressCostNoHeap() throws DeviceException
    {
        allocatesNothing(new InetSocketAddress(Loopback.address("0.0.0.0"), 0));
    }
}
