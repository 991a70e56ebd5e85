package io.shadowmesh.dataplane.capture;

import org.agrona.DirectBuffer;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.WritableByteChannel;
import java.nio.charset.StandardCharsets;

/**
 * Writes a recording of one interface as Wireshark reads it: a Section Header Block, an Interface Description Block
 * (LINKTYPE_RAW, times in ns), an Enhanced Packet Block for each packet, and at the end an Interface Statistics Block.
 * All numbers are little-endian, each block is padded to 4 bytes.
 *
 * <p><b>Threading:</b> one thread. <b>Source:</b> draft-ietf-opsawg-pcapng, sections 4.1 to 4.6.
 */
final class PcapngWriter
{
    /** What an Enhanced Packet Block takes beside the packet and its padding. */
    static final int PACKET_BLOCK_OVERHEAD = 44;

    private static final int SECTION_HEADER = 0x0A0D0D0A;
    private static final int INTERFACE_DESCRIPTION = 1;
    private static final int INTERFACE_STATISTICS = 5;
    private static final int ENHANCED_PACKET = 6;
    private static final int BYTE_ORDER_MAGIC = 0x1A2B3C4D;
    private static final short MAJOR_VERSION = 1;
    private static final long LENGTH_UNKNOWN = -1;
    private static final short LINKTYPE_RAW = 101;

    private static final int END_OF_OPTIONS = 0;
    private static final int SHB_USERAPPL = 4;
    private static final int IF_NAME = 2;
    private static final int IF_TSRESOL = 9;
    private static final int EPB_FLAGS = 2;
    private static final int ISB_STARTTIME = 2;
    private static final int ISB_ENDTIME = 3;
    private static final int ISB_IFRECV = 4;
    private static final int ISB_IFDROP = 5;

    private static final byte NANOSECONDS = 9;
    private static final int FLAG_INBOUND = 1;
    private static final int FLAG_OUTBOUND = 2;
    private static final int BUFFER_LENGTH = 512 * 1024;
    private static final int ROOM = 70 * 1024;

    private final ByteBuffer buffer = ByteBuffer.allocateDirect(BUFFER_LENGTH).order(ByteOrder.LITTLE_ENDIAN);
    private final WritableByteChannel out;
    private long written;

    PcapngWriter(final WritableByteChannel out)
    {
        this.out = out;
    }

    /** What a file begins with. */
    void begin(final String application, final String device, final int snapLength) throws IOException
    {
        final int section = beginBlock(SECTION_HEADER);
        buffer.putInt(BYTE_ORDER_MAGIC).putShort(MAJOR_VERSION).putShort((short)0).putLong(LENGTH_UNKNOWN);
        option(SHB_USERAPPL, application.getBytes(StandardCharsets.UTF_8));
        endOptions();
        endBlock(section);

        final int description = beginBlock(INTERFACE_DESCRIPTION);
        buffer.putShort(LINKTYPE_RAW).putShort((short)0).putInt(snapLength);
        option(IF_NAME, device.getBytes(StandardCharsets.UTF_8));
        option(IF_TSRESOL, new byte[] {NANOSECONDS});
        endOptions();
        endBlock(description);
        flush();
    }

    /** The length that a packet's block will have. */
    static int blockLength(final int captured)
    {
        return PACKET_BLOCK_OVERHEAD + padded(captured);
    }

    /** One packet, of which the first bytes are there. */
    void packet(
        final boolean outbound,
        final long epochNs,
        final int length,
        final DirectBuffer from,
        final int offset,
        final int captured) throws IOException
    {
        final int block = beginBlock(ENHANCED_PACKET);
        buffer.putInt(0);
        putTime(epochNs);
        buffer.putInt(captured).putInt(length);
        from.getBytes(offset, buffer, captured);
        pad(captured);
        buffer.putShort((short)EPB_FLAGS).putShort((short)Integer.BYTES).putInt(outbound ? FLAG_OUTBOUND : FLAG_INBOUND);
        endOptions();
        endBlock(block);
        if (buffer.remaining() < ROOM)
        {
            flush();
        }
    }

    /** What a file ends with. */
    void end(final long startNs, final long endNs, final long received, final long missed) throws IOException
    {
        final int block = beginBlock(INTERFACE_STATISTICS);
        buffer.putInt(0);
        putTime(endNs);
        optionHeader(ISB_STARTTIME, Long.BYTES);
        putTime(startNs);
        optionHeader(ISB_ENDTIME, Long.BYTES);
        putTime(endNs);
        optionHeader(ISB_IFRECV, Long.BYTES);
        buffer.putLong(received);
        optionHeader(ISB_IFDROP, Long.BYTES);
        buffer.putLong(missed);
        endOptions();
        endBlock(block);
        flush();
    }

    /** Hands on what has been written so far. */
    void flush() throws IOException
    {
        buffer.flip();
        written += buffer.remaining();
        while (buffer.hasRemaining())
        {
            out.write(buffer);
        }
        buffer.clear();
    }

    /** Bytes of the file so far. */
    long length()
    {
        return written + buffer.position();
    }

    private int beginBlock(final int type)
    {
        final int start = buffer.position();
        buffer.putInt(type).putInt(0);
        return start;
    }

    private void endBlock(final int start)
    {
        final int length = buffer.position() + Integer.BYTES - start;
        buffer.putInt(length);
        buffer.putInt(start + Integer.BYTES, length);
    }

    /** The high half comes first, whatever the byte order. */
    private void putTime(final long epochNs)
    {
        buffer.putInt((int)(epochNs >>> Integer.SIZE)).putInt((int)epochNs);
    }

    private void option(final int code, final byte[] value)
    {
        optionHeader(code, value.length);
        buffer.put(value);
        pad(value.length);
    }

    private void optionHeader(final int code, final int length)
    {
        buffer.putShort((short)code).putShort((short)length);
    }

    private void endOptions()
    {
        optionHeader(END_OF_OPTIONS, 0);
    }

    private void pad(final int length)
    {
        for (int i = length; i < padded(length); i++)
        {
            buffer.put((byte)0);
        }
    }

    private static int padded(final int length)
    {
        return (length + Integer.BYTES - 1) & -Integer.BYTES;
    }
}
