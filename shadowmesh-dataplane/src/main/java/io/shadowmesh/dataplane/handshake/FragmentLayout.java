package io.shadowmesh.dataplane.handshake;

/**
 * How the four messages are cut into fragments. The initiator picks a chunk per attempt and the responder answers with
 * the same; all fragments but the last are one chunk, so a message's number and count give every fragment's length.
 *
 * <pre>
 *  message  length  fragments at 1240  fragments at 1160
 *       M1    1216                  1                  2
 *       M2    2368                  2                  3
 *       M3    2392                  2                  3
 *       M4    1160                  1                  1
 * </pre>
 *
 * <p>Source: wire protocol ShadowMesh/1, section 4.
 */
final class FragmentLayout
{
    /** Number of the message {@code e}. */
    static final int M1 = 1;

    /** Number of the message {@code ekem, s}. */
    static final int M2 = 2;

    /** Number of the message {@code skem, s, psk}. */
    static final int M3 = 3;

    /** Number of the message {@code skem}. */
    static final int M4 = 4;

    /** The chunk of a first attempt: fits a path MTU of 1355 bytes over IPv6. */
    static final int LARGE_CHUNK = 1240;

    /** The chunk of a second attempt: fits the smallest IPv6 path, 1280 bytes, with room to spare. */
    static final int SMALL_CHUNK = 1160;

    private static final int[] MESSAGE_LENGTHS = {0, 1216, 2368, 2392, 1160};

    private FragmentLayout()
    {
    }

    static boolean isMessage(final int message)
    {
        return message >= M1 && message <= M4;
    }

    static int messageLength(final int message)
    {
        return MESSAGE_LENGTHS[message];
    }

    static int count(final int message, final int chunk)
    {
        return (MESSAGE_LENGTHS[message] + chunk - 1) / chunk;
    }

    /**
     * Tells whether a count is one of the message's two.
     */
    static boolean isCount(final int message, final int count)
    {
        return count == count(message, LARGE_CHUNK) || count == count(message, SMALL_CHUNK);
    }

    /**
     * The chunk that a valid count stands for. M4 is one fragment with either chunk.
     */
    static int chunk(final int message, final int count)
    {
        return count == count(message, LARGE_CHUNK) ? LARGE_CHUNK : SMALL_CHUNK;
    }

    /**
     * The chunk of the attempt after one that failed.
     */
    static int otherChunk(final int chunk)
    {
        return chunk == LARGE_CHUNK ? SMALL_CHUNK : LARGE_CHUNK;
    }

    static int fragmentOffset(final int message, final int count, final int fragment)
    {
        return fragment * chunk(message, count);
    }

    static int fragmentLength(final int message, final int count, final int fragment)
    {
        final int offset = fragmentOffset(message, count, fragment);
        return fragment < count - 1 ? chunk(message, count) : MESSAGE_LENGTHS[message] - offset;
    }
}
