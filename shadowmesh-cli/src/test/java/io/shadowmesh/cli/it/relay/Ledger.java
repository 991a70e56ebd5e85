package io.shadowmesh.cli.it.relay;

import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/**
 * The account of all that came, and what was done with it.
 *
 * <p>Counts have the sign of their direction before them: kinds ({@code >M1}, {@code <T0}) and the sums {@code datagrams}
 * and {@code bytes} count what came in; {@code lost}, {@code burst}, {@code ruled}, {@code blackholed},
 * {@code overflowed} and {@code clientless} what went no further; {@code duplicated}, {@code corrupted} and
 * {@code reordered} what was changed; {@code unsent} what the kernel refused to send.
 *
 * <p>Of the last {@value #ENTRIES} datagrams each has a line: milliseconds since the start, direction, number, kind,
 * length, the indices of sender and receiver (hexadecimal, 0 for none), and its fate.
 *
 * <p><b>Threading</b>: one thread.
 */
final class Ledger
{
    static final int ENTRIES = 1 << 16;

    private static final int DUPLICATED = 1;
    private static final int DAMAGED = 2;
    private static final int HELD_BACK = 4;

    private final long startNs = System.nanoTime();
    private final Account[] accounts = {new Account(), new Account()};
    private final long[] timesNs = new long[ENTRIES];
    private final long[] numbers = new long[ENTRIES];
    private final int[] lengths = new int[ENTRIES];
    private final int[] senders = new int[ENTRIES];
    private final int[] receivers = new int[ENTRIES];
    private final short[] kinds = new short[ENTRIES];
    private final byte[] fates = new byte[ENTRIES];
    private final byte[] changes = new byte[ENTRIES];
    private final byte[] directions = new byte[ENTRIES];
    private long entries;
    private long rebinds;

    /** Writes one datagram down, as it came. */
    void record(
        final Direction direction, final int kind, final ByteBuffer datagram, final Fate fate, final long nowNs)
    {
        final int length = datagram.limit();
        final Account account = accounts[direction.ordinal()];
        account.kinds[kind]++;
        account.datagrams++;
        account.bytes += length;
        account.verdicts[fate.verdict.ordinal()]++;
        int change = 0;
        if (fate.isForwarded())
        {
            if (fate.duplicated)
            {
                account.duplicated++;
                change |= DUPLICATED;
            }
            if (Fate.UNDAMAGED != fate.damagedBit)
            {
                account.corrupted++;
                change |= DAMAGED;
            }
            if (fate.heldBack)
            {
                account.reordered++;
                change |= HELD_BACK;
            }
        }
        final int entry = (int)(entries++ % ENTRIES);
        timesNs[entry] = nowNs - startNs;
        numbers[entry] = account.datagrams;
        lengths[entry] = length;
        senders[entry] = DatagramKind.senderIndex(datagram, kind);
        receivers[entry] = DatagramKind.receiverIndex(datagram, kind);
        kinds[entry] = (short)kind;
        fates[entry] = (byte)fate.verdict.ordinal();
        changes[entry] = (byte)change;
        directions[entry] = (byte)direction.ordinal();
    }

    /** The kernel has refused to send one. */
    void recordUnsent(final Direction direction)
    {
        accounts[direction.ordinal()].unsent++;
    }

    void recordRebind()
    {
        rebinds++;
    }

    /** All counts that are not zero, by name. */
    Map<String, Long> counts()
    {
        final Map<String, Long> counts = new TreeMap<>();
        for (final Direction direction : Direction.values())
        {
            accounts[direction.ordinal()].addTo(counts, String.valueOf(direction.sign()));
        }
        counts.put("rebinds", rebinds);
        counts.values().removeIf(count -> 0 == count);
        return counts;
    }

    /** Writes the lines of the last datagrams. Returns how many there are. */
    long writeTo(final Path file) throws IOException
    {
        final long first = Math.max(0, entries - ENTRIES);
        try (BufferedWriter writer = Files.newBufferedWriter(file, StandardCharsets.UTF_8))
        {
            for (long i = first; i < entries; i++)
            {
                writer.write(line((int)(i % ENTRIES)));
                writer.newLine();
            }
        }
        return entries - first;
    }

    private String line(final int entry)
    {
        final int change = changes[entry];
        return String.format(Locale.ROOT, "%.3f %c %d %s %d %08x %08x %s%s%s%s",
            timesNs[entry] / 1e6,
            Direction.values()[directions[entry]].sign(),
            numbers[entry],
            DatagramKind.name(kinds[entry]),
            lengths[entry],
            senders[entry],
            receivers[entry],
            Verdict.values()[fates[entry]].text(),
            (change & DUPLICATED) != 0 ? " duplicated" : "",
            (change & DAMAGED) != 0 ? " corrupted" : "",
            (change & HELD_BACK) != 0 ? " reordered" : "");
    }

    /** The counts of one direction. */
    private static final class Account
    {
        private final long[] kinds = new long[DatagramKind.COUNT];
        private final long[] verdicts = new long[Verdict.values().length];
        private long datagrams;
        private long bytes;
        private long duplicated;
        private long corrupted;
        private long reordered;
        private long unsent;

        void addTo(final Map<String, Long> counts, final String sign)
        {
            for (int kind = 0; kind < kinds.length; kind++)
            {
                if (kinds[kind] > 0)
                {
                    counts.put(sign + DatagramKind.name(kind), kinds[kind]);
                }
            }
            for (final Verdict verdict : Verdict.values())
            {
                counts.put(sign + verdict.text(), Verdict.FORWARDED == verdict ? 0 : verdicts[verdict.ordinal()]);
            }
            counts.put(sign + "datagrams", datagrams);
            counts.put(sign + "bytes", bytes);
            counts.put(sign + "duplicated", duplicated);
            counts.put(sign + "corrupted", corrupted);
            counts.put(sign + "reordered", reordered);
            counts.put(sign + "unsent", unsent);
        }
    }
}
