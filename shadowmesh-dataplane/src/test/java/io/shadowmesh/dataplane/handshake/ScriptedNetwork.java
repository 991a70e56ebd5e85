package io.shadowmesh.dataplane.handshake;

import io.shadowmesh.dataplane.address.Endpoint;
import io.shadowmesh.dataplane.frame.FrameHeader;
import io.shadowmesh.dataplane.frame.FrameType;
import io.shadowmesh.dataplane.frame.HandshakeHeader;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.concurrent.TimeUnit;

/**
 * A network and a clock in memory. A script decides what becomes of each datagram.
 */
final class ScriptedNetwork
{
    static final long LATENCY_NS = TimeUnit.MILLISECONDS.toNanos(10);

    /**
     * Decides after which times copies of a datagram arrive: none, one or many.
     */
    @FunctionalInterface
    interface Script
    {
        long[] delaysNs(Datagram datagram);
    }

    /**
     * One datagram as it was sent, numbered from 1.
     */
    record Datagram(int number, byte[] bytes, Endpoint from, Endpoint to, long sentNs)
    {
        boolean isHandshake()
        {
            return bytes[FrameHeader.TYPE_OFFSET] == FrameType.HANDSHAKE;
        }

        int message()
        {
            return isHandshake() ? bytes[HandshakeHeader.MESSAGE_OFFSET] : 0;
        }

        int fragment()
        {
            return bytes[HandshakeHeader.FRAGMENT_OFFSET];
        }

        int count()
        {
            return bytes[HandshakeHeader.COUNT_OFFSET];
        }
    }

    private record Arrival(long atNs, int order, Datagram datagram)
    {
    }

    private final Map<Endpoint, MeshNode> nodes = new HashMap<>();
    private final List<Datagram> sent = new ArrayList<>();
    private final PriorityQueue<Arrival> underWay = new PriorityQueue<>(
        (a, b) -> a.atNs() != b.atNs() ? Long.compare(a.atNs(), b.atNs()) : Integer.compare(a.order(), b.order()));
    private Script script = datagram -> new long[]{LATENCY_NS};
    private long nowNs = TimeUnit.DAYS.toNanos(3);
    private int order;

    void add(final MeshNode node)
    {
        nodes.put(node.endpoint(), node);
    }

    void script(final Script newScript)
    {
        script = newScript;
    }

    long nowNs()
    {
        return nowNs;
    }

    /**
     * All that was sent, lost or not.
     */
    List<Datagram> sent()
    {
        return sent;
    }

    List<Datagram> sent(final MeshNode from, final int message)
    {
        return sent.stream()
            .filter(datagram -> datagram.from().equals(from.endpoint()) && datagram.message() == message)
            .toList();
    }

    void send(final byte[] bytes, final Endpoint from, final Endpoint to)
    {
        final Datagram datagram = new Datagram(sent.size() + 1, bytes.clone(), from, to, nowNs);
        sent.add(datagram);
        for (final long delayNs : script.delaysNs(datagram))
        {
            underWay.add(new Arrival(nowNs + delayNs, order++, datagram));
        }
    }

    /**
     * Lets time pass, with all that happens in it.
     */
    void run(final long periodNs)
    {
        final long untilNs = nowNs + periodNs;
        while (true)
        {
            long nextNs = underWay.isEmpty() ? Long.MAX_VALUE : underWay.peek().atNs();
            for (final MeshNode node : nodes.values())
            {
                nextNs = Math.min(nextNs, node.table().nextDeadlineNs());
            }
            if (nextNs > untilNs)
            {
                break;
            }

            nowNs = Math.max(nowNs, nextNs);
            while (!underWay.isEmpty() && underWay.peek().atNs() <= nowNs)
            {
                deliver(underWay.poll().datagram());
            }
            nodes.values().forEach(node -> node.table().poll(nowNs));
        }
        nowNs = untilNs;
        nodes.values().forEach(node -> node.table().poll(nowNs));
    }

    void runSeconds(final double seconds)
    {
        run((long)(seconds * TimeUnit.SECONDS.toNanos(1)));
    }

    private void deliver(final Datagram datagram)
    {
        final MeshNode node = nodes.get(datagram.to());
        if (node != null)
        {
            node.receive(datagram.bytes(), datagram.from());
        }
    }
}
