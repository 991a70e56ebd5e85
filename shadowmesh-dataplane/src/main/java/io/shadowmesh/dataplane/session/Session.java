package io.shadowmesh.dataplane.session;

import io.shadowmesh.dataplane.crypto.Aead;
import io.shadowmesh.dataplane.frame.DropReason;
import io.shadowmesh.dataplane.frame.FrameHeader;
import io.shadowmesh.dataplane.frame.FrameType;
import io.shadowmesh.dataplane.frame.SealedFrame;

/**
 * One pair of keys that a handshake made: seals frames to a peer and opens frames from it, in place.
 *
 * <p>Sealing: 1. refuse a key past its time or its bounds, 2. consume a sequence, whatever becomes of the frame, 3.
 * write header and index, 4. seal. Opening: 1. refuse a key past its time or its bounds, 2. look into the replay
 * window, 3. open, 4. mark the sequence.
 *
 * <p><b>Threading:</b> {@link #seal} belongs to the send agent, {@link #open} and the {@code opened...} methods to the
 * receive agent; {@link #confirm}, {@link #end} and {@link #destroy} to the control thread. Each counter has one writer
 * and may be read by any thread, if not all at one instant.
 *
 * <p><b>Ownership:</b> owns the cipher contexts of both directions until {@link #destroy}, which needs both agents to
 * have let go of the session.
 *
 * <p>Source: wire protocol ShadowMesh/1, sections 2 and 6.
 */
public final class Session
{
    /** The capability bit of a node that takes frames of type {@link FrameType#DATA_PARTIAL}. */
    public static final int PARTIAL_CHECKSUMS = 1;

    private final Peer peer;
    private final int localIndex;
    private final int remoteIndex;
    private final boolean initiator;
    private final int capabilities;
    private final int innerMtu;
    private final long establishedNs;

    private final SendingKey sending;
    private final ReceivingKey receiving;

    // The receive agent's.
    private boolean openedHighest;

    // Written by the control thread.
    private volatile boolean confirmed;
    private volatile boolean ended;
    private long confirmedNs;

    /**
     * Makes a session out of what a handshake settled.
     *
     * @param terms     of the session; its keys may be erased afterwards.
     * @param aead      that seals and opens.
     * @param peer      that the session is with.
     * @param confirmed true for the initiator, who has read the last message; the responder waits for the first frame
     *                  that opens.
     * @throws IllegalArgumentException if a key or an iv has the wrong length.
     */
    public Session(final SessionTerms terms, final Aead aead, final Peer peer, final boolean confirmed)
    {
        this.peer = peer;
        this.localIndex = terms.localIndex();
        this.remoteIndex = terms.remoteIndex();
        this.initiator = terms.initiator();
        this.capabilities = terms.capabilities();
        this.innerMtu = terms.innerMtu();
        this.establishedNs = terms.establishedNs();
        this.confirmed = confirmed;
        this.confirmedNs = establishedNs;
        this.sending = new SendingKey(aead.sealer(terms.suite(), terms.sendKey(), terms.sendIv()), remoteIndex);
        try
        {
            this.receiving = new ReceivingKey(aead.opener(terms.suite(), terms.receiveKey(), terms.receiveIv()));
        }
        catch (final RuntimeException ex)
        {
            sending.destroy();
            throw ex;
        }
    }

    /**
     * Seals a frame in place. Its plaintext lies at {@code frame + SealedFrame.PLAINTEXT_OFFSET}; the 23 bytes before
     * it become header and index, and the 16 bytes after it the tag. Every call that gets so far consumes a sequence,
     * and a frame once sealed may be sent again but not sealed again.
     *
     * @param type            of the frame, one of those that are sealed.
     * @param frame           address of the frame's first byte.
     * @param plaintextLength 0 or more.
     * @param nowNs           of the session's clock.
     * @return the datagram's length, or the code of {@link DropReason#KEY_EXPIRED}, {@link DropReason#KEY_EXHAUSTED} or
     *         {@link DropReason#OUTBOUND_TOO_LARGE}; the plaintext is then untouched.
     */
    public int seal(final byte type, final long frame, final int plaintextLength, final long nowNs)
    {
        return seal(type, frame + SealedFrame.PLAINTEXT_OFFSET, plaintextLength, frame, nowNs);
    }

    /**
     * Seals a plaintext into a frame that lies elsewhere, as {@link #seal(byte, long, int, long)} does in place. The
     * plaintext is read once and not changed.
     *
     * @param type            of the frame, one of those that are sealed.
     * @param text            address of the plaintext.
     * @param plaintextLength 0 or more.
     * @param frame           address of {@code plaintextLength + SealedFrame.OVERHEAD} bytes for the frame.
     * @param nowNs           of the session's clock.
     * @return as {@link #seal(byte, long, int, long)}; after a failure nothing is written.
     */
    public int seal(
        final byte type, final long text, final int plaintextLength, final long frame, final long nowNs)
    {
        final long ageNs = nowNs - establishedNs;
        if (ageNs >= Lifetimes.REFUSE_NS || ended)
        {
            return DropReason.KEY_EXPIRED.code();
        }
        // A duty cycle may have read its clock just before the session was made.
        return sending.seal(type, text, plaintextLength, frame, Math.max(0, ageNs));
    }

    /**
     * Opens a frame in place, after {@link FrameHeader#validate} has found its header sound and its index has selected
     * this session. The plaintext then lies at {@code frame + SealedFrame.PLAINTEXT_OFFSET}.
     *
     * @param frame          address of the datagram's first byte.
     * @param datagramLength of the whole datagram.
     * @param nowNs          of the session's clock.
     * @return the plaintext's length, or the code of {@link DropReason#KEY_EXPIRED}, {@link DropReason#KEY_EXHAUSTED},
     *         {@link DropReason#TRUNCATED_FRAME}, {@link DropReason#REPLAY_DUPLICATE},
     *         {@link DropReason#REPLAY_TOO_OLD} or {@link DropReason#AUTHENTICATION_FAILED}; the frame's
     *         bytes are then not to be used.
     */
    public int open(final long frame, final int datagramLength, final long nowNs)
    {
        openedHighest = false;
        if (nowNs - establishedNs >= Lifetimes.REFUSE_NS || ended)
        {
            return DropReason.KEY_EXPIRED.code();
        }
        final long highestBefore = receiving.highest();
        final int result = receiving.open(frame, datagramLength);
        openedHighest = result >= 0 && receiving.highest() > highestBefore;
        return result;
    }

    static boolean isData(final byte type, final int plaintextLength)
    {
        return plaintextLength > 0 && (type == FrameType.DATA || type == FrameType.DATA_PARTIAL);
    }

    /**
     * Tells the receive agent whether the last {@link #open} opened a frame whose sequence is the highest so far: only
     * such a frame may move the peer's endpoint.
     *
     * @return false after a failed call too.
     */
    public boolean openedHighest()
    {
        return openedHighest;
    }

    /**
     * The session's index here.
     *
     * @return what frames from the peer carry.
     */
    public int localIndex()
    {
        return localIndex;
    }

    /**
     * The session's index at the peer.
     *
     * @return what frames to the peer carry.
     */
    public int remoteIndex()
    {
        return remoteIndex;
    }

    /**
     * The other side.
     *
     * @return the peer.
     */
    public Peer peer()
    {
        return peer;
    }

    /**
     * Tells which side began.
     *
     * @return true if this node did.
     */
    public boolean isInitiator()
    {
        return initiator;
    }

    /**
     * What both sides can do.
     *
     * @return the capability bits that both offered.
     */
    public int capabilities()
    {
        return capabilities;
    }

    /**
     * Tells whether frames may be of type {@link FrameType#DATA_PARTIAL}.
     *
     * @return true if both sides offered it.
     */
    public boolean takesPartialChecksums()
    {
        return (capabilities & PARTIAL_CHECKSUMS) != 0;
    }

    /**
     * The largest inner packet that both sides expect.
     *
     * @return bytes.
     */
    public int innerMtu()
    {
        return innerMtu;
    }

    /**
     * When the handshake completed on this side; keys age from here.
     *
     * @return ns on the clock that all times here are of.
     */
    public long establishedNs()
    {
        return establishedNs;
    }

    /**
     * Tells whether the peer is known to hold the keys. Until then a responder sends nothing on the session.
     *
     * @return true for an initiator; for a responder once the control thread has heard of the first frame that opened.
     */
    public boolean isConfirmed()
    {
        return confirmed;
    }

    /**
     * Tells whether {@link #seal} would seal, were the frame short enough.
     *
     * @param nowNs of the session's clock.
     * @return false once the key is past its time or its bounds, or the session has ended.
     */
    public boolean isUsable(final long nowNs)
    {
        return !ended && nowNs - establishedNs < Lifetimes.REFUSE_NS && !sending.isExhausted();
    }

    /**
     * Tells whether the session has been ended: by CLOSE, by a successor, or by age.
     *
     * @return true if nothing is sealed or opened any more.
     */
    public boolean isEnded()
    {
        return ended;
    }

    /**
     * Frames sealed so far; the sequence of the next one.
     *
     * @return the count.
     */
    public long framesSealed()
    {
        return sending.frames();
    }

    /**
     * Bytes of the datagrams sealed so far.
     *
     * @return the bytes.
     */
    public long bytesSealed()
    {
        return sending.bytes();
    }

    /**
     * Authentic frames received, as a receive report states it.
     *
     * @return the count.
     */
    public long packetsReceived()
    {
        return receiving.packets();
    }

    /**
     * Bytes of their datagrams, as a receive report states it.
     *
     * @return the bytes.
     */
    public long bytesReceived()
    {
        return receiving.bytes();
    }

    /**
     * The highest sequence among them, as a receive report states it.
     *
     * @return the sequence, 0 before the first.
     */
    public long highestSequence()
    {
        return Math.max(0, receiving.highest());
    }

    /**
     * Sequences up to the highest that have not come, as a receive report states it.
     *
     * @return the count; it falls when a late frame comes after all.
     */
    public long packetsLost()
    {
        final long received = packetsReceived();
        return Math.max(0, receiving.highest() + 1 - received);
    }

    /**
     * Frames whose tag was wrong.
     *
     * @return the count.
     */
    public long failedTags()
    {
        return receiving.failedTags();
    }

    /**
     * Tells whether an inner packet went either way; without one a key is not renewed.
     *
     * @return false if there were only keepalives and echoes.
     */
    public boolean hasCarriedData()
    {
        return sending.hasCarriedData() || receiving.hasCarriedData();
    }

    /**
     * When the session was confirmed. For the control thread.
     *
     * @return ns; of a session that is not confirmed, when it was established.
     */
    public long confirmedNs()
    {
        return confirmedNs;
    }

    /** Notes that the peer holds the keys. Control thread. */
    void confirm(final long nowNs)
    {
        confirmedNs = nowNs;
        confirmed = true;
    }

    /** Makes both agents refuse the session from now on. Control thread. */
    void end()
    {
        ended = true;
    }

    /**
     * Zeroes the keys and frees the cipher contexts. The control thread calls it once the session is out of the table
     * and both agents have passed a duty cycle since; it may be called twice.
     */
    public void destroy()
    {
        ended = true;
        sending.destroy();
        receiving.destroy();
    }

    /**
     * Names the session without its keys.
     *
     * @return such as {@code session 1f3a77c2 with alice}.
     */
    @Override
    public String toString()
    {
        return String.format("session %08x with %s", localIndex, peer.name());
    }
}
