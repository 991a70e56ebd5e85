package io.shadowmesh.dataplane.device;

import io.shadowmesh.dataplane.address.Endpoint;
import io.shadowmesh.ffi.linux.Linux;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** A socket bound to a wildcard tells what was addressed, and answers from there. All of 127.0.0.0/8 is this machine's. */
class LocalSourceTest
{
    /** The option by which a socket sends no checksums, with which the kernel cuts nothing. Source: socket(7). */
    private static final int SO_NO_CHECK = 11;
    private static final long NOT_HELD_HERE = 0xFFFF_C000_0263L;
    private static final UdpOptions OFFLOADS = UdpOptions.defaults().segmentation(true).coalescing(true).dualStack(true);

    private final Loopback loopback = new Loopback();
    private final List<UdpSocket> sockets = new ArrayList<>();

    @AfterEach
    void close()
    {
        sockets.forEach(UdpSocket::close);
        loopback.close();
    }

    private UdpSocket bind(final String address)
    {
        try
        {
            final UdpSocket socket = UdpSocket.bind(new InetSocketAddress(Loopback.address(address), 0), OFFLOADS);
            sockets.add(socket);
            return socket;
        }
        catch (final DeviceException e)
        {
            throw new AssertionError(e);
        }
    }

    private static Endpoint at(final String address, final UdpSocket socket)
    {
        return Endpoint.of(Loopback.address(address), socket.localAddress().getPort());
    }

    private ReceiveBatch batch()
    {
        return new ReceiveBatch(loopback.arena, 4, ReceiveBatch.COALESCED_LENGTH, 0);
    }

    private SendBatch batch(final UdpSocket from)
    {
        return new SendBatch(loopback.arena, 64, from.isIpv6(), from.maxSegments());
    }

    private void send(final UdpSocket from, final String text, final Endpoint to)
    {
        final SendBatch batch = batch(from);
        loopback.add(batch, text, to);
        assertEquals(1, from.flush(loopback.calls, batch), "errno " + batch.lastError());
    }

    /** Asks a server at one of its addresses. @return where the server says that the question came from. */
    private Endpoint ask(final UdpSocket client, final UdpSocket server, final String address)
    {
        send(client, "question", at(address, server));
        final ReceiveBatch questions = batch();
        loopback.receive(questions, server.fileDescriptor());
        assertEquals("question", Loopback.text(questions, 0));
        return questions.source(0);
    }

    @ParameterizedTest
    @CsvSource({"0.0.0.0, 127.0.0.2", "0.0.0.0, 127.1.2.3", "::, 127.0.0.2", "::, ::1"})
    void answersFromTheAddressThatWasAsked(final String wildcard, final String asked)
    {
        final UdpSocket server = bind(wildcard);
        final UdpSocket client = bind(asked.equals("::1") ? "::1" : "127.0.0.9");
        final Endpoint source = ask(client, server, asked);
        assertTrue(source.hasSource());
        assertEquals(Loopback.endpoint(client), source);
        send(server, "answer", source);
        final ReceiveBatch answers = batch();
        loopback.receive(answers, client.fileDescriptor());
        assertEquals("answer", Loopback.text(answers, 0));
        assertEquals(at(asked, server), answers.source(0));
        assertFalse(answers.source(0).hasSource(), "a socket bound to one address has nothing to choose");
    }

    @Test
    void leavesTheChoiceToTheKernelWithoutASource()
    {
        final UdpSocket server = bind("0.0.0.0");
        final UdpSocket client = bind("127.0.0.9");
        send(server, "answer", ask(client, server, "127.0.0.2").withoutSource());
        final ReceiveBatch answers = batch();
        loopback.receive(answers, client.fileDescriptor());
        assertEquals(at("127.0.0.1", server), answers.source(0));
    }

    @Test
    void tellsADatagramForAnotherAddressFromOneForTheSame()
    {
        final UdpSocket server = bind("0.0.0.0");
        final UdpSocket client = bind("127.0.0.9");
        final Endpoint known = ask(client, server, "127.0.0.2");
        final ReceiveBatch questions = batch();
        for (final String asked : new String[] {"127.0.0.2", "127.0.0.3"})
        {
            send(client, "again", at(asked, server));
            loopback.receive(questions, server.fileDescriptor());
            assertEquals(asked.equals("127.0.0.2"), questions.sourceIs(0, known));
            assertTrue(questions.sourceIs(0, known.withoutSource()), "any will do for an endpoint without");
        }
        assertFalse(questions.source(0).isSamePath(known));
        assertEquals(known, questions.source(0));
    }

    @Test
    void readsTheAddressBesideTheLengthOfSegments()
    {
        final UdpSocket server = bind("0.0.0.0");
        final UdpSocket client = bind("127.0.0.9");
        final SendBatch run = batch(client);
        final MemorySegment payload = loopback.arena.allocate(3000);
        final Endpoint to = at("127.0.0.2", server);
        for (int i = 0; i < 3; i++)
        {
            run.add(payload.address() + i * 1000L, 1000, to);
        }
        assertEquals(3, client.flush(loopback.calls, run));
        final ReceiveBatch received = batch();
        loopback.receive(received, server.fileDescriptor());
        assertEquals(3000, received.length(0));
        assertEquals(1000, received.segmentLength(0));
        assertEquals(0xFFFF_7F00_0002L, received.source(0).sourceLow());
    }

    @ParameterizedTest
    @ValueSource(strings = {"0.0.0.0", "::"})
    void sendsRunsAndLoneDatagramsFromTheSource(final String wildcard)
    {
        final UdpSocket server = bind(wildcard);
        final UdpSocket client = bind("127.0.0.9");
        final UdpSocket other = bind("127.0.0.10");
        final Endpoint source = ask(client, server, "127.0.0.2");
        final SendBatch answers = batch(server);
        final MemorySegment payload = loopback.arena.allocate(3000);
        for (int i = 0; i < 3; i++)
        {
            answers.add(payload.address() + i * 1000L, 1000, source);
        }
        answers.add(payload.address(), 500, Loopback.endpoint(other));
        answers.add(payload.address(), 700, source);
        assertEquals(5, server.flush(loopback.calls, answers));
        final ReceiveBatch received = batch();
        final int[] lengths = {3000, 700};
        for (int taken = 0; taken < lengths.length;)
        {
            final int messages = loopback.receive(received, client.fileDescriptor());
            for (int i = 0; i < messages; i++)
            {
                assertEquals(lengths[taken++], received.length(i));
                assertEquals(at("127.0.0.2", server), received.source(i));
            }
        }
        loopback.receive(received, other.fileDescriptor());
        assertEquals(at("127.0.0.1", server), received.source(0), "no source was named for this one");
    }

    @ParameterizedTest
    @ValueSource(strings = {"0.0.0.0", "::"})
    void goesWithoutASourceThatIsNotHeldAnyMore(final String wildcard)
    {
        final UdpSocket server = bind(wildcard);
        final UdpSocket client = bind("127.0.0.9");
        final Endpoint gone = Loopback.endpoint(client).withSource(0, NOT_HELD_HERE);
        final SendBatch answers = batch(server);
        final MemorySegment payload = loopback.arena.allocate(2500);
        for (int i = 0; i < 2; i++)
        {
            answers.add(payload.address() + i * 1000L, 1000, gone);
        }
        answers.add(payload.address() + 2000, 500, gone);
        answers.add(payload.address(), 700, gone);
        assertEquals(4, server.flush(loopback.calls, answers));
        assertEquals(0, answers.failed());
        assertEquals(0, answers.segmentationRefusal(), "it was not the offload");
        final ReceiveBatch received = batch();
        for (int bytes = 0; bytes < 3200;)
        {
            final int messages = loopback.receive(received, client.fileDescriptor());
            for (int i = 0; i < messages; i++)
            {
                bytes += received.length(i);
                assertEquals(at("127.0.0.1", server), received.source(i));
            }
        }
    }

    @Test
    void sendsTheDatagramsOfARefusedRunFromTheSourceToo()
    {
        final UdpSocket server = bind("0.0.0.0");
        final UdpSocket client = bind("127.0.0.9");
        final Endpoint source = ask(client, server, "127.0.0.2");
        final SendBatch answers = new SendBatch(loopback.arena, 128, false, 128);
        final MemorySegment payload = loopback.arena.allocate(128 * 400);
        final MemorySegment noChecksums = loopback.arena.allocateFrom(ValueLayout.JAVA_INT, 1);
        assertEquals(0, loopback.calls.setsockopt(
            server.fileDescriptor(), Linux.SOL_SOCKET(), SO_NO_CHECK, noChecksums.address(), Integer.BYTES));
        for (int i = 0; i < 128; i++)
        {
            answers.add(payload.address() + i * 400L, 400, source);
        }
        assertEquals(128, server.flush(loopback.calls, answers));
        final ReceiveBatch received = batch();
        for (int bytes = 0; bytes < 128 * 400;)
        {
            final int messages = loopback.receive(received, client.fileDescriptor());
            for (int i = 0; i < messages; i++)
            {
                bytes += received.length(i);
                assertEquals(at("127.0.0.2", server), received.source(i));
            }
        }
        assertTrue(answers.segmentationRefusal() != 0, "the run was sent piece by piece");
    }
}
