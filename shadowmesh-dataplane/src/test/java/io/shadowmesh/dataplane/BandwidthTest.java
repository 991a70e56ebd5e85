package io.shadowmesh.dataplane;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

class BandwidthTest
{
    @ParameterizedTest
    @CsvSource({
        "50M, 50000000", "1G, 1000000000", "2.5g, 2500000000", "800k, 800000", "64000, 64000", "400G, 400000000000",
        "100Mbit, 100000000", "100mbit/s, 100000000", "0.1Gbps, 100000000", "1234567, 1234567"})
    void readsARateAsPeopleWriteIt(final String text, final long bitsPerSecond)
    {
        assertEquals(bitsPerSecond, Bandwidth.parse(text).bitsPerSecond());
        assertFalse(Bandwidth.parse(text).isAuto());
    }

    @ParameterizedTest
    @ValueSource(strings = {"auto", "AUTO"})
    void readsThatItIsToBeFoundOut(final String text)
    {
        assertTrue(Bandwidth.parse(text).isAuto());
        assertEquals(0, Bandwidth.parse(text).bitsPerSecond());
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "fast", "50X", "-5M", "5 M", "M", ".5M", "5.M", "1e9", "50MB", "0x10", "1_000M", "٥٠M",
        "12345678901234"})
    void refusesWhatIsNoRateAndSaysWhatToWrite(final String text)
    {
        final String why = assertThrows(IllegalArgumentException.class, () -> Bandwidth.parse(text)).getMessage();
        assertEquals("'" + text + "': give a rate in bit/s, such as 50M, 2.5G or 800k, or auto", why);
    }

    @ParameterizedTest
    @ValueSource(strings = {"0", "63999", "63.9k", "400.1G", "999999999999G"})
    void refusesRatesThatNoLinkHas(final String text)
    {
        final String why = assertThrows(IllegalArgumentException.class, () -> Bandwidth.parse(text)).getMessage();
        assertEquals("'" + text + "': give a rate from 64k to 400G bit/s", why);
    }

    @Test
    void refusesSuchRatesAsNumbersToo()
    {
        assertThrows(IllegalArgumentException.class, () -> Bandwidth.of(0));
        assertThrows(IllegalArgumentException.class, () -> Bandwidth.of(-1));
        assertThrows(IllegalArgumentException.class, () -> new Bandwidth(50_000_000, true));
    }
}
