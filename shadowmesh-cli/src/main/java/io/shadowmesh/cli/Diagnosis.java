package io.shadowmesh.cli;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;

/** What an exception means, in one line. */
final class Diagnosis
{
    private static final String OPEN_FILES = "Max open files";
    private static final long ENOUGH_OPEN_FILES = 32;

    private Diagnosis()
    {
    }

    static String oneLine(final Throwable thrown)
    {
        final String message = thrown.getMessage();
        final String text = thrown instanceof final FileSystemException file ? ofFile(file) :
            message == null || message.isBlank() ? nameless(thrown) :
            isOwnText(thrown) ? message : thrown.getClass().getSimpleName() + ": " + message;
        return firstLine(text);
    }

    /** What the process may be short of where an Error came of that, with what to do about it; else nothing. */
    static String shortage(final Throwable thrown)
    {
        if (thrown instanceof OutOfMemoryError)
        {
            return "; give it more heap: SHADOWMESH_OPTS=-Xmx128m";
        }
        final long openFiles = thrown instanceof Error ? openFileLimit() : Long.MAX_VALUE;
        return openFiles < ENOUGH_OPEN_FILES ?
            "; it may have too many open files, as only " + openFiles + " are allowed: raise the limit (ulimit -n)" : "";
    }

    /** The soft limit, as proc(5) tells it; more than there can be where it does not. */
    private static long openFileLimit()
    {
        try
        {
            for (final String line : Files.readAllLines(Path.of("/proc/self/limits")))
            {
                if (line.startsWith(OPEN_FILES))
                {
                    return Long.parseLong(line.substring(OPEN_FILES.length()).strip().split("\\s+")[0]);
                }
            }
        }
        catch (final IOException | NumberFormatException e)
        {
            return Long.MAX_VALUE;
        }
        return Long.MAX_VALUE;
    }

    static String firstLine(final String text)
    {
        final String stripped = text.strip();
        final int end = stripped.indexOf('\n');
        return (end < 0 ? stripped : stripped.substring(0, end)).strip();
    }

    /** The JDK's messages name the file and leave out what is wrong with it. */
    private static String ofFile(final FileSystemException e)
    {
        final String reason = switch (e)
        {
            case NoSuchFileException missing -> "no such file or folder";
            case AccessDeniedException denied -> "permission denied";
            case FileAlreadyExistsException exists -> "already there";
            case NotDirectoryException file -> "not a folder";
            case DirectoryNotEmptyException full -> "the folder is not empty";
            default -> e.getReason() == null ? e.getClass().getSimpleName() : e.getReason();
        };
        return e.getFile() == null ? reason : e.getFile() + ": " + reason;
    }

    private static String nameless(final Throwable thrown)
    {
        return thrown.getCause() == null ? "failed: " + thrown.getClass().getSimpleName() + " (--debug shows where)" :
            oneLine(thrown.getCause());
    }

    /** An exception whose message is a sentence for people. */
    private static boolean isOwnText(final Throwable thrown)
    {
        return thrown instanceof IOException ||
            thrown instanceof IllegalArgumentException || thrown instanceof IllegalStateException ||
            thrown instanceof CommandException;
    }
}
