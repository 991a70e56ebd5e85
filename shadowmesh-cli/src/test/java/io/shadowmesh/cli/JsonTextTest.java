package io.shadowmesh.cli;

import org.junit.jupiter.api.Test;

import static org.junit.jupiter.api.Assertions.assertEquals;

final class JsonTextTest
{
    @Test
    void quotesWhatAStringMayNotHold()
    {
        assertEquals("\"\"", JsonText.quoted(""));
        assertEquals("\"a \\\"b\\\" \\\\ \\n\\r\\t\\u0000\\u001f\u00fc\"",
            JsonText.quoted("a \"b\" \\ \n\r\t\u0000\u001f\u00fc"));
    }
}
