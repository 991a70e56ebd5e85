package io.shadowmesh.dataplane;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import static org.junit.jupiter.api.Assertions.assertEquals;

class ThreadingModeTest
{
    @ParameterizedTest
    @CsvSource({"1, SHARED", "2, SHARED", "3, PAIRED", "64, PAIRED"})
    void fitsTheProcessors(final int processors, final ThreadingMode mode)
    {
        assertEquals(mode, ThreadingMode.fitting(processors));
    }
}
