package io.shadowmesh.cli.it;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.SplittableRandom;
import java.util.concurrent.locks.LockSupport;

/**
 * One end of a TCP transfer of pseudo-random bytes, each end printing the SHA-256 of what it sent or received.
 *
 * <pre>
 *   receive ADDRESS                         prints "listening PORT", then "received BYTES SHA-256"
 *   send ADDRESS PORT BYTES SEED [BYTES/S]  prints "sent BYTES SHA-256"
 * </pre>
 */
final class TransferProgram
{
    private static final int CHUNK = 1 << 17;

    private TransferProgram()
    {
    }

    /**
     * Runs one end.
     *
     * @param arguments as above.
     * @throws IOException              if the connection breaks.
     * @throws NoSuchAlgorithmException never.
     */
    public static void main(final String[] arguments) throws IOException, NoSuchAlgorithmException
    {
        if ("receive".equals(arguments[0]))
        {
            receive(InetAddress.getByName(arguments[1]));
        }
        else
        {
            send(new InetSocketAddress(arguments[1], Integer.parseInt(arguments[2])), Long.parseLong(arguments[3]),
                Long.parseLong(arguments[4]), arguments.length > 5 ? Long.parseLong(arguments[5]) : Long.MAX_VALUE);
        }
    }

    private static void receive(final InetAddress address) throws IOException, NoSuchAlgorithmException
    {
        final MessageDigest digest = MessageDigest.getInstance("SHA-256");
        final byte[] chunk = new byte[CHUNK];
        long bytes = 0;
        try (ServerSocket server = new ServerSocket(0, 1, address))
        {
            System.out.println("listening " + server.getLocalPort());
            try (Socket socket = server.accept(); InputStream in = socket.getInputStream())
            {
                for (int n = in.read(chunk); n >= 0; n = in.read(chunk))
                {
                    digest.update(chunk, 0, n);
                    bytes += n;
                }
            }
        }
        System.out.println("received " + bytes + " " + HexFormat.of().formatHex(digest.digest()));
    }

    private static void send(final InetSocketAddress to, final long bytes, final long seed, final long bytesPerSecond)
        throws IOException, NoSuchAlgorithmException
    {
        final MessageDigest digest = MessageDigest.getInstance("SHA-256");
        final SplittableRandom random = new SplittableRandom(seed);
        final ByteBuffer chunk = ByteBuffer.allocate(CHUNK).order(ByteOrder.nativeOrder());
        try (Socket socket = new Socket(to.getAddress(), to.getPort()); OutputStream out = socket.getOutputStream())
        {
            final long begin = System.nanoTime();
            for (long left = bytes; left > 0; left -= CHUNK)
            {
                final long dueNs = (long)((double)(bytes - left) / bytesPerSecond * 1e9);
                LockSupport.parkNanos(begin + dueNs - System.nanoTime());
                for (int i = 0; i < CHUNK; i += Long.BYTES)
                {
                    chunk.putLong(i, random.nextLong());
                }
                final int length = (int)Math.min(CHUNK, left);
                digest.update(chunk.array(), 0, length);
                out.write(chunk.array(), 0, length);
            }
        }
        System.out.println("sent " + bytes + " " + HexFormat.of().formatHex(digest.digest()));
    }
}
