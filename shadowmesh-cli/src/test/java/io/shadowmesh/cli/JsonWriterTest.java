package io.shadowmesh.cli;

import org.junit.jupiter.api.Test;

import java.util.Locale;

import static org.junit.jupiter.api.Assertions.assertEquals;

final class JsonWriterTest
{
    @Test
    void quotesWhatAStringMayNotHold()
    {
        assertEquals("\"\"", JsonWriter.quoted(""));
        assertEquals("\"a \\\"b\\\" \\\\ \\n\\r\\t\\u0000\\u001f\u00fc\"",
            JsonWriter.quoted("a \"b\" \\ \n\r\t\u0000\u001f\u00fc"));
    }

    @Test
    void writesEverythingOnOneLineInEveryLocaleAlike()
    {
        final Locale before = Locale.getDefault();
        try
        {
            Locale.setDefault(Locale.GERMANY);
            assertEquals("{\"a\": 1, \"b\": 0.500, \"c\": [\"x\", null], \"d\": {}}", write(JsonWriter.onOneLine()));
        }
        finally
        {
            Locale.setDefault(before);
        }
    }

    @Test
    void givesEachMemberALineOfItsOwn()
    {
        assertEquals("""
            {
              "a": 1,
              "b": 0.500,
              "c": [
                "x",
                null
              ],
              "d": {}
            }""", write(JsonWriter.indented()));
    }

    private static String write(final JsonWriter json)
    {
        return json.begin(null, '{').number("a", 1).number("b", 0.5, 3)
            .begin("c", '[').text(null, "x").text(null, null).end(']')
            .begin("d", '{').end('}').end('}').toString();
    }
}
