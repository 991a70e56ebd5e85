package io.shadowmesh.dataplane.agent;

import io.shadowmesh.dataplane.frame.ReceiveReport;
import io.shadowmesh.dataplane.session.Peer;
import io.shadowmesh.dataplane.session.Session;
import io.shadowmesh.dataplane.status.EchoReply;
import io.shadowmesh.ffi.SystemCalls;
import org.agrona.DirectBuffer;

import java.util.concurrent.CompletableFuture;

/**
 * Echoes: has those of this node sealed and sent, answers those of its peers, and says what the replies have measured, to
 * the peer's link and to whoever asked.
 *
 * <p><b>Threading:</b> the control thread; the answers are cancelled by any.
 */
final class EchoControl
{
    private final EchoProbes probes = new EchoProbes();
    private final SendRing commands;
    private final SystemCalls calls;

    EchoControl(final SendRing commands, final SystemCalls calls)
    {
        this.commands = commands;
        this.calls = calls;
    }

    /** The timers ask for an echo on a session. */
    void send(final Session session, final long nowNs)
    {
        probes.onEcho(session.peer(), session.localIndex(), nowNs);
        command(SendRing.ECHO_REQUEST, session, 0, 0);
    }

    /** Somebody asks for an echo to a peer; where there is no session with it, the answer fails. */
    void probe(final Peer peer, final long nowNs, final CompletableFuture<EchoReply> answer)
    {
        final Session current = peer.current();
        if (null == current || !current.isUsable(nowNs) || null == peer.endpoint())
        {
            answer.completeExceptionally(new IllegalStateException("there is no session with " + peer));
            return;
        }
        peer.link().onEcho(nowNs);
        probes.onProbe(peer, current.localIndex(), nowNs, answer);
        command(SendRing.ECHO_REQUEST, current, 0, 0);
    }

    /** A peer asks, as an event of the {@link ControlRing} says: it is answered as often as it may be. */
    void onRequest(final Session session, final DirectBuffer buffer, final int index, final long nowNs)
    {
        if (session.peer().mayAnswerEcho(nowNs))
        {
            command(
                SendRing.ECHO_REPLY,
                session,
                buffer.getLong(index + ControlRing.SEQUENCE_OFFSET),
                buffer.getLong(index + ControlRing.TIMESTAMP_OFFSET));
        }
    }

    /** A peer answers, as an event of the {@link ControlRing} says. */
    void onReply(final Session session, final DirectBuffer buffer, final int index)
    {
        final int report = index + ControlRing.REPORT_OFFSET;
        final long receivedNs = buffer.getLong(index + ControlRing.RECEIVED_OFFSET);
        final long sealedNs = session.establishedNs() + ReceiveReport.echoedTimestampNs(buffer, report);
        final EchoReply reply = new EchoReply(
            receivedNs - sealedNs,
            session.localIndex(),
            ReceiveReport.packetsReceived(buffer, report),
            ReceiveReport.bytesReceived(buffer, report),
            ReceiveReport.packetsLost(buffer, report),
            buffer.getLong(index + ControlRing.REPLY_TIMESTAMP_OFFSET));
        session.peer().link().onReply(
            reply.rttNs(),
            receivedNs,
            reply.session(),
            reply.reportedNs(),
            reply.packetsReceived(),
            reply.bytesReceived(),
            reply.packetsLost(),
            Outbox.headerLength(session.peer().endpoint()));
        probes.onReply(session.peer(), sealedNs, reply);
    }

    /** A peer without sessions is leaving: whoever waits for it is told so. */
    void forget(final Peer peer)
    {
        probes.forget(peer);
    }

    private void command(final int command, final Session session, final long sequence, final long timestampNs)
    {
        final int index = commands.claimEcho(command, session.localIndex());
        if (index >= 0)
        {
            ReceiveReport.encode(
                commands.buffer(),
                index + SendRing.REPORT_OFFSET,
                session.packetsReceived(),
                session.bytesReceived(),
                session.highestSequence(),
                session.packetsLost(),
                sequence,
                timestampNs);
            commands.publish(calls, index);
        }
    }
}
