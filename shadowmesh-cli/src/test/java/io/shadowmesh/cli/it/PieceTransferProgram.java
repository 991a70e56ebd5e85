package io.shadowmesh.cli.it;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.SplittableRandom;

/**
 * One end of a transfer in pieces, each over a TCP connection of its own that is given up after a second of silence and
 * tried again: what a program does that knows of dark paths, on which a single connection waits longer and longer.
 *
 * <pre>
 *   receive ADDRESS PIECES         prints "listening PORT", then "received BYTES SHA-256" and goes on
 *   send ADDRESS PORT PIECES SEED  prints "sent BYTES SHA-256 tries N"
 * </pre>
 */
final class PieceTransferProgram
{
    private static final int PIECE = 1 << 16;
    /** A piece fits into it, so that no write ever waits. */
    private static final int BUFFER = 4 * PIECE;
    private static final int PATIENCE_MS = 1000;

    private PieceTransferProgram()
    {
    }

    /**
     * Runs one end.
     *
     * @param arguments as above.
     * @throws IOException              if the receiver cannot listen.
     * @throws NoSuchAlgorithmException never.
     */
    public static void main(final String[] arguments) throws IOException, NoSuchAlgorithmException
    {
        if ("receive".equals(arguments[0]))
        {
            receive(InetAddress.getByName(arguments[1]), Integer.parseInt(arguments[2]));
        }
        else
        {
            send(new InetSocketAddress(arguments[1], Integer.parseInt(arguments[2])), Integer.parseInt(arguments[3]),
                Long.parseLong(arguments[4]));
        }
    }

    /** A piece may come again whose acknowledgement was lost: it is acknowledged once more, and not counted. */
    private static void receive(final InetAddress address, final int pieces) throws IOException, NoSuchAlgorithmException
    {
        final MessageDigest digest = MessageDigest.getInstance("SHA-256");
        final byte[] piece = new byte[PIECE];
        try (ServerSocket server = new ServerSocket(0, 50, address))
        {
            System.out.println("listening " + server.getLocalPort());
            int next = 0;
            while (true)
            {
                try (Socket socket = server.accept())
                {
                    socket.setSoTimeout(PATIENCE_MS);
                    final DataInputStream in = new DataInputStream(socket.getInputStream());
                    final int number = in.readInt();
                    in.readFully(piece);
                    if (number == next)
                    {
                        digest.update(piece);
                        next++;
                        if (next == pieces)
                        {
                            System.out.println(
                                "received " + (long)next * PIECE + " " + HexFormat.of().formatHex(digest.digest()));
                        }
                    }
                    new DataOutputStream(socket.getOutputStream()).writeInt(number);
                }
                catch (final IOException e)
                {
                    System.err.println("piece " + next + ": " + e);
                }
            }
        }
    }

    private static void send(final InetSocketAddress to, final int pieces, final long seed)
        throws NoSuchAlgorithmException
    {
        final MessageDigest digest = MessageDigest.getInstance("SHA-256");
        final SplittableRandom random = new SplittableRandom(seed);
        final byte[] piece = new byte[PIECE];
        long tries = 0;
        for (int number = 0; number < pieces; number++)
        {
            random.nextBytes(piece);
            digest.update(piece);
            tries++;
            while (!isTaken(to, number, piece))
            {
                tries++;
            }
        }
        System.out.println(
            "sent " + (long)pieces * PIECE + " " + HexFormat.of().formatHex(digest.digest()) + " tries " + tries);
    }

    private static boolean isTaken(final InetSocketAddress to, final int number, final byte[] piece)
    {
        try (Socket socket = new Socket())
        {
            socket.setSoTimeout(PATIENCE_MS);
            socket.setSendBufferSize(BUFFER);
            // What could not be delivered is not to be waited for.
            socket.setSoLinger(true, 0);
            socket.connect(to, PATIENCE_MS);
            final ByteBuffer bytes = ByteBuffer.allocate(Integer.BYTES + PIECE).putInt(number).put(piece);
            socket.getOutputStream().write(bytes.array());
            return new DataInputStream(socket.getInputStream()).readInt() == number;
        }
        catch (final IOException e)
        {
            return false;
        }
    }
}
