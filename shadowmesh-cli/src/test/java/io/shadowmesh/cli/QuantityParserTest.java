package io.shadowmesh.cli;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

class QuantityParserTest
{
    @ParameterizedTest
    @CsvSource({"7,7", "64k,64000", "100M,100000000", "1.5G,1500000000", "2K,2000", "1T,1000000000000"})
    void takesThePrefixesThatPeopleWrite(final String text, final long value)
    {
        assertEquals(value, QuantityParser.parse("--rate", text, 1, Long.MAX_VALUE));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "k", "0.5", "-1", "101", "1e99", "1e999999999", "7x", "1 000", "NaN"})
    void refusesWhatIsNoWholeNumberWithinBounds(final String text)
    {
        final CommandException e =
            assertThrows(CommandException.class, () -> QuantityParser.parse("--rate", text, 1, 100));
        assertEquals(CommandException.USAGE, e.exitStatus());
        assertEquals("--rate: '" + text + "': give a whole number of at least 1 and at most 100; k, M and G may follow",
            e.getMessage());
    }

    @ParameterizedTest
    @CsvSource({"1,1000000000", "0.1,100000000", "2.5,2500000000"})
    void takesSecondsWithAFraction(final String text, final long ns)
    {
        assertEquals(ns, QuantityParser.nanoseconds("-i", text, 100, 10_000));
    }

    @Test
    void saysWhatSecondsThereMayBe()
    {
        for (final String text : new String[] {"0.09", "11", "soon", "", "1e2147483647"})
        {
            final CommandException e =
                assertThrows(CommandException.class, () -> QuantityParser.nanoseconds("-i", text, 100, 10_000));
            assertEquals("-i: '" + text + "': give seconds from 0.1 to 10", e.getMessage());
        }
    }
}
