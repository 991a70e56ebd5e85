package io.shadowmesh.cli;

import java.util.Locale;

import org.junit.jupiter.api.Test;

import static org.junit.jupiter.api.Assertions.assertEquals;

final class QuantityFormatTest
{
    @Test
    void showsThreeDigitsAndAPrefix()
    {
        assertEquals("0 B", QuantityFormat.bytes(0));
        assertEquals("999 B", QuantityFormat.bytes(999));
        assertEquals("1.00 kB", QuantityFormat.bytes(1000));
        assertEquals("1.50 MB", QuantityFormat.bytes(1_500_000));
        assertEquals("99.9 GB", QuantityFormat.bytes(99_940_000_000L));
        assertEquals("100 GB", QuantityFormat.bytes(99_960_000_000L));
        assertEquals("10.0 kbit/s", QuantityFormat.bitRate(9_999));
        assertEquals("1.00 Mbit/s", QuantityFormat.bitRate(999_999));
        assertEquals("9.87 Mbit/s", QuantityFormat.bitRate(9.87e6));
        assertEquals("98.7 Mbit/s", QuantityFormat.bitRate(98.7e6));
        assertEquals("987 kbit/s", QuantityFormat.bitRate(987e3));
        assertEquals("0.25 bit/s", QuantityFormat.bitRate(0.25));
        assertEquals("9.22 EB", QuantityFormat.bytes(Long.MAX_VALUE));
    }

    @Test
    void showsTheTwoLargestUnitsOfATime()
    {
        assertEquals("0 s", QuantityFormat.duration(999_999_999));
        assertEquals("59 s", QuantityFormat.duration(59_000_000_000L));
        assertEquals("3 min 12 s", QuantityFormat.duration(192_000_000_000L));
        assertEquals("2 h 5 min", QuantityFormat.duration(7_500_000_000_000L));
        assertEquals("1 d 1 h", QuantityFormat.duration(90_000_000_000_000L));
    }

    @Test
    void showsAShortTimeInTheUnitThatFits()
    {
        assertEquals("0 ns", QuantityFormat.shortTime(0));
        assertEquals("999 ns", QuantityFormat.shortTime(999));
        assertEquals("1.00 us", QuantityFormat.shortTime(1_000));
        assertEquals("12.3 us", QuantityFormat.shortTime(12_340));
        assertEquals("123 us", QuantityFormat.shortTime(123_400));
        assertEquals("999 us", QuantityFormat.shortTime(999_499));
        assertEquals("1.00 ms", QuantityFormat.shortTime(999_500));
        assertEquals("4.56 ms", QuantityFormat.shortTime(4_560_000));
        assertEquals("2500 ms", QuantityFormat.shortTime(2_500_000_000L));
    }

    @Test
    void saysThatSomethingIsUnknown()
    {
        assertEquals("-", QuantityFormat.milliseconds(-1));
        assertEquals("-", QuantityFormat.percent(-1));
    }

    @Test
    void writesNumbersForProgramsExactlyAndInEveryLocaleAlike()
    {
        final Locale before = Locale.getDefault();
        try
        {
            Locale.setDefault(Locale.GERMANY);
            assertEquals("0", QuantityFormat.seconds(0));
            assertEquals("0.00044", QuantityFormat.seconds(440_000));
            assertEquals("120", QuantityFormat.seconds(120_000_000_000L));
            assertEquals("0.000001", QuantityFormat.ratio(1));
            assertEquals("1", QuantityFormat.ratio(1_000_000));
            assertEquals("0.44 ms", QuantityFormat.milliseconds(440_000));
            assertEquals("0.441", QuantityFormat.preciseMilliseconds(440_600));
            assertEquals("0.10 %", QuantityFormat.percent(1_000));
        }
        finally
        {
            Locale.setDefault(before);
        }
    }
}
