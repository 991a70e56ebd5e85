package io.shadowmesh.cli;

import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;

import static org.junit.jupiter.api.Assertions.assertEquals;

final class DiagnosisTest
{
    @Test
    void keepsSentencesAndNamesWhatIsNone()
    {
        assertEquals("do this", Diagnosis.oneLine(new IOException("do this\nmore")));
        assertEquals("do this", Diagnosis.oneLine(CommandException.usage("do this")));
        assertEquals("do this", Diagnosis.oneLine(new IOException("", new IllegalArgumentException("do this"))));
        assertEquals("ArithmeticException: / by zero", Diagnosis.oneLine(new ArithmeticException("/ by zero")));
        assertEquals("failed: IllegalStateException (--debug shows where)",
            Diagnosis.oneLine(new IllegalStateException()));
    }

    @Test
    void saysWhatIsWrongWithAFile()
    {
        assertEquals("/x: no such file or folder", Diagnosis.oneLine(new NoSuchFileException("/x")));
        assertEquals("/x: permission denied", Diagnosis.oneLine(new AccessDeniedException("/x")));
        assertEquals("/x: Read-only file system",
            Diagnosis.oneLine(new FileSystemException("/x", null, "Read-only file system")));
    }
}
