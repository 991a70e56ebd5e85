package io.shadowmesh.dataplane.session;

import io.shadowmesh.dataplane.crypto.Aead;
import io.shadowmesh.dataplane.crypto.AeadSealer;
import io.shadowmesh.dataplane.crypto.Suite;
import io.shadowmesh.dataplane.frame.DropReason;
import io.shadowmesh.dataplane.frame.FrameHeader;
import io.shadowmesh.dataplane.frame.FrameType;
import io.shadowmesh.dataplane.frame.SealedFrame;
import io.shadowmesh.dataplane.memory.Guard;
import io.shadowmesh.dataplane.memory.GuardedArena;
import io.shadowmesh.dataplane.memory.GuardedMemory;
import io.shadowmesh.ffi.NativeMemory;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

import java.lang.reflect.Field;
import java.security.GeneralSecurityException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;

import javax.crypto.Cipher;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.IvParameterSpec;
import javax.crypto.spec.SecretKeySpec;

import static io.shadowmesh.dataplane.session.Fixtures.START_NS;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

@ParameterizedClass
@EnumSource(Guard.class)
class SessionTest
{
    private static final int MAX_PLAINTEXT = FrameHeader.MAX_PAYLOAD_LENGTH - Integer.BYTES - SealedFrame.TAG_LENGTH;
    private static final byte OLD = (byte)0x5A;
    private static final long JUST_BEFORE_EXPIRY_NS = START_NS + 180 * Fixtures.SECOND_NS - 1;
    private static final long EXPIRY_NS = START_NS + 180 * Fixtures.SECOND_NS;

    private final GuardedArena memory;
    private final UnsafeBuffer view = new UnsafeBuffer(0, 0);
    private final Peer alice = Fixtures.peer("alice", 1);
    private final Peer bob = Fixtures.peer("bob", 2);
    private final RecordingAead recording = new RecordingAead();
    private final List<Session> sessions = new ArrayList<>();
    private long frame;

    SessionTest(final Guard guard)
    {
        memory = new GuardedArena(guard);
        room(2_000);
    }

    @AfterEach
    void free()
    {
        sessions.forEach(Session::destroy);
        memory.close();
    }

    /** A new frame of just that many bytes, against a page that no one may touch; the old one is looked at and gone. */
    private void room(final int length)
    {
        memory.reset();
        frame = memory.place(length);
        view.wrap(frame, length);
        view.setMemory(0, length, OLD);
    }

    static List<Aead> providers()
    {
        final List<Aead> providers = new ArrayList<>();
        for (final String name : List.of("jdk", "libcrypto", "libipsec-mb"))
        {
            try
            {
                providers.add(Aead.named(name));
            }
            catch (final IllegalArgumentException ex)
            {
                System.out.println("SessionTest: without " + name + ": " + ex.getMessage());
            }
        }
        return providers;
    }

    static Stream<Arguments> pairs()
    {
        return Arrays.stream(Suite.values()).flatMap(suite -> providers().stream().flatMap(
            sealing -> providers().stream().map(opening -> Arguments.argumentSet(
                suite + " sealed by " + sealing.name() + ", opened by " + opening.name(), suite, sealing, opening))));
    }

    static Stream<Arguments> suitesAndProviders()
    {
        return Arrays.stream(Suite.values()).flatMap(suite -> providers().stream().map(
            aead -> Arguments.argumentSet(suite + " by " + aead.name(), suite, aead)));
    }

    @ParameterizedTest
    @MethodSource("pairs")
    void opensWhatTheOtherSideSealed(final Suite suite, final Aead sealing, final Aead opening)
    {
        final Session initiator = make(sealing, suite, 0xCAFE0001, 0xBEEF0002, true);
        final Session responder = make(opening, suite, 0xBEEF0002, 0xCAFE0001, false);
        final Random random = Fixtures.seeded("SessionTest round trip");
        final int[] lengths = {0, 1, 15, 16, 17, 20, 40, 1400, 1480, 9000, MAX_PLAINTEXT};
        long forth = 0;
        long back = 0;
        for (final int length : lengths)
        {
            for (byte type = FrameType.DATA; type <= FrameType.DATA_PARTIAL; type++)
            {
                assertRoundTrip(initiator, responder, type, length, forth++, random);
                assertRoundTrip(responder, initiator, type, length, back++, random);
            }
        }
    }

    private void assertRoundTrip(
        final Session from,
        final Session to,
        final byte type,
        final int length,
        final long sequence,
        final Random random)
    {
        final byte[] plaintext = new byte[length];
        random.nextBytes(plaintext);
        room(length + SealedFrame.OVERHEAD);
        view.putBytes(SealedFrame.PLAINTEXT_OFFSET, plaintext);

        final long nowNs = START_NS + 5_000 + sequence;
        final int datagramLength = from.seal(type, frame, length, nowNs);

        assertEquals(length + 39, datagramLength);
        assertEquals(FrameHeader.VALID, FrameHeader.validate(view, 0, datagramLength));
        assertEquals(sequence, FrameHeader.sequence(view, 0));
        assertEquals(type, FrameHeader.type(view, 0));
        assertEquals(5_000 + sequence, FrameHeader.timestampNs(view, 0));
        assertEquals(length + 20, FrameHeader.size(view, 0));
        assertEquals(to.localIndex(), SealedFrame.receiverIndex(view, 0));
        if (length >= 15)
        {
            assertFalse(Arrays.equals(plaintext, bytes(SealedFrame.PLAINTEXT_OFFSET, length)));
        }

        assertEquals(length, to.open(frame, datagramLength, nowNs));
        assertArrayEquals(plaintext, bytes(SealedFrame.PLAINTEXT_OFFSET, length));
        assertTrue(to.openedHighest());
    }

    @ParameterizedTest
    @MethodSource("suitesAndProviders")
    void sealsAsTheProtocolSays(final Suite suite, final Aead aead) throws GeneralSecurityException
    {
        final SessionTerms terms = Fixtures.terms(1, 2, true, suite, START_NS);
        final Session session = make(aead, suite, 1, 2, true);
        for (int sequence = 0; sequence < 300; sequence++)
        {
            room(20 + SealedFrame.OVERHEAD);
            view.setMemory(SealedFrame.PLAINTEXT_OFFSET, 20, (byte)sequence);
            final int length = session.seal(FrameType.DATA, frame, 20, START_NS + 0x0102030405L);

            // nonce = iv12 XOR (0^4 | sequence u64); AAD = the 19 header bytes | receiverIndex
            final byte[] nonce = terms.sendIv().clone();
            nonce[10] ^= (byte)(sequence >>> 8);
            nonce[11] ^= (byte)sequence;
            final byte[] header = {
                0, 0, 0, 0, 0, 0, (byte)(sequence >>> 8), (byte)sequence,
                0,
                0, 0, 0, 1, 2, 3, 4, 5,
                0, 40,
                0, 0, 0, 2};
            assertArrayEquals(header, bytes(0, SealedFrame.PLAINTEXT_OFFSET));
            final boolean isAes = suite == Suite.AES_256_GCM;
            final Cipher cipher = Cipher.getInstance(isAes ? "AES/GCM/NoPadding" : "ChaCha20-Poly1305");
            cipher.init(
                Cipher.DECRYPT_MODE,
                new SecretKeySpec(terms.sendKey(), isAes ? "AES" : "ChaCha20"),
                isAes ? new GCMParameterSpec(128, nonce) : new IvParameterSpec(nonce));
            cipher.updateAAD(header);
            final byte[] expected = new byte[20];
            Arrays.fill(expected, (byte)sequence);
            assertArrayEquals(expected, cipher.doFinal(bytes(SealedFrame.PLAINTEXT_OFFSET, length - 23)));
        }
    }

    @ParameterizedTest
    @MethodSource("suitesAndProviders")
    void refusesFrameWithAnyBitFlipped(final Suite suite, final Aead aead)
    {
        final Session sender = make(aead, suite, 1, 2, true);
        final Session receiver = make(aead, suite, 2, 1, false);
        for (int i = 0; i < 300; i++)
        {
            sender.seal(FrameType.DATA, frame, 0, START_NS);
        }
        final byte[] good = seal(sender, FrameType.DATA, 40);
        for (int bit = 0; bit < good.length * Byte.SIZE; bit++)
        {
            final byte[] bad = good.clone();
            bad[bit / Byte.SIZE] ^= (byte)(1 << bit % Byte.SIZE);
            final int result = open(receiver, bad);
            // The upper 36 bits of the sequence are above 2^28.
            final DropReason expected = bit / Byte.SIZE * Byte.SIZE + 7 - bit % Byte.SIZE < 36 ?
                DropReason.KEY_EXHAUSTED : DropReason.AUTHENTICATION_FAILED;
            assertEquals(expected.code(), result, "bit " + bit);
            assertFalse(receiver.openedHighest());
        }
        assertEquals(0, receiver.packetsReceived());
        assertEquals(0, receiver.bytesReceived());
        assertEquals(40, open(receiver, good), "a forged frame must not use up its sequence");
    }

    @ParameterizedTest
    @MethodSource("suitesAndProviders")
    void refusesFrameCutAnywhere(final Suite suite, final Aead aead)
    {
        final Session sender = make(aead, suite, 1, 2, true);
        final Session receiver = make(aead, suite, 2, 1, false);
        final byte[] good = seal(sender, FrameType.DATA, 40);
        for (int length = 0; length < good.length; length++)
        {
            final int expected = length < SealedFrame.OVERHEAD ?
                DropReason.TRUNCATED_FRAME.code() : DropReason.AUTHENTICATION_FAILED.code();
            assertEquals(expected, open(receiver, Arrays.copyOf(good, length)), "length " + length);
        }
        assertEquals(DropReason.AUTHENTICATION_FAILED.code(), open(receiver, Arrays.copyOf(good, good.length + 1)));
        assertEquals(40, open(receiver, good));
    }

    @ParameterizedTest
    @MethodSource("suitesAndProviders")
    void refusesItsOwnFramesAndThoseOfOtherSessions(final Suite suite, final Aead aead)
    {
        final Session sender = make(aead, suite, 1, 2, true);
        final Session other = make(aead, suite, 2, 3, false);
        final byte[] good = seal(sender, FrameType.DATA, 40);
        assertEquals(DropReason.AUTHENTICATION_FAILED.code(), open(sender, good));
        assertEquals(DropReason.AUTHENTICATION_FAILED.code(), open(other, good));
    }

    @ParameterizedTest
    @MethodSource("suitesAndProviders")
    void refusesEveryFrameTheSecondTime(final Suite suite, final Aead aead)
    {
        final Session sender = make(aead, suite, 1, 2, true);
        final Session receiver = make(aead, suite, 2, 1, false);
        final List<byte[]> frames = new ArrayList<>();
        for (int i = 0; i < 100; i++)
        {
            frames.add(seal(sender, (byte)(i % 5), i));
        }
        for (int i = 99; i >= 0; i--)
        {
            assertEquals(i, open(receiver, frames.get(i)));
            assertEquals(i == 99, receiver.openedHighest());
            assertEquals(DropReason.REPLAY_DUPLICATE.code(), open(receiver, frames.get(i)));
            assertFalse(receiver.openedHighest());
        }
        for (final byte[] replayed : frames)
        {
            assertEquals(DropReason.REPLAY_DUPLICATE.code(), open(receiver, replayed));
        }
        assertEquals(100, receiver.packetsReceived());
    }

    @Test
    void refusesFramesBehindTheWindowBeforeOpeningThem()
    {
        final Session sender = Fixtures.session(recording, alice, 1, true, START_NS);
        final Session receiver = Fixtures.session(recording, alice, 2, false, START_NS);
        final List<byte[]> frames = IntStream.rangeClosed(0, ReplayWindow.EFFECTIVE_BITS + 1)
            .mapToObj(i -> seal(sender, FrameType.DATA, 0)).toList();
        assertEquals(0, open(receiver, frames.getLast()));
        assertEquals(1, recording.opens);
        assertEquals(DropReason.REPLAY_TOO_OLD.code(), open(receiver, frames.getFirst()));
        assertEquals(DropReason.REPLAY_DUPLICATE.code(), open(receiver, frames.getLast()));
        assertEquals(1, recording.opens, "a replayed frame must not cost an AEAD");
        assertEquals(0, open(receiver, frames.get(1)));
        assertFalse(receiver.openedHighest());
    }

    @Test
    void neverUsesSequenceTwiceAcrossTypesFailedSealsAndRefusals()
    {
        final Random random = Fixtures.seeded("SessionTest nonces");
        final Session session = Fixtures.session(recording, alice, 1, true, START_NS);
        for (int i = 0; i < 20_000; i++)
        {
            final byte type = (byte)random.nextInt(5);
            recording.failSeals = random.nextInt(10) == 0;
            final int kind = random.nextInt(20);
            if (kind == 0)
            {
                assertEquals(DropReason.KEY_EXPIRED.code(), session.seal(type, frame, 0, EXPIRY_NS));
            }
            else if (kind == 1)
            {
                assertEquals(
                    DropReason.OUTBOUND_TOO_LARGE.code(), session.seal(type, frame, MAX_PLAINTEXT + 1, START_NS));
            }
            else if (recording.failSeals)
            {
                assertThrows(IllegalStateException.class, () -> session.seal(type, frame, 10, START_NS));
            }
            else
            {
                assertEquals(49, session.seal(type, frame, 10, START_NS));
                assertEquals(recording.sealedSequences.getLast(), FrameHeader.sequence(view, 0));
            }
        }
        assertEquals(recording.sealedSequences.size(), new HashSet<>(recording.sealedSequences).size());
        assertEquals(recording.sealedSequences.size(), session.framesSealed());
        assertEquals(recording.sealedSequences.size() - 1L, recording.sealedSequences.getLast());
    }

    @ParameterizedTest
    @MethodSource("suitesAndProviders")
    void sealsElsewhereTheSameBytesAsInPlaceAndLeavesThePlaintextAlone(final Suite suite, final Aead aead)
    {
        final Session inPlace = make(aead, suite, 0xCAFE0001, 0xBEEF0002, true);
        final Session elsewhere = make(aead, suite, 0xCAFE0001, 0xBEEF0002, true);
        final Random random = Fixtures.seeded("SessionTest out of place");
        for (final int length : new int[]{0, 1, 15, 16, 17, 31, 52, 100, 1399, 1400, 1480, 9000, MAX_PLAINTEXT})
        {
            final byte[] plaintext = new byte[length];
            random.nextBytes(plaintext);
            final byte[] expected = seal(inPlace, FrameType.DATA, plaintext);

            room(length + SealedFrame.OVERHEAD);
            final long text = memory.place(plaintext);
            final int datagramLength = elsewhere.seal(FrameType.DATA, text, length, frame, START_NS);
            assertArrayEquals(expected, bytes(0, datagramLength));
            assertArrayEquals(plaintext, GuardedMemory.get(text, length));
        }
        assertEquals(inPlace.framesSealed(), elsewhere.framesSealed());
        assertEquals(inPlace.bytesSealed(), elsewhere.bytesSealed());
    }

    /** As the splitter leaves them: the header of the next packet is written over the end of the one before. */
    @ParameterizedTest
    @MethodSource("suitesAndProviders")
    void sealsElsewhereFromBytesThatTheNextPacketWritesOver(final Suite suite, final Aead aead)
    {
        final Session from = make(aead, suite, 0xCAFE0001, 0xBEEF0002, true);
        final Session to = make(aead, suite, 0xBEEF0002, 0xCAFE0001, false);
        final long source = memory.place(180);
        for (byte i = 0; i < 4; i++)
        {
            NativeMemory.at(source + 40L * i, 60).fill(i);
            final int length = from.seal(FrameType.DATA, source + 40L * i, 60, frame + 99L * i, START_NS);
            assertEquals(99, length);
        }
        for (byte i = 0; i < 4; i++)
        {
            assertEquals(60, to.open(frame + 99L * i, 99, START_NS));
            final byte[] expected = new byte[60];
            Arrays.fill(expected, i);
            assertArrayEquals(expected, bytes(99 * i + SealedFrame.PLAINTEXT_OFFSET, 60));
        }
    }

    @Test
    void writesNothingElsewhereAfterARefusal()
    {
        final Session session = make(recording, Suite.AES_256_GCM, 1, 2, true);
        final long source = memory.place(100);
        assertEquals(DropReason.KEY_EXPIRED.code(),
            session.seal(FrameType.DATA, source, 100, frame, EXPIRY_NS));
        assertEquals(DropReason.OUTBOUND_TOO_LARGE.code(),
            session.seal(FrameType.DATA, source, MAX_PLAINTEXT + 1, frame, START_NS));
        assertUntouched();
        assertEquals(0, session.framesSealed());
    }

    @Test
    void refusesTooLongPlaintextAndTouchesNothing()
    {
        final Session session = Fixtures.session(recording, alice, 1, true, START_NS);
        assertEquals(DropReason.OUTBOUND_TOO_LARGE.code(),
            session.seal(FrameType.DATA, frame, MAX_PLAINTEXT + 1, START_NS));
        assertEquals(DropReason.OUTBOUND_TOO_LARGE.code(), session.seal(FrameType.DATA, frame, -1, START_NS));
        assertEquals(DropReason.OUTBOUND_TOO_LARGE.code(),
            session.seal(FrameType.DATA, frame, Integer.MAX_VALUE, START_NS));
        assertEquals(0, session.framesSealed());
        assertUntouched();
        room(FrameHeader.LENGTH + 65_000);
        assertEquals(FrameHeader.LENGTH + 65_000, session.seal(FrameType.DATA, frame, MAX_PLAINTEXT, START_NS));
    }

    @Test
    void refusesKeyOfHundredAndEightySecondsInBothDirections()
    {
        final Session sender = Fixtures.session(recording, alice, 1, true, START_NS);
        final Session receiver = Fixtures.session(recording, alice, 2, false, START_NS);
        final byte[] first = seal(sender, FrameType.DATA, 10);
        final byte[] second = seal(sender, FrameType.DATA, 10);

        assertTrue(sender.isUsable(JUST_BEFORE_EXPIRY_NS));
        assertEquals(49, sender.seal(FrameType.DATA, frame, 10, JUST_BEFORE_EXPIRY_NS));
        assertFalse(sender.isUsable(EXPIRY_NS));
        room(2_000);
        assertEquals(DropReason.KEY_EXPIRED.code(), sender.seal(FrameType.DATA, frame, 10, EXPIRY_NS));
        assertUntouched();

        assertEquals(10, open(receiver, first, JUST_BEFORE_EXPIRY_NS));
        assertTrue(receiver.openedHighest());
        assertEquals(DropReason.KEY_EXPIRED.code(), open(receiver, second, EXPIRY_NS));
        assertFalse(receiver.openedHighest());
    }

    @Test
    void sealsAndOpensSequencesBelowTwoToThe28Only() throws ReflectiveOperationException
    {
        final Aead aead = providers().getFirst();
        final Session sender = make(aead, Suite.AES_256_GCM, 1, 2, true);
        final Session receiver = make(aead, Suite.AES_256_GCM, 2, 1, false);
        set(sender, "sending", "nextSequence", (1L << 28) - 2);
        final byte[] secondLast = seal(sender, FrameType.DATA, 10);
        assertTrue(sender.isUsable(START_NS));
        final byte[] last = seal(sender, FrameType.DATA, 10);
        assertFalse(sender.isUsable(START_NS));
        room(2_000);
        assertEquals(DropReason.KEY_EXHAUSTED.code(), sender.seal(FrameType.DATA, frame, 10, START_NS));
        assertUntouched();
        assertEquals(10, open(receiver, secondLast));
        assertEquals(10, open(receiver, last));
        assertEquals(DropReason.REPLAY_DUPLICATE.code(), open(receiver, last));

        final SessionTerms terms = Fixtures.terms(1, 2, true, Suite.AES_256_GCM, START_NS);
        try (AeadSealer sealer = aead.sealer(terms.suite(), terms.sendKey(), terms.sendIv()))
        {
            for (final long sequence : new long[] {1L << 28, (1L << 28) + 1, 1L << 32, 1L << 62, 1L << 63, -1})
            {
                // Authentic in everything but its sequence's size.
                FrameHeader.encode(view, 0, sequence, FrameType.DATA, 0, 20);
                SealedFrame.receiverIndex(view, 0, 2);
                final long text = frame + SealedFrame.PLAINTEXT_OFFSET;
                sealer.seal(sequence, frame, SealedFrame.AAD_LENGTH, text, 0, text);
                assertEquals(DropReason.KEY_EXHAUSTED.code(), receiver.open(frame, 39, START_NS));
            }
        }
    }

    @Test
    void sealsAndOpensTwoToThe39BytesOnly() throws ReflectiveOperationException
    {
        final Session sender = Fixtures.session(recording, alice, 1, true, START_NS);
        final Session receiver = Fixtures.session(recording, alice, 2, false, START_NS);
        final byte[] first = seal(sender, FrameType.DATA, 1);
        set(sender, "sending", "bytes", (1L << 39) - 40);
        set(receiver, "receiving", "bytes", (1L << 39) - 40);
        assertEquals(DropReason.KEY_EXHAUSTED.code(), sender.seal(FrameType.DATA, frame, 2, START_NS));
        assertTrue(sender.isUsable(START_NS));
        final byte[] last = seal(sender, FrameType.DATA, 1);
        assertEquals(1L << 39, sender.bytesSealed());
        assertFalse(sender.isUsable(START_NS));
        assertEquals(DropReason.KEY_EXHAUSTED.code(), sender.seal(FrameType.DATA, frame, 0, START_NS));

        assertEquals(1, open(receiver, first));
        assertEquals(1L << 39, receiver.bytesReceived());
        assertEquals(DropReason.KEY_EXHAUSTED.code(), open(receiver, last));
    }

    @Test
    void refusesKeyAfterTwoToThe36FailedTags() throws ReflectiveOperationException
    {
        final Session receiver = Fixtures.session(recording, alice, 2, false, START_NS);
        final byte[] good = seal(Fixtures.session(recording, alice, 1, true, START_NS), FrameType.DATA, 1);
        set(receiver, "receiving", "failedTags", (1L << 36) - 2);
        recording.refuseTags = true;
        assertEquals(DropReason.AUTHENTICATION_FAILED.code(), open(receiver, good));
        assertEquals((1L << 36) - 1, receiver.failedTags());
        assertEquals(DropReason.AUTHENTICATION_FAILED.code(), open(receiver, good));
        recording.refuseTags = false;
        assertEquals(DropReason.KEY_EXHAUSTED.code(), open(receiver, good));
        assertEquals(2, recording.opens);
    }

    @Test
    void refusesEverythingOnceEndedAndFreesBothContexts()
    {
        final Session session = Fixtures.session(recording, alice, 1, true, START_NS);
        final byte[] good = seal(Fixtures.session(recording, alice, 2, false, START_NS), FrameType.DATA, 1);
        assertEquals(4, recording.live);
        assertFalse(session.isEnded());
        session.end();
        assertTrue(session.isEnded());
        assertFalse(session.isUsable(START_NS));
        assertEquals(DropReason.KEY_EXPIRED.code(), session.seal(FrameType.DATA, frame, 0, START_NS));
        assertEquals(DropReason.KEY_EXPIRED.code(), open(session, good));
        session.destroy();
        session.destroy();
        assertEquals(2, recording.live);

        final Session other = Fixtures.session(recording, alice, 3, true, START_NS);
        other.destroy();
        assertEquals(DropReason.KEY_EXPIRED.code(), other.seal(FrameType.DATA, frame, 0, START_NS));
        assertEquals(DropReason.KEY_EXPIRED.code(), open(other, good));
    }

    @Test
    void leavesNoContextBehindWhenItCannotBeMade()
    {
        final SessionTerms good = Fixtures.terms(1, 2, true, Suite.AES_256_GCM, START_NS);
        final SessionTerms bad = new SessionTerms(
            1, 2, true, Suite.AES_256_GCM, good.sendKey(), good.sendIv(), good.receiveKey(), new byte[11], 0, 0, 0);
        assertThrows(IllegalArgumentException.class, () -> new Session(bad, recording, alice, true));
        assertEquals(0, recording.live);
    }

    @Test
    void reportsWhatWasReceivedAndLost()
    {
        final Session sender = Fixtures.session(recording, alice, 1, true, START_NS);
        final Session receiver = Fixtures.session(recording, alice, 2, false, START_NS);
        assertReport(receiver, 0, 0, 0, 0);
        final List<byte[]> frames =
            IntStream.range(0, 10).mapToObj(i -> seal(sender, FrameType.DATA, i)).toList();
        open(receiver, frames.get(0));
        assertReport(receiver, 1, 39, 0, 0);
        open(receiver, frames.get(4));
        assertReport(receiver, 2, 39 + 43, 4, 3);
        open(receiver, frames.get(2));
        assertReport(receiver, 3, 39 + 43 + 41, 4, 2);
        open(receiver, frames.get(2));
        assertReport(receiver, 3, 39 + 43 + 41, 4, 2);
        open(receiver, frames.get(9));
        assertReport(receiver, 4, 39 + 43 + 41 + 48, 9, 6);
    }

    private static void assertReport(
        final Session session, final long packets, final long bytes, final long highest, final long lost)
    {
        assertEquals(packets, session.packetsReceived());
        assertEquals(bytes, session.bytesReceived());
        assertEquals(highest, session.highestSequence());
        assertEquals(lost, session.packetsLost());
    }

    @Test
    void countsInnerPacketsAloneAsData()
    {
        for (final byte type : new byte[] {FrameType.DATA, FrameType.DATA_PARTIAL})
        {
            final Session sender = Fixtures.session(recording, alice, 1, true, START_NS);
            final Session receiver = Fixtures.session(recording, alice, 2, false, START_NS);
            open(receiver, seal(sender, type, 0));
            open(receiver, seal(sender, FrameType.ECHO_REQUEST, 48));
            open(receiver, seal(sender, FrameType.ECHO_REPLY, 48));
            open(receiver, seal(sender, FrameType.CLOSE, 0));
            assertEquals(4, receiver.packetsReceived());
            assertFalse(sender.hasCarriedData());
            assertFalse(receiver.hasCarriedData());
            final byte[] data = seal(sender, type, 1);
            assertTrue(sender.hasCarriedData());
            assertFalse(receiver.hasCarriedData());
            open(receiver, data);
            assertTrue(receiver.hasCarriedData());
        }
    }

    @Test
    void stampsFramesSinceItsStartAndNeverBefore()
    {
        final Session session = Fixtures.session(recording, alice, 1, true, START_NS);
        session.seal(FrameType.DATA, frame, 0, START_NS - 1);
        assertEquals(0, FrameHeader.timestampNs(view, 0));
        session.seal(FrameType.DATA, frame, 0, START_NS + 77);
        assertEquals(77, FrameHeader.timestampNs(view, 0));
    }

    @Test
    void tellsWhatTheHandshakeSettled()
    {
        final Session session = make(recording, Suite.CHACHA20_POLY1305, 5, 6, true);
        assertEquals(5, session.localIndex());
        assertEquals(6, session.remoteIndex());
        assertTrue(session.isInitiator());
        assertTrue(session.isConfirmed());
        assertEquals(1, session.capabilities());
        assertEquals(1400, session.innerMtu());
        assertEquals(START_NS, session.establishedNs());
        assertEquals(bob, session.peer());
        assertEquals("session 00000005 with bob", session.toString());
        assertFalse(make(recording, Suite.CHACHA20_POLY1305, 5, 6, false).isConfirmed());
    }

    @Test
    void showsNoKeyInText()
    {
        assertEquals("session 00000005 to fffffffa (AES_256_GCM, responder)",
            Fixtures.terms(5, ~5, false, Suite.AES_256_GCM, START_NS).toString());
    }

    private Session make(
        final Aead aead, final Suite suite, final int localIndex, final int remoteIndex, final boolean initiator)
    {
        final Session session =
            new Session(Fixtures.terms(localIndex, remoteIndex, initiator, suite, START_NS), aead, bob, initiator);
        sessions.add(session);
        return session;
    }

    private byte[] seal(final Session session, final byte type, final int plaintextLength)
    {
        return seal(session, type, new byte[plaintextLength]);
    }

    private byte[] seal(final Session session, final byte type, final byte[] plaintext)
    {
        room(plaintext.length + SealedFrame.OVERHEAD);
        view.putBytes(SealedFrame.PLAINTEXT_OFFSET, plaintext);
        final int length = session.seal(type, frame, plaintext.length, START_NS);
        assertTrue(length > 0, "code " + length);
        return bytes(0, length);
    }

    private int open(final Session session, final byte[] datagram)
    {
        return open(session, datagram, START_NS);
    }

    private int open(final Session session, final byte[] datagram, final long nowNs)
    {
        room(datagram.length);
        view.putBytes(0, datagram);
        return session.open(frame, datagram.length, nowNs);
    }

    private byte[] bytes(final int offset, final int length)
    {
        final byte[] bytes = new byte[length];
        view.getBytes(offset, bytes);
        return bytes;
    }

    private void assertUntouched()
    {
        for (int i = 0; i < view.capacity(); i++)
        {
            assertEquals(OLD, view.getByte(i));
        }
    }

    /** Puts a session where it would take hours to get to. */
    private static void set(final Session session, final String direction, final String field, final long value)
        throws ReflectiveOperationException
    {
        final Field key = Session.class.getDeclaredField(direction);
        key.setAccessible(true);
        final Field counter = key.getType().getDeclaredField(field);
        counter.setAccessible(true);
        counter.setLong(key.get(session), value);
    }
}
