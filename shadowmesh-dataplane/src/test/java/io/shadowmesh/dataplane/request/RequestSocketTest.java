package io.shadowmesh.dataplane.request;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

@Timeout(60)
class RequestSocketTest
{
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    @TempDir
    private Path folder;

    @Test
    void answersLineByLineAndThenOk() throws IOException
    {
        try (RequestSocket socket = open())
        {
            socket.on("count", (request, answer) ->
            {
                for (long i = 1; i <= request.number("to"); i++)
                {
                    answer.line(Request.of("number").with("n", i));
                }
                answer.ok(Request.of("").with("sum", 6));
            });
            try (RequestClient client = RequestClient.ask(socket.path(), Request.parse("count to=3"), PATIENCE))
            {
                for (int i = 1; i <= 3; i++)
                {
                    assertEquals(i, client.next().number("n"));
                }
                assertNull(client.next());
                assertEquals("6", client.result().value("sum"));
            }
        }
    }

    @Test
    void streamsBytesUntilTheEnd() throws IOException
    {
        final byte[] sent = new byte[1_000_000];
        new java.util.Random(7).nextBytes(sent);
        try (RequestSocket socket = open())
        {
            socket.on("bytes", (request, answer) ->
            {
                final WritableByteChannel out = answer.stream(Request.of(""));
                out.write(ByteBuffer.wrap(sent));
            });
            try (RequestClient client = RequestClient.ask(socket.path(), Request.of("bytes"), PATIENCE))
            {
                assertNull(client.next());
                final ByteArrayOutputStream got = new ByteArrayOutputStream();
                final ByteBuffer piece = ByteBuffer.allocate(1000);
                while (client.read(piece) >= 0)
                {
                    got.write(piece.array(), 0, piece.position());
                    piece.clear();
                }
                assertArrayEquals(sent, got.toByteArray());
            }
        }
    }

    @Test
    void isItsOwnersAloneAndGoesWhenItIsClosed() throws IOException
    {
        final RequestSocket socket = open();
        assertEquals("rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(socket.path())));
        try (Stream<Path> files = Files.list(folder))
        {
            assertEquals(List.of(socket.path()), files.toList());
        }
        socket.close();
        socket.close();
        assertFalse(Files.exists(socket.path()));
    }

    @Test
    void replacesTheSocketOfADeadNode() throws IOException
    {
        final Path path = folder.resolve("tun.sock");
        try (ServerSocketChannel dead = ServerSocketChannel.open(StandardProtocolFamily.UNIX))
        {
            dead.bind(UnixDomainSocketAddress.of(path));
        }
        assertTrue(Files.exists(path));
        try (RequestSocket socket = open())
        {
            assertRefused(socket, "nothing", "is not among what this node answers");
        }
    }

    @Test
    void leavesTheSocketOfALiveNodeAlone() throws IOException
    {
        try (RequestSocket live = open())
        {
            live.on("who", (request, answer) -> answer.ok(Request.of("").with("it", "first")));
            final IOException e = assertThrows(IOException.class, this::open);
            assertTrue(e.getMessage().contains("already in use"), e.getMessage());
            try (RequestClient client = RequestClient.ask(live.path(), Request.of("who"), PATIENCE))
            {
                assertNull(client.next());
                assertEquals("first", client.result().value("it"));
            }
        }
    }

    @Test
    void leavesAFileInItsPlaceAlone() throws IOException
    {
        Files.writeString(folder.resolve("tun.sock"), "precious");
        final IOException e = assertThrows(IOException.class, this::open);
        assertTrue(e.getMessage().contains("remove it"), e.getMessage());
        assertEquals("precious", Files.readString(folder.resolve("tun.sock")));
    }

    @Test
    void doesNotRemoveTheSocketThatHasTakenItsPlace() throws IOException
    {
        final RequestSocket first = open();
        Files.delete(first.path());
        try (RequestSocket second = open())
        {
            first.close();
            assertTrue(Files.exists(second.path()));
        }
    }

    @Test
    void saysWhatIsWrongInOneLine() throws IOException
    {
        try (RequestSocket socket = open())
        {
            socket.on("bad", (request, answer) ->
            {
                throw new IllegalArgumentException("give a\nbetter one");
            });
            socket.on("broken", (request, answer) ->
            {
                throw new UnsupportedOperationException("oops");
            });
            assertRefused(socket, "bad", "give a better one");
            assertRefused(socket, "broken", "oops");
            assertRefused(socket, "unknown", "'unknown' is not among what this node answers: bad, broken");
            assertRefused(socket, "bad %", "two hexadecimal digits");
        }
    }

    @Test
    void leavesAClientThatSendsNoEndOfALine() throws IOException
    {
        try (RequestSocket socket = open(); SocketChannel client = SocketChannel.open(StandardProtocolFamily.UNIX))
        {
            socket.on("who", (request, answer) -> answer.ok(Request.of("")));
            client.connect(UnixDomainSocketAddress.of(socket.path()));
            final ByteBuffer flood = ByteBuffer.allocate(1 << 20);
            final IOException e = assertThrows(IOException.class, () ->
            {
                while (flood.hasRemaining())
                {
                    client.write(flood);
                }
            });
            assertNotNull(e);
            try (RequestClient other = RequestClient.ask(socket.path(), Request.of("who"), PATIENCE))
            {
                assertNull(other.next());
            }
        }
    }

    @Test
    void tellsOneClientTooManyToComeAgain() throws IOException
    {
        final CountDownLatch go = new CountDownLatch(1);
        final List<RequestClient> clients = new ArrayList<>();
        try (RequestSocket socket = open())
        {
            socket.on("wait", (request, answer) ->
            {
                answer.line(Request.of("waiting"));
                go.await();
            });
            for (int i = 0; i < RequestSocket.MOST_CLIENTS; i++)
            {
                clients.add(RequestClient.ask(socket.path(), Request.of("wait"), PATIENCE));
                assertEquals("waiting", clients.getLast().next().name());
            }
            assertRefused(socket, "wait", "try again");
            go.countDown();
            for (final RequestClient client : clients)
            {
                assertNull(client.next());
                client.close();
            }
        }
    }

    @Test
    void goesOnWhenNoDescriptorIsLeftForAClient() throws IOException
    {
        final Shortage shortage = new Shortage();
        try (RequestSocket socket = RequestSocket.open(folder.resolve("tun.sock"), shortage))
        {
            socket.on("who", (request, answer) -> answer.ok(Request.of("")));
            for (int i = 0; i < 2; i++)
            {
                final IOException e = assertThrows(IOException.class, () ->
                {
                    try (RequestClient left = RequestClient.ask(socket.path(), Request.of("who"), PATIENCE))
                    {
                        left.next();
                    }
                });
                assertNotNull(e);
            }
            try (RequestClient client = RequestClient.ask(socket.path(), Request.of("who"), PATIENCE))
            {
                assertNull(client.next());
            }
        }
        assertEquals(0, shortage.refusals.get());
        assertFalse(shortage.left.isOpen(), "its descriptor is given back");
        assertFalse(Files.exists(folder.resolve("tun.sock")));
    }

    @Test
    void aHandlerSeesThatItsClientHasGone() throws IOException, InterruptedException
    {
        final CountDownLatch seen = new CountDownLatch(1);
        try (RequestSocket socket = open())
        {
            socket.on("wait", (request, answer) ->
            {
                answer.line(Request.of("waiting"));
                while (!answer.isUnwanted())
                {
                    Thread.onSpinWait();
                }
                seen.countDown();
            });
            final RequestClient client = RequestClient.ask(socket.path(), Request.of("wait"), PATIENCE);
            assertEquals("waiting", client.next().name());
            client.close();
            assertTrue(seen.await(30, TimeUnit.SECONDS));
        }
    }

    @Test
    void itsEndEndsWhatIsBeingAnswered() throws IOException
    {
        final RequestSocket socket = open();
        socket.on("wait", (request, answer) ->
        {
            answer.line(Request.of("waiting"));
            new CountDownLatch(1).await();
        });
        try (RequestClient client = RequestClient.ask(socket.path(), Request.of("wait"), PATIENCE))
        {
            assertEquals("waiting", client.next().name());
            socket.close();
            final IOException e = assertThrows(IOException.class, client::next);
            assertTrue(e.getMessage().contains("the node has ended"), e.getMessage());
        }
    }

    private RequestSocket open() throws IOException
    {
        return RequestSocket.open(folder.resolve("tun.sock"));
    }

    @Test
    void takesALineOf4096BytesAndLeavesWhoSendsALongerOne() throws IOException
    {
        try (RequestSocket socket = open())
        {
            assertRefused(socket, "a".repeat(Connection.MAX_LINE), "is not among what this node answers");
            assertEquals(4096, Connection.MAX_LINE);
            assertEquals("", answer(socket, "a".repeat(4097)));
        }
    }

    private static void assertRefused(final RequestSocket socket, final String line, final String why)
        throws IOException
    {
        final String text = answer(socket, line);
        assertTrue(text.startsWith("error ") && text.endsWith("\n") && text.contains(why), text);
        assertEquals(1, text.lines().count(), text);
    }

    /** All that comes back until the node ends the connection. */
    private static String answer(final RequestSocket socket, final String line) throws IOException
    {
        try (SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX))
        {
            channel.connect(UnixDomainSocketAddress.of(socket.path()));
            channel.write(ByteBuffer.wrap((line + "\n").getBytes(java.nio.charset.StandardCharsets.UTF_8)));
            final ByteBuffer answer = ByteBuffer.allocate(2 * Connection.MAX_LINE);
            while (channel.read(answer) >= 0)
            {
                continue;
            }
            return new String(answer.array(), 0, answer.position(), java.nio.charset.StandardCharsets.UTF_8);
        }
    }

    /** Accepting fails three times, then a client's connection and its thread once each. */
    private static final class Shortage implements ClientSource
    {
        private final AtomicInteger refusals = new AtomicInteger(5);
        private volatile SocketChannel left;

        @Override
        public SocketChannel accept(final ServerSocketChannel server) throws IOException
        {
            if (refusals.get() > 2)
            {
                refusals.decrementAndGet();
                throw new IOException("Too many open files");
            }
            return server.accept();
        }

        @Override
        public Connection connect(final SocketChannel channel) throws IOException
        {
            switch (refusals.getAndUpdate(some -> Math.max(0, some - 1)))
            {
                case 2:
                    left = channel;
                    throw new IOException("Too many open files");
                case 1:
                    throw new OutOfMemoryError("unable to create native thread");
                default:
                    return new Connection(channel);
            }
        }
    }
}
