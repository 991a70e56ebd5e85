package io.shadowmesh.dataplane.request;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.util.List;
import java.util.Map;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

class RequestTest
{
    @Test
    void isANameWordsAndPairs()
    {
        final Request request = Request.parse("  ping  beta count=3   why=a%20b%3D%25 ");
        assertEquals("ping", request.name());
        assertEquals(List.of("beta"), request.words());
        assertEquals(Map.of("count", "3", "why", "a b=%"), request.values());
        assertEquals("ping beta count=3 why=a%20b%3d%25", request.toString());
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "plain", "two words", "a=b", "100 %", "line\nbreak", "\u00fcml\u00e4ut", "%41"})
    void comesBackAsItWasWritten(final String text)
    {
        final Request request = Request.of("x").with("key", text);
        assertEquals(request, Request.parse(request.toString()));
    }

    @Test
    void anEmptyLineHasNoName()
    {
        assertEquals("", Request.parse("  ").name());
    }

    @ParameterizedTest
    @ValueSource(strings = {"ping %", "ping a%2", "ping a%zz"})
    void refusesAnEscapeThatIsNone(final String line)
    {
        assertThrows(IllegalArgumentException.class, () -> Request.parse(line));
    }

    @Test
    void numbersHaveBounds()
    {
        final Request request = Request.parse("ping count=3 interval=x");
        assertEquals(3, request.number("count", 1, 10, 5));
        assertEquals(5, request.number("other", 1, 10, 5));
        assertThrows(IllegalArgumentException.class, () -> request.number("count", 4, 10, 5));
        final IllegalArgumentException e =
            assertThrows(IllegalArgumentException.class, () -> request.number("interval", 4, 10, 5));
        assertTrue(e.getMessage().contains("interval=x: give a whole number from 4 to 10"), e.getMessage());
    }
}
