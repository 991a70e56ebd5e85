package io.shadowmesh.dataplane.handshake;

import io.shadowmesh.dataplane.crypto.KemKeyPair;
import io.shadowmesh.dataplane.crypto.StolenKey;
import io.shadowmesh.dataplane.crypto.Suite;
import io.shadowmesh.dataplane.frame.CookieFrame;
import io.shadowmesh.dataplane.identity.Identity;
import io.shadowmesh.dataplane.identity.PeerId;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * An attacker who knows a node's Peer ID and the public keys of its peers, and owns many addresses: from each he begins
 * handshakes, shows the cookie that he is asked for, and leaves most of them half-open. From the first few addresses he
 * goes on to M3 in some, and claims to be a peer whose public key he has. Integration tests of the command line run it.
 *
 * <pre>
 *   TARGET PORT PEER-ID FIRST-SOURCE SOURCES CLAIMING-SOURCES RATE CLAIM-EVERY PUBLIC-KEY-FILE...   prints "ready"
 * </pre>
 *
 * <p>RATE is in first messages a second for each source; of those of a claiming one, every so many-th goes on to M3. On a
 * line on standard input it prints {@code counts first=N second=N claimed=N fourth=N held=N cookies=N}, where held are
 * those answered ones that the node has not forgotten yet; it ends with standard input. Its keys and all that it
 * encapsulates come from {@code -Dshadowmesh.seed=N}.
 */
public final class ClaimFloodProgram
{
    private static final int FIRST_KEY = 8;
    private static final int SECRET_LENGTH = 96;
    /** A little less than the node keeps them: when it answered is not known, only when that arrived. */
    private static final long HELD_NS = ResponderSlots.ANSWERED_NS - TimeUnit.MILLISECONDS.toNanos(100);
    private static final Suite SUITE = Suite.AES_256_GCM;

    private final Map<Integer, Claim> claims = new HashMap<>();
    private final ByteBuffer received = ByteBuffer.allocate(2048);
    private final SecureRandom random = new SeededRandom(Long.getLong("shadowmesh.seed", System.nanoTime()));
    private final Identity own = identity(random);
    private final KemKeyPair[] stolen;
    private final PeerId victim;
    private final InetSocketAddress target;
    private final Source[] sources;
    private final byte[] commonFirst;
    private final int claimingSources;
    private final int claimEvery;
    private final Deque<Long> heldSinceNs = new ArrayDeque<>();
    private int nextIndex = 1;
    private long firsts;
    private long seconds;
    private long claimed;
    private long fourths;
    private long cookies;

    private ClaimFloodProgram(final String[] arguments) throws IOException, GeneralSecurityException
    {
        target = new InetSocketAddress(InetAddress.getByName(arguments[0]), Integer.parseInt(arguments[1]));
        victim = PeerId.parse(arguments[2]);
        final int first = ByteBuffer.wrap(InetAddress.getByName(arguments[3]).getAddress()).getInt();
        sources = new Source[Integer.parseInt(arguments[4])];
        claimingSources = Integer.parseInt(arguments[5]);
        claimEvery = Integer.parseInt(arguments[7]);
        for (int i = 0; i < sources.length; i++)
        {
            sources[i] = new Source(InetAddress.getByAddress(ByteBuffer.allocate(4).putInt(first + i).array()));
        }
        stolen = new KemKeyPair[arguments.length - FIRST_KEY];
        for (int i = 0; i < stolen.length; i++)
        {
            stolen[i] = StolenKey.pair(
                own.keyPair(), HexFormat.of().parseHex(Files.readString(Path.of(arguments[FIRST_KEY + i])).trim()));
        }
        commonFirst = initiator(own.keyPair()).writeMessage(new byte[0]);
    }

    private static Identity identity(final SecureRandom random)
    {
        final byte[] secret = new byte[SECRET_LENGTH];
        random.nextBytes(secret);
        return Identity.of(secret);
    }

    /**
     * Attacks until standard input ends.
     *
     * @param arguments as above.
     * @throws Exception if a socket cannot be had.
     */
    public static void main(final String[] arguments) throws Exception
    {
        final ClaimFloodProgram program = new ClaimFloodProgram(arguments);
        final int rate = Integer.parseInt(arguments[6]);
        System.out.println("ready");
        try (BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8)))
        {
            program.run(in, TimeUnit.SECONDS.toNanos(1) / rate / program.sources.length);
        }
    }

    private void run(final BufferedReader in, final long intervalNs) throws IOException, GeneralSecurityException
    {
        long dueNs = System.nanoTime();
        for (int turn = 0;; turn++)
        {
            sources[turn % sources.length].begin(turn);
            for (final Source source : sources)
            {
                source.listen();
            }
            if (in.ready())
            {
                in.readLine();
                System.out.println("counts first=" + firsts + " second=" + seconds + " claimed=" + claimed +
                    " fourth=" + fourths + " held=" + held() + " cookies=" + cookies);
            }
            dueNs = Math.max(dueNs + intervalNs, System.nanoTime() - TimeUnit.MILLISECONDS.toNanos(20));
            LockSupport.parkNanos(dueNs - System.nanoTime());
        }
    }

    private int held()
    {
        while (!heldSinceNs.isEmpty() && System.nanoTime() - heldSinceNs.peek() > HELD_NS)
        {
            heldSinceNs.remove();
        }
        return heldSinceNs.size();
    }

    private PqxxHandshake initiator(final KemKeyPair keys)
    {
        final PqxxHandshake noise = PqxxHandshake.initiator(
            LocalNode.KEM, PqxxHandshake.PROTOCOL, LocalNode.prologue(SUITE, victim), keys, random);
        noise.presharedKey(new byte[32]);
        return noise;
    }

    private HandshakeDatagrams datagrams(
        final int message, final byte[] body, final int senderIndex, final int receiverIndex)
    {
        return HandshakeDatagrams.of(
            message, body, FragmentLayout.LARGE_CHUNK, SUITE, senderIndex, receiverIndex, Mac1.toResponder(victim));
    }

    /** A handshake that goes on to M3. */
    private static final class Claim
    {
        private final PqxxHandshake noise;
        private final MessageReassembly second = new MessageReassembly(FragmentLayout.M2, 2);

        Claim(final PqxxHandshake noise)
        {
            this.noise = noise;
        }
    }

    /** One address, at one port. */
    private final class Source
    {
        private final DatagramChannel channel = DatagramChannel.open();
        private final HandshakeDatagram view = new HandshakeDatagram();
        private final CookieCipher cipher = new CookieCipher(victim);
        private Cookie cookie;
        private HandshakeDatagrams last;

        Source(final InetAddress address) throws IOException
        {
            channel.bind(new InetSocketAddress(address, 0));
            channel.connect(target);
            channel.configureBlocking(false);
        }

        void begin(final int turn) throws GeneralSecurityException
        {
            final int index = nextIndex++;
            final int number = turn % sources.length;
            byte[] body = commonFirst;
            if (number < claimingSources && turn / sources.length % claimEvery == 0)
            {
                final Claim claim = new Claim(initiator(stolen[turn / sources.length / claimEvery % stolen.length]));
                claims.put(index, claim);
                body = claim.noise.writeMessage(new byte[0]);
            }
            last = datagrams(FragmentLayout.M1, body, index, 0);
            last.stamp(cookie);
            firsts++;
            send(last);
        }

        void listen() throws IOException, GeneralSecurityException
        {
            for (int length = read(); length > 0; length = read())
            {
                if (view.wrap(received.array(), length) != null)
                {
                    continue;
                }
                if (view.isCookie())
                {
                    onCookie();
                }
                else if (view.message() == FragmentLayout.M2)
                {
                    onSecond();
                }
                else
                {
                    fourths++;
                    heldSinceNs.add(System.nanoTime());
                }
            }
        }

        private void onCookie()
        {
            final byte[] bytes = received.array();
            final Cookie found = last.open(
                Arrays.copyOfRange(bytes, CookieFrame.SEALED_OFFSET, CookieFrame.LENGTH),
                Arrays.copyOfRange(bytes, CookieFrame.SALT_OFFSET, CookieFrame.SEALED_OFFSET),
                cipher);
            if (found != null && !found.equals(cookie))
            {
                cookie = found;
                cookies++;
                last.stamp(cookie);
                send(last);
            }
        }

        private void onSecond() throws GeneralSecurityException
        {
            seconds += view.fragment() == 0 ? 1 : 0;
            final Claim claim = claims.get(view.receiverIndex());
            if (claim != null && claim.second.add(view, null))
            {
                claims.remove(view.receiverIndex());
                claim.noise.readMessage(claim.second.take());
                final byte[] third = claim.noise.writeMessage(new Hello(0, 1400).encode());
                send(datagrams(FragmentLayout.M3, third, view.receiverIndex(), view.senderIndex()));
                claimed++;
            }
        }

        private int read()
        {
            try
            {
                final int length = channel.read(received.clear());
                return length > 0 ? length : 0;
            }
            catch (final IOException e)
            {
                return 0;
            }
        }

        private void send(final HandshakeDatagrams datagrams)
        {
            datagrams.sendTo(null, (bytes, length, to) ->
            {
                try
                {
                    channel.write(ByteBuffer.wrap(bytes, 0, length));
                }
                catch (final IOException e)
                {
                    cookie = null;
                }
            });
        }
    }
}
