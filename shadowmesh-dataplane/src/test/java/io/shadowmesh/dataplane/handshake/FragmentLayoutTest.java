package io.shadowmesh.dataplane.handshake;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.util.ArrayList;
import java.util.List;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

class FragmentLayoutTest
{
    @ParameterizedTest
    @CsvSource({
        "1, 1216, 1240, 1216", "1, 1216, 1160, 1160;56",
        "2, 2368, 1240, 1240;1128", "2, 2368, 1160, 1160;1160;48",
        "3, 2392, 1240, 1240;1152", "3, 2392, 1160, 1160;1160;72",
        "4, 1160, 1240, 1160", "4, 1160, 1160, 1160"})
    void cutsEveryMessageInTwoWays(final int message, final int length, final int chunk, final String lengths)
    {
        final List<String> cut = new ArrayList<>();
        final int count = FragmentLayout.count(message, chunk);
        int offset = 0;
        for (int fragment = 0; fragment < count; fragment++)
        {
            assertEquals(offset, FragmentLayout.fragmentOffset(message, count, fragment));
            final int fragmentLength = FragmentLayout.fragmentLength(message, count, fragment);
            cut.add(Integer.toString(fragmentLength));
            offset += fragmentLength;
        }
        assertEquals(lengths, String.join(";", cut));
        assertEquals(length, offset);
        assertEquals(length, FragmentLayout.messageLength(message));
    }

    @Test
    void knowsTheOnlyValidCounts()
    {
        final int[][] valid = {{}, {1, 2}, {2, 3}, {2, 3}, {1}};
        for (int message = 1; message <= 4; message++)
        {
            for (int count = 0; count < 256; count++)
            {
                boolean wanted = false;
                for (final int candidate : valid[message])
                {
                    wanted |= candidate == count;
                }
                assertEquals(wanted, FragmentLayout.isCount(message, count), message + " in " + count);
            }
        }
        assertFalse(FragmentLayout.isMessage(0));
        assertFalse(FragmentLayout.isMessage(5));
        assertTrue(FragmentLayout.isMessage(4));
    }

    @Test
    void alternatesBetweenTheChunks()
    {
        assertEquals(1160, FragmentLayout.otherChunk(1240));
        assertEquals(1240, FragmentLayout.otherChunk(1160));
    }
}
