package io.shadowmesh.cli.it.relay;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.file.Path;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.LockSupport;

/**
 * A box between a client and a server that forwards datagrams as a {@link FaultPlan} says.
 *
 * <pre>
 *   1  wait until something comes, or something that was held back is due
 *   2  do what was asked for, and rebind if it is time
 *   3  send what is due
 *   4  receive from either side: write it down, then lose it, hold it back, or send it at once
 * </pre>
 *
 * <p><b>Threading</b>: one thread of its own does all that; any thread may ask. The sockets belong to the network
 * namespace of the thread that constructs it.
 */
public final class FaultRelay implements AutoCloseable
{
    private static final int BUFFER_BYTES = 4 << 20;
    private static final int LONGEST_DATAGRAM = 65_536;
    private static final int BURST_LIMIT = 64;
    private static final long MILLISECOND_NS = 1_000_000;
    private static final long NAP_NS = 50_000;
    private static final long ANSWER_SECONDS = 30;

    private final Queue<FutureTask<?>> questions = new ConcurrentLinkedQueue<>();
    private final ByteBuffer datagram = ByteBuffer.allocateDirect(LONGEST_DATAGRAM);
    private final RecentDatagrams recent = new RecentDatagrams();
    private final FaultQueue queue = new FaultQueue();
    private final Ledger ledger = new Ledger();
    private final Wiring wiring;
    private final Selector selector;
    private final DatagramChannel front;
    private final Thread thread;
    private DatagramChannel back;
    private SocketAddress client;
    private Fates fates;
    private Selection losing;
    private int toLose;
    private boolean blocked;
    private long nextRebindNs = Long.MAX_VALUE;
    private int sourceIndex;
    private volatile boolean closed;

    /**
     * Opens the sockets and starts to relay.
     *
     * @param wiring where it stands.
     * @param plan   to follow at first.
     * @throws IOException if a socket cannot be opened.
     */
    public FaultRelay(final Wiring wiring, final FaultPlan plan) throws IOException
    {
        this.wiring = wiring;
        this.client = wiring.client();
        selector = Selector.open();
        front = open(wiring.front());
        back = open(new InetSocketAddress(wiring.sources().get(0), wiring.sourcePort()));
        follow(plan);
        thread = new Thread(this::run, "fault-relay");
        thread.setDaemon(true);
        thread.start();
    }

    /**
     * The address at which the client finds it.
     *
     * @return address and port.
     */
    public InetSocketAddress frontAddress()
    {
        return local(front);
    }

    /**
     * The address that the server sees now.
     *
     * @return address and port.
     */
    public InetSocketAddress backAddress()
    {
        return ask(() -> local(back));
    }

    /**
     * Follows another plan, whose datagrams and times count from now on. What is held back stays so.
     *
     * @param plan to follow.
     */
    public void plan(final FaultPlan plan)
    {
        ask(() -> follow(plan));
    }

    /**
     * What has been counted: see {@link Ledger}.
     *
     * @return counts by name; what was never seen is absent.
     */
    public Map<String, Long> counts()
    {
        return ask(ledger::counts);
    }

    /**
     * Writes down what became of each of the last datagrams: see {@link Ledger}.
     *
     * @param file to write.
     * @return how many lines it has.
     */
    public long writeLedger(final Path file)
    {
        return ask(() -> ledger.writeTo(file));
    }

    /**
     * Goes on from another port and perhaps another address, as a NAT does that has forgotten its mapping.
     *
     * @param source the address to send to the server from.
     * @return the new source port.
     */
    public int rebind(final InetAddress source)
    {
        return ask(() -> rebindNow(source));
    }

    /**
     * Cuts or mends the path, whatever the plan says.
     *
     * @param on whether nothing goes through.
     */
    public void block(final boolean on)
    {
        ask(() -> blocked = on);
    }

    /**
     * Loses the next datagrams of a choice, whatever the plan says.
     *
     * @param choice such as {@code >T0}: see {@link Selection}.
     * @param count  of those that are not forwarded.
     */
    public void lose(final String choice, final int count)
    {
        final Selection selection = new Selection(choice);
        ask(() ->
        {
            losing = selection;
            return toLose = count;
        });
    }

    /**
     * Sends the last 1000 datagrams of the client to the server once more, from another port.
     *
     * @return how many there were.
     */
    public int replay()
    {
        return ask(() -> recent.sendAgain(wiring.server()));
    }

    @Override
    public void close()
    {
        closed = true;
        selector.wakeup();
        try
        {
            thread.join();
        }
        catch (final InterruptedException e)
        {
            Thread.currentThread().interrupt();
        }
    }

    private <T> T ask(final Callable<T> question)
    {
        final FutureTask<T> task = new FutureTask<>(question);
        questions.add(task);
        selector.wakeup();
        try
        {
            return task.get(ANSWER_SECONDS, TimeUnit.SECONDS);
        }
        catch (final InterruptedException e)
        {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while the relay was asked", e);
        }
        catch (final ExecutionException | TimeoutException e)
        {
            throw new IllegalStateException("the relay does not answer", e);
        }
    }

    private void run()
    {
        try (selector; front)
        {
            while (!closed)
            {
                await(System.nanoTime());
                final long nowNs = System.nanoTime();
                for (FutureTask<?> question = questions.poll(); null != question; question = questions.poll())
                {
                    question.run();
                }
                if (nowNs - nextRebindNs >= 0)
                {
                    nextRebindNs += fates.plan().rebindNs();
                    sourceIndex = (sourceIndex + 1) % wiring.sources().size();
                    rebindNow(wiring.sources().get(sourceIndex));
                }
                release(nowNs);
                receive(front, Direction.TO_SERVER);
                receive(back, Direction.TO_CLIENT);
            }
            back.close();
        }
        catch (final IOException e)
        {
            throw new UncheckedIOException("the relay ends", e);
        }
    }

    private void await(final long nowNs) throws IOException
    {
        final long dueNs = Math.min(queue.nextReleaseNs(), nextRebindNs);
        final long waitNs = Long.MAX_VALUE == dueNs ? Long.MAX_VALUE : dueNs - nowNs;
        if (waitNs >= MILLISECOND_NS)
        {
            selector.select(Long.MAX_VALUE == waitNs ? 0 : waitNs / MILLISECOND_NS);
        }
        else if (selector.selectNow() == 0 && waitNs > 0)
        {
            LockSupport.parkNanos(Math.min(waitNs, NAP_NS));
        }
        selector.selectedKeys().clear();
    }

    private void receive(final DatagramChannel from, final Direction direction) throws IOException
    {
        for (int i = 0; i < BURST_LIMIT; i++)
        {
            datagram.clear();
            final SocketAddress source = from.receive(datagram);
            if (null == source)
            {
                return;
            }
            datagram.flip();
            if (Direction.TO_SERVER == direction)
            {
                client = source;
                recent.keep(datagram);
            }
            pass(direction, System.nanoTime());
        }
    }

    private void pass(final Direction direction, final long nowNs)
    {
        final int kind = DatagramKind.of(datagram);
        final Fate fate = fates.next(direction, kind, datagram.limit(), nowNs);
        if (blocked)
        {
            fate.verdict = Verdict.BLACKHOLED;
        }
        else if (toLose > 0 && losing.includes(direction, kind))
        {
            toLose--;
            fate.verdict = Verdict.RULED;
        }
        else if (Direction.TO_CLIENT == direction && null == client)
        {
            fate.verdict = Verdict.NO_CLIENT;
        }
        ledger.record(direction, kind, datagram, fate, nowNs);
        if (fate.isForwarded())
        {
            if (fate.duplicated)
            {
                sendOrHold(direction, fate.copyReleaseNs, nowNs);
            }
            if (Fate.UNDAMAGED != fate.damagedBit)
            {
                final int index = fate.damagedBit / Byte.SIZE;
                datagram.put(index, (byte)(datagram.get(index) ^ 1 << fate.damagedBit % Byte.SIZE));
            }
            sendOrHold(direction, fate.releaseNs, nowNs);
        }
    }

    private void sendOrHold(final Direction direction, final long releaseNs, final long nowNs)
    {
        if (releaseNs <= nowNs)
        {
            send(direction, datagram);
        }
        else
        {
            queue.add(datagram, direction, releaseNs);
        }
    }

    private void release(final long nowNs)
    {
        for (FaultQueue.Held held = queue.poll(nowNs); null != held; held = queue.poll(nowNs))
        {
            send(held.direction(), held.bytes());
            queue.recycle(held);
        }
    }

    /** What the kernel refuses is lost, as it is on a path that is down. */
    private void send(final Direction direction, final ByteBuffer bytes)
    {
        boolean done;
        try
        {
            bytes.rewind();
            done = Direction.TO_SERVER == direction ?
                back.send(bytes, wiring.server()) > 0 : front.send(bytes, client) > 0;
        }
        catch (final IOException e)
        {
            done = false;
        }
        if (!done)
        {
            ledger.recordUnsent(direction);
        }
    }

    private FaultPlan follow(final FaultPlan plan)
    {
        final long nowNs = System.nanoTime();
        fates = new Fates(plan, nowNs);
        nextRebindNs = plan.rebindNs() > 0 ? nowNs + plan.rebindNs() : Long.MAX_VALUE;
        return plan;
    }

    private int rebindNow(final InetAddress source) throws IOException
    {
        back.close();
        selector.selectNow();
        back = open(new InetSocketAddress(source, 0));
        ledger.recordRebind();
        return local(back).getPort();
    }

    private DatagramChannel open(final InetSocketAddress local) throws IOException
    {
        final DatagramChannel channel = DatagramChannel.open();
        channel.setOption(StandardSocketOptions.SO_RCVBUF, BUFFER_BYTES);
        channel.setOption(StandardSocketOptions.SO_SNDBUF, BUFFER_BYTES);
        channel.bind(local);
        channel.configureBlocking(false);
        channel.register(selector, SelectionKey.OP_READ);
        return channel;
    }

    private static InetSocketAddress local(final DatagramChannel channel)
    {
        try
        {
            return (InetSocketAddress)channel.getLocalAddress();
        }
        catch (final IOException e)
        {
            throw new UncheckedIOException(e);
        }
    }
}
