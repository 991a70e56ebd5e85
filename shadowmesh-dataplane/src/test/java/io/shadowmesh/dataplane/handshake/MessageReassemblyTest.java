package io.shadowmesh.dataplane.handshake;

import io.shadowmesh.dataplane.address.Endpoint;
import io.shadowmesh.dataplane.crypto.Suite;

import org.junit.jupiter.api.Test;

import java.util.List;
import java.util.Random;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

class MessageReassemblyTest
{
    private static final Endpoint HERE = Endpoint.ofIpv4(1, 1);
    private static final Endpoint THERE = Endpoint.ofIpv4(2, 1);
    private static final int[][] ORDERS = {{0, 1, 2}, {0, 2, 1}, {1, 0, 2}, {1, 2, 0}, {2, 0, 1}, {2, 1, 0}};

    private final byte[] body = body(1);
    private final byte[] otherBody = body(2);
    private final List<byte[]> fragments = cut(body, 9);
    private final List<byte[]> others = cut(otherBody, 10);
    private final MessageReassembly reassembly = new MessageReassembly(FragmentLayout.M2, 3);

    private static byte[] body(final long seed)
    {
        final byte[] body = new byte[2368];
        new Random(seed).nextBytes(body);
        return body;
    }

    private static List<byte[]> cut(final byte[] message, final int senderIndex)
    {
        return RawInitiator.collect(HandshakeDatagrams.of(
            FragmentLayout.M2, message, 1160, Suite.AES_256_GCM, senderIndex, 8, Mac1.inAnswerTo(new byte[1])));
    }

    private static HandshakeDatagram view(final byte[] datagram)
    {
        final HandshakeDatagram view = new HandshakeDatagram();
        assertNull(view.wrap(datagram, datagram.length));
        return view;
    }

    @Test
    void joinsFragmentsInEveryOrder()
    {
        for (final int[] order : ORDERS)
        {
            assertFalse(reassembly.add(view(fragments.get(order[0])), HERE));
            assertFalse(reassembly.add(view(fragments.get(order[1])), HERE));
            assertFalse(reassembly.add(view(fragments.get(order[0])), HERE), "a copy counts for nothing");
            assertTrue(reassembly.add(view(fragments.get(order[2])), HERE));
            assertTrue(reassembly.isOfOneSender());
            assertEquals(9, reassembly.senderIndex());
            assertArrayEquals(body, reassembly.take());
        }
    }

    @Test
    void keepsTheFirstCopyOfAFragmentAndStartsAnewAfterTake()
    {
        reassembly.add(view(others.get(1)), THERE);
        reassembly.add(view(fragments.get(0)), HERE);
        reassembly.add(view(fragments.get(1)), HERE);
        assertTrue(reassembly.add(view(fragments.get(2)), HERE));
        assertFalse(reassembly.isOfOneSender());
        final byte[] mixed = reassembly.take();
        assertEquals(otherBody[1160], mixed[1160]);
        assertEquals(body[0], mixed[0]);

        reassembly.add(view(fragments.get(0)), HERE);
        reassembly.add(view(fragments.get(1)), HERE);
        assertTrue(reassembly.add(view(fragments.get(2)), HERE));
        assertTrue(reassembly.isOfOneSender());
        assertArrayEquals(body, reassembly.take());
    }

    @Test
    void comesFromWhereItsFullFragmentCameFrom()
    {
        reassembly.add(view(fragments.get(2)), THERE);
        reassembly.add(view(fragments.get(0)), HERE);
        reassembly.add(view(fragments.get(1)), THERE);
        assertEquals(HERE, reassembly.source());
    }

    @Test
    void acceptsOneMessageInOneCut()
    {
        assertTrue(reassembly.accepts(view(fragments.get(0))));
        assertFalse(new MessageReassembly(FragmentLayout.M2, 2).accepts(view(fragments.get(0))));
        assertFalse(new MessageReassembly(FragmentLayout.M3, 3).accepts(view(fragments.get(0))));
    }
}
