package io.shadowmesh.dataplane.handshake;

import io.shadowmesh.dataplane.frame.FrameHeader;
import io.shadowmesh.dataplane.frame.HandshakeHeader;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;

import static org.junit.jupiter.api.Assertions.assertEquals;

/**
 * One bit of a message is flipped, or it is cut or lengthened, with mac1 as it was and with mac1 made anew; then the
 * genuine message comes. Each bit has a handshake of its own. The bits are all but mac2's, of which
 * {@code -Dshadowmesh.test.flips=N} takes N of each datagram at random, and 0 every one; lengths are all tried, and with 0
 * each has a handshake of its own too.
 */
class FlippedBitTest
{
    private static final int FLIPS = Integer.getInteger("shadowmesh.test.flips", 30);
    private static final long SEED = Long.getLong("shadowmesh.seed", System.nanoTime());
    private static final int FIRST_FIELD_OF_M3 = 1136;
    private static final int LONGEST = 2000;
    private static final int LENGTHS_OF_ONE_HANDSHAKE = 100;
    private static final long[] LOST = {};
    private static final long[] ONCE = {ScriptedNetwork.LATENCY_NS};

    private final Random random = new Random(SEED);
    private ScriptedNetwork network;
    private MeshNode a;
    private MeshNode b;

    FlippedBitTest()
    {
        System.out.println("FlippedBitTest: -Dshadowmesh.seed=" + SEED);
    }

    /** Plays a handshake by hand up to a message, which is on its way and not delivered. */
    private List<byte[]> playUpTo(final int message, final boolean smallChunk)
    {
        network = new ScriptedNetwork();
        network.script(datagram -> LOST);
        a = new MeshNode(network, TestPeers.LOWER, 1, random.nextInt());
        b = new MeshNode(network, TestPeers.HIGHER, 2, random.nextInt());
        MeshNode.allowEachOther(a, b);
        if (smallChunk)
        {
            a.initiate(b);
            network.runSeconds(15);
        }
        a.initiate(b);
        for (int delivered = 1; delivered < message; delivered++)
        {
            deliver(last(delivered), delivered);
        }
        return last(message);
    }

    private List<byte[]> last(final int message)
    {
        final List<ScriptedNetwork.Datagram> all = network.sent(message % 2 == 1 ? a : b, message);
        return all.subList(all.size() - all.getLast().count(), all.size()).stream()
            .map(ScriptedNetwork.Datagram::bytes).toList();
    }

    private void deliver(final List<byte[]> datagrams, final int message)
    {
        final MeshNode from = message % 2 == 1 ? a : b;
        final MeshNode to = from == a ? b : a;
        datagrams.forEach(datagram -> to.receive(datagram, from.endpoint()));
    }

    private Mac1 mac1(final int message)
    {
        return message % 2 == 1 ? Mac1.toResponder(b.id()) : Mac1.inAnswerTo(RawInitiator.body(last(message - 1)));
    }

    private int[] bitsOf(final int length)
    {
        final int all = (length - HandshakeHeader.MAC_LENGTH) * Byte.SIZE;
        return FLIPS == 0 ? IntStream.range(0, all).toArray() :
            random.ints(0, all).distinct().limit(FLIPS).toArray();
    }

    private void assertNoSession(final int message)
    {
        assertEquals(0, a.sessions().size());
        assertEquals(message > FragmentLayout.M3 ? 1 : 0, b.sessions().size());
        assertEquals(message > FragmentLayout.M2 ? 1 : 0, network.sent(a, FragmentLayout.M3).stream()
            .filter(datagram -> datagram.fragment() == 0).count());
    }

    @ParameterizedTest
    @CsvSource({"1,false", "2,false", "3,false", "4,false", "1,true", "2,true", "3,true"})
    void makesNoSessionAndTheGenuineMessageStillWorks(final int message, final boolean smallChunk)
    {
        final List<Integer> lengths = playUpTo(message, smallChunk).stream().map(datagram -> datagram.length).toList();
        int flips = 0;
        for (int fragment = 0; fragment < lengths.size(); fragment++)
        {
            for (final int bit : bitsOf(lengths.get(fragment)))
            {
                flip(message, smallChunk, fragment, bit);
                flips++;
            }
        }
        System.out.println("M" + message + " in " + lengths.size() + " datagrams: " + flips + " bits flipped");
    }

    private void flip(final int message, final boolean smallChunk, final int fragment, final int bit)
    {
        final List<byte[]> genuine = playUpTo(message, smallChunk);
        final byte[] flipped = genuine.get(fragment).clone();
        flipped[bit / Byte.SIZE] ^= (byte)(1 << bit % Byte.SIZE);
        final int sent = network.sent().size();
        deliver(List.of(flipped), message);
        assertEquals(sent, network.sent().size(), "answered");
        assertEquals(1, a.drops() + b.drops(), "bit " + bit);

        final int macOffset = flipped.length - 2 * HandshakeHeader.MAC_LENGTH;
        if (bit / Byte.SIZE < macOffset)
        {
            mac1(message).write(flipped, flipped.length);
            final List<byte[]> changed = new ArrayList<>(genuine);
            changed.set(fragment, flipped);
            deliver(changed, message);
            if (message == FragmentLayout.M1 && network.sent().size() > sent)
            {
                deliver(last(FragmentLayout.M2), FragmentLayout.M2);
            }
        }
        assertNoSession(message);

        network.script(datagram -> ONCE);
        if (endsTheHandshake(message, fragment, bit, genuine))
        {
            assertEquals(0, b.table().halfOpenCount(), "bit " + bit);
            deliver(genuine, message);
            assertNoSession(message);
            network.runSeconds(10);
            a.initiate(b);
        }
        else
        {
            // The first copy of a fragment wins: where that was the changed one, it is the next copy that counts.
            deliver(genuine, message);
            deliver(genuine, message);
            network.run(4 * ScriptedNetwork.LATENCY_NS);
            if (message == FragmentLayout.M3 && bit / Byte.SIZE == HandshakeHeader.FRAGMENT_OFFSET &&
                a.sessions().isEmpty())
            {
                // A fragment in another's place came behind a first one that is genuine: as if it were a later field.
                network.runSeconds(10);
                a.initiate(b);
            }
        }
        network.runSeconds(3);
        assertEquals(1, a.sessions().size(), "bit " + bit + " of fragment " + fragment);
        TestPeers.assertTwoEnds(a.sessions().getFirst(), b.sessions().getLast());
    }

    @ParameterizedTest
    @CsvSource({"1,false", "2,false", "3,false", "4,false", "1,true", "2,true", "3,true"})
    void everyOtherLengthIsNoticedAndTheGenuineMessageStillWorks(final int message, final boolean smallChunk)
    {
        final int together = FLIPS == 0 ? 1 : LENGTHS_OF_ONE_HANDSHAKE;
        final int fragments = playUpTo(message, smallChunk).size();
        int handshakes = 0;
        for (int fragment = 0; fragment < fragments; fragment++)
        {
            for (int length = 0; length <= LONGEST; length += together)
            {
                resize(message, smallChunk, fragment, length, Math.min(LONGEST + 1, length + together));
                handshakes++;
            }
        }
        System.out.println("M" + message + " in " + fragments + " datagrams: lengths 0 to " + LONGEST + " in " +
            handshakes + " handshakes");
    }

    /** Cuts or lengthens one fragment to each of some lengths, and then goes on with the genuine message. */
    private void resize(final int message, final boolean smallChunk, final int fragment, final int from, final int until)
    {
        final List<byte[]> genuine = playUpTo(message, smallChunk);
        final byte[] original = genuine.get(fragment);
        final int sent = network.sent().size();
        int bad = 0;
        for (int length = from; length < until; length++)
        {
            if (length != original.length)
            {
                final List<byte[]> resized = resized(original, length, message);
                deliver(resized, message);
                bad += resized.size();
                assertEquals(bad, a.drops() + b.drops(), "length " + length);
                assertEquals(sent, network.sent().size(), "answered: length " + length);
            }
        }
        assertNoSession(message);

        network.script(datagram -> ONCE);
        deliver(genuine, message);
        network.run(4 * ScriptedNetwork.LATENCY_NS);
        assertEquals(1, a.sessions().size(), "lengths " + from + " to " + until + " of fragment " + fragment);
        TestPeers.assertTwoEnds(a.sessions().getFirst(), b.sessions().getLast());
    }

    /** As it was; with the size field made true; and with that and a mac1 of its own. What is added is random. */
    private List<byte[]> resized(final byte[] original, final int length, final int message)
    {
        final byte[] plain = Arrays.copyOf(original, length);
        for (int i = original.length; i < length; i++)
        {
            plain[i] = (byte)random.nextInt();
        }
        final List<byte[]> all = new ArrayList<>(List.of(plain));
        if (length >= FrameHeader.LENGTH)
        {
            all.add(plain.clone());
            ByteBuffer.wrap(all.getLast()).putShort(FrameHeader.SIZE_OFFSET, (short)(length - FrameHeader.LENGTH));
        }
        if (length >= HandshakeHeader.OVERHEAD)
        {
            all.add(all.getLast().clone());
            Arrays.fill(all.getLast(), length - HandshakeHeader.MAC_LENGTH, length, (byte)0);
            mac1(message).write(all.getLast(), length);
        }
        return all;
    }

    /** A change in M3 behind its first field comes from whoever made that field: its handshake is over. */
    private static boolean endsTheHandshake(
        final int message, final int fragment, final int bit, final List<byte[]> genuine)
    {
        final int before = genuine.subList(0, fragment).stream().mapToInt(FlippedBitTest::carried).sum();
        final int at = bit / Byte.SIZE - HandshakeHeader.BYTES_OFFSET;
        return message == FragmentLayout.M3 && at >= 0 && at < carried(genuine.get(fragment)) &&
            before + at >= FIRST_FIELD_OF_M3;
    }

    /** How many bytes of the message a datagram carries. */
    private static int carried(final byte[] datagram)
    {
        return datagram.length - HandshakeHeader.OVERHEAD;
    }
}
