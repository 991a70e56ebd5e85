package io.shadowmesh.dataplane.capture;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** A pcapng file, read as the specification has it and as strictly as it can be. */
public final class RecordedFile
{
    /** One packet of it. */
    public record Packet(boolean outbound, long epochNs, int length, byte[] bytes)
    {
    }

    private final List<Packet> packets = new ArrayList<>();
    private int linkType;
    private int snapLength;
    private String device;
    private long received = -1;
    private long missed = -1;

    private RecordedFile()
    {
    }

    /** Reads all of a file; an AssertionError says what is wrong with it. */
    public static RecordedFile parse(final byte[] bytes)
    {
        final RecordedFile file = new RecordedFile();
        final ByteBuffer all = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        check(all.getInt(0) == 0x0A0D0D0A && all.getInt(8) == 0x1A2B3C4D && all.getShort(12) == 1, "section header");
        while (all.hasRemaining())
        {
            final int start = all.position();
            final int type = all.getInt();
            final int length = all.getInt();
            check(length % 4 == 0 && length >= 12 && length <= bytes.length - start, "length of block " + type);
            check(all.getInt(start + length - 4) == length, "second length of block " + type);
            final ByteBuffer body = all.slice(start + 8, length - 12).order(ByteOrder.LITTLE_ENDIAN);
            switch (type)
            {
                case 0x0A0D0D0A -> check(start == 0, "one section");
                case 1 -> file.description(body);
                case 5 -> file.statistics(body);
                case 6 -> file.packet(body);
                default -> throw new AssertionError("block of type " + type);
            }
            all.position(start + length);
        }
        return file;
    }

    private void description(final ByteBuffer body)
    {
        linkType = body.getShort() & 0xFFFF;
        body.getShort();
        snapLength = body.getInt();
        final Map<Integer, byte[]> options = options(body);
        device = new String(options.get(2), StandardCharsets.UTF_8);
        check(options.get(9)[0] == 9, "nanoseconds");
    }

    private void packet(final ByteBuffer body)
    {
        check(body.getInt() == 0, "interface");
        final long epochNs = ((long)body.getInt() << 32) | (body.getInt() & 0xFFFFFFFFL);
        final byte[] bytes = new byte[body.getInt()];
        final int length = body.getInt();
        check(bytes.length <= length && bytes.length <= snapLength, "captured length");
        body.get(bytes);
        body.position((body.position() + 3) & -4);
        final int flags = ByteBuffer.wrap(options(body).get(2)).order(ByteOrder.LITTLE_ENDIAN).getInt();
        check((flags & 3) == 1 || (flags & 3) == 2, "direction");
        packets.add(new Packet((flags & 3) == 2, epochNs, length, bytes));
    }

    private void statistics(final ByteBuffer body)
    {
        body.position(12);
        final Map<Integer, byte[]> options = options(body);
        received = ByteBuffer.wrap(options.get(4)).order(ByteOrder.LITTLE_ENDIAN).getLong();
        missed = ByteBuffer.wrap(options.get(5)).order(ByteOrder.LITTLE_ENDIAN).getLong();
    }

    private static Map<Integer, byte[]> options(final ByteBuffer body)
    {
        final Map<Integer, byte[]> options = new HashMap<>();
        while (body.hasRemaining())
        {
            final int code = body.getShort();
            final byte[] value = new byte[body.getShort()];
            body.get(value);
            body.position((body.position() + 3) & -4);
            if (code == 0)
            {
                check(!body.hasRemaining() && value.length == 0, "end of options");
                return options;
            }
            options.put(code, value);
        }
        throw new AssertionError("options without an end");
    }

    private static void check(final boolean fine, final String what)
    {
        if (!fine)
        {
            throw new AssertionError("not as pcapng has it: " + what);
        }
    }

    public List<Packet> packets()
    {
        return packets;
    }

    public int linkType()
    {
        return linkType;
    }

    public String device()
    {
        return device;
    }

    /** Packets that there were while it was recorded; -1 where the end is missing. */
    public long received()
    {
        return received;
    }

    /** Those of them that are not in it; -1 where the end is missing. */
    public long missed()
    {
        return missed;
    }
}
