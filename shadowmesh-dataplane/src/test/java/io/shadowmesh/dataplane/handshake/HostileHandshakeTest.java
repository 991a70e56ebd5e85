package io.shadowmesh.dataplane.handshake;

import io.shadowmesh.dataplane.crypto.Suite;
import io.shadowmesh.dataplane.frame.DropReason;
import io.shadowmesh.dataplane.frame.FrameHeader;
import io.shadowmesh.dataplane.frame.FrameType;
import io.shadowmesh.dataplane.frame.HandshakeHeader;
import io.shadowmesh.dataplane.identity.Identity;

import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * What someone on the path, or someone who makes datagrams up, can and cannot do.
 */
class HostileHandshakeTest
{
    private static final long SEED = Long.getLong("shadowmesh.seed", 77);
    private static final int BODY_BITS_PER_DATAGRAM = 60;
    private static final long[] LOST = {};
    private static final long[] ONCE = {ScriptedNetwork.LATENCY_NS};

    private ScriptedNetwork network;
    private MeshNode a;
    private MeshNode b;
    private final Random random = new Random(SEED);
    private int attempt;

    HostileHandshakeTest()
    {
        System.out.println("HostileHandshakeTest: -Dshadowmesh.seed=" + SEED);
        begin();
    }

    private void begin()
    {
        network = new ScriptedNetwork();
        a = MeshNode.undefended(network, TestPeers.LOWER, 1, 1000 + 2L * attempt);
        b = MeshNode.undefended(network, TestPeers.HIGHER, 2, 1001 + 2L * attempt);
        attempt++;
        MeshNode.allowEachOther(a, b);
        network.script(datagram -> LOST);
    }

    /**
     * Plays a handshake by hand up to a message, which is on its way and not delivered.
     */
    private List<byte[]> playUpTo(final int message, final boolean smallChunk)
    {
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
        final List<ScriptedNetwork.Datagram> all = network.sent(sender(message), message);
        return all.subList(all.size() - all.getLast().count(), all.size()).stream()
            .map(ScriptedNetwork.Datagram::bytes).toList();
    }

    private MeshNode sender(final int message)
    {
        return message % 2 == 1 ? a : b;
    }

    private void deliver(final List<byte[]> datagrams, final int message)
    {
        final MeshNode from = sender(message);
        final MeshNode to = from == a ? b : a;
        datagrams.forEach(datagram -> to.receive(datagram, from.endpoint()));
    }

    private Mac1 mac1(final int message)
    {
        return message % 2 == 1 ? Mac1.toResponder(b.id()) : Mac1.inAnswerTo(RawInitiator.body(last(message - 1)));
    }

    /**
     * All bits of the header, a sample of the body's, and all of mac1.
     */
    private List<Integer> bitsOf(final byte[] datagram)
    {
        final int body = HandshakeHeader.BYTES_OFFSET * 8;
        final int mac1 = (datagram.length - 2 * HandshakeHeader.MAC_LENGTH) * 8;
        final List<Integer> bits = new ArrayList<>();
        for (int bit = 0; bit < body; bit++)
        {
            bits.add(bit);
        }
        for (int i = 0; i < BODY_BITS_PER_DATAGRAM; i++)
        {
            bits.add(body + random.nextInt(mac1 - body));
        }
        for (int bit = mac1; bit < mac1 + HandshakeHeader.MAC_LENGTH * 8; bit++)
        {
            bits.add(bit);
        }
        return bits;
    }

    private static byte[] flipped(final byte[] datagram, final int bit)
    {
        final byte[] copy = datagram.clone();
        copy[bit / 8] ^= (byte)(1 << bit % 8);
        return copy;
    }

    private void assertGenuineWorks(final List<byte[]> genuine, final int message)
    {
        assertNoSession(message);
        network.script(datagram -> ONCE);
        deliver(genuine, message);
        network.run(4 * ScriptedNetwork.LATENCY_NS);
        TestPeers.assertConnected(a, b);
    }

    /**
     * As {@link #assertGenuineWorks}, but a forged fragment may have been the first copy: then the message works when
     * it is sent again.
     */
    private void assertGenuineWorksWhenSentAgain(final List<byte[]> genuine, final int message)
    {
        assertNoSession(message);
        deliver(genuine, message);
        network.script(datagram -> ONCE);
        deliver(genuine, message);
        network.runSeconds(5);
        TestPeers.assertConnected(a, b);
    }

    private void assertNoSession(final int message)
    {
        assertEquals(0, a.sessions().size());
        assertEquals(message > FragmentLayout.M3 ? 1 : 0, b.sessions().size());
    }

    @ParameterizedTest
    @CsvSource({"1,false", "2,false", "3,false", "4,false", "1,true", "2,true", "3,true"})
    void everyFlippedBitIsNoticedByMac1AndCostsNothing(final int message, final boolean smallChunk)
    {
        final List<byte[]> genuine = playUpTo(message, smallChunk);
        final int sent = network.sent().size();
        int flips = 0;
        for (int i = 0; i < genuine.size(); i++)
        {
            for (final int bit : bitsOf(genuine.get(i)))
            {
                deliver(List.of(flipped(genuine.get(i), bit)), message);
                flips++;
            }
        }
        assertEquals(sent, network.sent().size(), "nothing is answered");
        assertEquals(flips, a.drops() + b.drops(), "every one is counted");
        assertEquals(0, b.table().incompleteFirstCount());
        assertGenuineWorks(genuine, message);
    }

    @ParameterizedTest
    @CsvSource({"1,false", "2,false", "4,false", "1,true", "2,true"})
    void everyFlippedBitUnderAFreshMac1GivesNoSessionAndTheGenuineMessageStillWorks(
        final int message, final boolean smallChunk)
    {
        final int fragments = playUpTo(message, smallChunk).size();
        for (int i = 0; i < fragments; i++)
        {
            begin();
            final List<byte[]> genuine = playUpTo(message, smallChunk);
            final int sentM3 = network.sent(a, FragmentLayout.M3).size();
            for (final int bit : bitsOf(genuine.get(i)))
            {
                final List<byte[]> changed = new ArrayList<>(genuine);
                changed.set(i, flipped(genuine.get(i), bit));
                if (bit / 8 < changed.get(i).length - 2 * HandshakeHeader.MAC_LENGTH)
                {
                    mac1(message).write(changed.get(i), changed.get(i).length);
                }
                deliver(changed, message);
                assertNoSession(message);
            }
            if (message == FragmentLayout.M1)
            {
                deliverAllFrom(b, FragmentLayout.M2);
            }
            assertEquals(sentM3, network.sent(a, FragmentLayout.M3).size(), "nothing changed is answered with M3");
            assertGenuineWorksWhenSentAgain(genuine, message);
        }
    }

    private void deliverAllFrom(final MeshNode from, final int message)
    {
        final MeshNode to = from == a ? b : a;
        final byte[] genuineM1 = RawInitiator.body(last(FragmentLayout.M1));
        final Mac1 genuineMac = Mac1.inAnswerTo(genuineM1);
        network.sent(from, message).stream().map(ScriptedNetwork.Datagram::bytes)
            .filter(bytes -> !genuineMac.matches(bytes, bytes.length))
            .toList()
            .forEach(bytes -> to.receive(bytes, from.endpoint()));
    }

    @Test
    void aChangeInTheFirstFieldOfM3CostsNothing()
    {
        final List<byte[]> genuine = playUpTo(FragmentLayout.M3, false);
        final byte[] first = genuine.getFirst();
        for (int i = 0; i < 100; i++)
        {
            final int bit = HandshakeHeader.BYTES_OFFSET * 8 + random.nextInt(1136 * 8);
            final byte[] changed = flipped(first, bit);
            mac1(FragmentLayout.M3).write(changed, changed.length);
            deliver(List.of(changed, genuine.get(1)), FragmentLayout.M3);
        }
        assertEquals(100, b.drops(DropReason.HANDSHAKE_FAILED));
        assertGenuineWorks(genuine, FragmentLayout.M3);
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aChangeInTheHeaderOfM3CostsNothing(final boolean smallChunk)
    {
        final List<byte[]> genuine = playUpTo(FragmentLayout.M3, smallChunk);
        for (int i = 0; i < genuine.size(); i++)
        {
            for (int bit = 0; bit < HandshakeHeader.BYTES_OFFSET * 8; bit++)
            {
                final byte[] changed = flipped(genuine.get(i), bit);
                mac1(FragmentLayout.M3).write(changed, changed.length);
                deliver(List.of(changed), FragmentLayout.M3);
            }
        }
        assertGenuineWorksWhenSentAgain(genuine, FragmentLayout.M3);
    }

    @Test
    void aChangeInALaterFieldOfM3EndsThatHandshakeAndTheNextConnects()
    {
        for (int i = 0; i < 40; i++)
        {
            begin();
            final List<byte[]> genuine = playUpTo(FragmentLayout.M3, false);
            final int bit = 1136 * 8 + random.nextInt((2392 - 1136) * 8);
            final int fragment = bit / 8 / FragmentLayout.LARGE_CHUNK;
            final List<byte[]> changed = new ArrayList<>(genuine);
            changed.set(fragment, flipped(genuine.get(fragment),
                HandshakeHeader.BYTES_OFFSET * 8 + bit - fragment * FragmentLayout.LARGE_CHUNK * 8));
            mac1(FragmentLayout.M3).write(changed.get(fragment), changed.get(fragment).length);

            deliver(changed, FragmentLayout.M3);
            assertEquals(0, b.table().halfOpenCount(), "bit " + bit);
            assertEquals(0, b.sessions().size());
            deliver(genuine, FragmentLayout.M3);
            assertEquals(0, b.sessions().size());

            network.runSeconds(9);
            network.script(datagram -> ONCE);
            a.initiate(b);
            network.runSeconds(1);
            TestPeers.assertConnected(a, b);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 4})
    void takesNoMessageUnderTheOtherSuite(final int message)
    {
        final List<byte[]> genuine = playUpTo(message, false);
        final int sentM3 = network.sent(a, FragmentLayout.M3).size();
        final List<byte[]> changed = genuine.stream().map(byte[]::clone).toList();
        for (final byte[] datagram : changed)
        {
            datagram[HandshakeHeader.SUITE_OFFSET] = (byte)Suite.CHACHA20_POLY1305.id();
            mac1(message).write(datagram, datagram.length);
        }
        deliver(changed, message);
        if (message == FragmentLayout.M1)
        {
            deliver(last(FragmentLayout.M2), FragmentLayout.M2);
        }
        assertEquals(sentM3, network.sent(a, FragmentLayout.M3).size());
        assertEquals(genuine.size() * (message == FragmentLayout.M1 ? 2 : 1),
            a.drops(DropReason.HANDSHAKE_MALFORMED) + b.drops(DropReason.HANDSHAKE_MALFORMED));
        assertGenuineWorks(genuine, message);
    }

    @ParameterizedTest
    @CsvSource({"19", "21", "22", "23", "24", "26", "31", "34"})
    void takesNoM1WithAFieldThatItCannotHave(final int offset)
    {
        final List<byte[]> genuine = playUpTo(FragmentLayout.M1, false);
        final int sent = network.sent().size();
        final byte[] changed = genuine.getFirst().clone();
        changed[offset] += 1;
        mac1(FragmentLayout.M1).write(changed, changed.length);
        deliver(List.of(changed), FragmentLayout.M1);
        assertEquals(sent, network.sent().size());
        assertEquals(1, b.drops(), "dropped for the field alone");
        assertEquals(0, b.drops(DropReason.HANDSHAKE_BAD_MAC) + b.drops(DropReason.HANDSHAKE_FAILED));
        assertGenuineWorks(genuine, FragmentLayout.M1);
    }

    @Test
    void mac2OfAnM1IsNotReadUntilItMustBe()
    {
        final List<byte[]> genuine = playUpTo(FragmentLayout.M1, false);
        final byte[] withMac2 = genuine.getFirst().clone();
        withMac2[withMac2.length - 1] = 1;
        assertGenuineWorks(List.of(withMac2), FragmentLayout.M1);
    }

    @Test
    void mac2IsZeroEverywhereElse()
    {
        for (int message = FragmentLayout.M2; message <= FragmentLayout.M4; message++)
        {
            begin();
            final List<byte[]> genuine = playUpTo(message, false);
            deliver(List.of(flipped(genuine.getFirst(), genuine.getFirst().length * 8 - 1)), message);
            assertEquals(1, a.drops(DropReason.HANDSHAKE_MALFORMED) + b.drops(DropReason.HANDSHAKE_MALFORMED));
            assertGenuineWorks(genuine, message);
        }
    }

    @Test
    void sendsNoM3ToWhoeverHasAnotherIdentityAndTakesTheWantedOneAfterwards() throws GeneralSecurityException
    {
        final List<byte[]> first = playUpTo(FragmentLayout.M1, false);
        answerAs(TestPeers.STRANGER, first);
        assertEquals(0, network.sent(a, FragmentLayout.M3).size());
        assertEquals(1, a.drops(DropReason.HANDSHAKE_NOT_ALLOWED));
        assertTrue(a.table().isInitiating(b.id()));
        assertGenuineWorks(first, FragmentLayout.M1);
    }

    @Test
    void tellsThatAnotherIdentityAnswered() throws GeneralSecurityException
    {
        answerAs(TestPeers.STRANGER, playUpTo(FragmentLayout.M1, false));
        network.runSeconds(15);
        assertEquals(List.of(HandshakeOutcome.WRONG_RESPONDER), a.outcomes());
        assertEquals(0, network.sent(a, FragmentLayout.M3).size());
    }

    /**
     * Answers an M1 with an M2 that is sound but for whose it is.
     */
    private void answerAs(final Identity other, final List<byte[]> first) throws GeneralSecurityException
    {
        final int index = ByteBuffer.wrap(first.getFirst()).getInt(HandshakeHeader.SENDER_INDEX_OFFSET);
        deliver(OtherIdentityProgram.answer(RawInitiator.body(first), Suite.AES_256_GCM, index, b.id(), other),
            FragmentLayout.M2);
    }

    @Test
    void aForgedFragmentCostsOneRetransmissionAndNoMore()
    {
        final List<byte[]> genuine = playUpTo(FragmentLayout.M2, false);
        final byte[] forged = genuine.getFirst().clone();
        Arrays.fill(forged, HandshakeHeader.BYTES_OFFSET, HandshakeHeader.BYTES_OFFSET + 1240, (byte)3);
        mac1(FragmentLayout.M2).write(forged, forged.length);

        deliver(List.of(forged), FragmentLayout.M2);
        deliver(genuine, FragmentLayout.M2);
        assertEquals(1, a.drops(DropReason.HANDSHAKE_FAILED), "the first copy of a fragment wins");
        assertEquals(0, network.sent(a, FragmentLayout.M3).size());
        network.script(datagram -> ONCE);
        network.run(RetransmitSchedule.FIRST_NS * 2);
        TestPeers.assertConnected(a, b);
    }

    @Test
    void garbageOfEveryLengthIsDropped()
    {
        a.initiate(b);
        final int sent = network.sent().size();
        int count = 0;
        for (int length = 0; length <= 2000; length++)
        {
            for (int kind = 0; kind < 4; kind++)
            {
                final byte[] datagram = garbage(length, kind);
                a.table().onDatagram(datagram, length, b.endpoint(), network.nowNs());
                b.table().onDatagram(datagram, length, a.endpoint(), network.nowNs());
                count++;
            }
        }
        assertEquals(count, a.drops());
        assertEquals(count, b.drops());
        assertEquals(sent, network.sent().size());
        assertEquals(0, b.table().halfOpenCount() + b.table().incompleteFirstCount());
        assertGenuineWorks(last(FragmentLayout.M1), FragmentLayout.M1);
    }

    /**
     * 0: all random; 1: a true frame header; 2: a true handshake header too; 3: of a genuine M1, cut or lengthened,
     * under a mac1 of its own.
     */
    private byte[] garbage(final int length, final int kind)
    {
        final byte[] datagram = new byte[length];
        random.nextBytes(datagram);
        final byte[] genuine = last(FragmentLayout.M1).getFirst();
        if (kind > 0 && length >= FrameHeader.LENGTH)
        {
            FrameHeader.encode(
                new UnsafeBuffer(datagram), 0, 0, FrameType.HANDSHAKE, 0, length - FrameHeader.LENGTH);
        }
        if (kind > 1 && length >= HandshakeHeader.OVERHEAD)
        {
            final int until = kind == 2 ? HandshakeHeader.BYTES_OFFSET : Math.min(length, genuine.length);
            System.arraycopy(genuine, FrameHeader.LENGTH, datagram, FrameHeader.LENGTH, until - FrameHeader.LENGTH);
            if (kind == 3 && length != genuine.length)
            {
                Mac1.toResponder(b.id()).write(datagram, length);
            }
        }
        if (kind == 3 && length == genuine.length)
        {
            datagram[100]++;
        }
        return datagram;
    }

    @Test
    void dropsCookiesThatAnswerNothing()
    {
        final byte[] cookie = new byte[FrameHeader.LENGTH + 60];
        FrameHeader.encode(new UnsafeBuffer(cookie), 0, 0, FrameType.COOKIE, 0, 60);
        b.receive(cookie, a.endpoint());
        assertEquals(1, b.drops(DropReason.COOKIE_UNEXPECTED));
        assertEquals(0, network.sent().size());
    }

    @Test
    void everyDatagramReplayedDeliversNoSecondSession()
    {
        network.script(datagram -> ONCE);
        a.initiate(b);
        network.runSeconds(1);
        final List<ScriptedNetwork.Datagram> captured = List.copyOf(network.sent());
        for (int round = 0; round < 3; round++)
        {
            for (final ScriptedNetwork.Datagram datagram : captured)
            {
                a.receive(datagram.bytes(), b.endpoint());
                b.receive(datagram.bytes(), a.endpoint());
            }
            network.runSeconds(20);
        }
        assertEquals(1, a.sessions().size());
        assertEquals(1, b.sessions().size());
        assertFalse(a.table().isInitiating(b.id()));
        assertEquals(0, b.table().halfOpenCount());
    }
}
