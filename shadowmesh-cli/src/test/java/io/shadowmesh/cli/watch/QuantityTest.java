package io.shadowmesh.cli.watch;

import java.util.Locale;

import org.junit.jupiter.api.Test;

import static org.junit.jupiter.api.Assertions.assertEquals;

final class QuantityTest
{
    @Test
    void showsThreeDigitsAndAPrefix()
    {
        assertEquals("0 B", Quantity.bytes(0));
        assertEquals("999 B", Quantity.bytes(999));
        assertEquals("1.00 kB", Quantity.bytes(1000));
        assertEquals("1.50 MB", Quantity.bytes(1_500_000));
        assertEquals("99.9 GB", Quantity.bytes(99_940_000_000L));
        assertEquals("100 GB", Quantity.bytes(99_960_000_000L));
        assertEquals("10.0 kbit/s", Quantity.bitRate(9_999));
        assertEquals("1.00 Mbit/s", Quantity.bitRate(999_999));
        assertEquals("0.25 /s", Quantity.rate(0.25));
        assertEquals("9.22 EB", Quantity.bytes(Long.MAX_VALUE));
    }

    @Test
    void showsTheTwoLargestUnitsOfATime()
    {
        assertEquals("0 s", Quantity.duration(999_999_999));
        assertEquals("59 s", Quantity.duration(59_000_000_000L));
        assertEquals("3 min 12 s", Quantity.duration(192_000_000_000L));
        assertEquals("2 h 5 min", Quantity.duration(7_500_000_000_000L));
        assertEquals("1 d 1 h", Quantity.duration(90_000_000_000_000L));
    }

    @Test
    void showsAShortTimeInTheUnitThatFits()
    {
        assertEquals("0 ns", Quantity.shortTime(0));
        assertEquals("999 ns", Quantity.shortTime(999));
        assertEquals("1.00 µs", Quantity.shortTime(1_000));
        assertEquals("12.3 µs", Quantity.shortTime(12_340));
        assertEquals("123 µs", Quantity.shortTime(123_400));
        assertEquals("4.56 ms", Quantity.shortTime(4_560_000));
        assertEquals("2500 ms", Quantity.shortTime(2_500_000_000L));
    }

    @Test
    void saysThatSomethingIsUnknown()
    {
        assertEquals("-", Quantity.milliseconds(-1));
        assertEquals("-", Quantity.percent(-1));
    }

    @Test
    void writesNumbersForProgramsExactlyAndInEveryLocaleAlike()
    {
        final Locale before = Locale.getDefault();
        try
        {
            Locale.setDefault(Locale.GERMANY);
            assertEquals("0", Quantity.seconds(0));
            assertEquals("0.00044", Quantity.seconds(440_000));
            assertEquals("120", Quantity.seconds(120_000_000_000L));
            assertEquals("0.000001", Quantity.ratio(1));
            assertEquals("1", Quantity.ratio(1_000_000));
            assertEquals("0.44 ms", Quantity.milliseconds(440_000));
            assertEquals("0.10 %", Quantity.percent(1_000));
        }
        finally
        {
            Locale.setDefault(before);
        }
    }
}
