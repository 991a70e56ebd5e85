package io.shadowmesh.ffi;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

class PagedArenaTest
{
    private static final long PAGE = 4096;
    private static final long LARGE = 256L << 20;
    private static final long MUCH_LESS = LARGE / 4;

    private final Arena other = Arena.ofConfined();
    private final PagedArena arena = new PagedArena(other);

    @AfterEach
    void close()
    {
        if (other.scope().isAlive())
        {
            arena.close();
        }
    }

    @Test
    void whatIsLargeIsZeroedPagesThatTakeNoMemoryUntilTheyAreTouched() throws IOException
    {
        final long before = residentBytes();
        final MemorySegment memory = arena.allocate(LARGE, 128);
        assertTrue(residentBytes() - before < MUCH_LESS, "resident after allocating");
        assertEquals(0, memory.address() % PAGE);
        assertEquals(LARGE, memory.byteSize());
        assertEquals(0, memory.get(ValueLayout.JAVA_LONG, 0));
        assertEquals(0, memory.get(ValueLayout.JAVA_LONG, LARGE - Long.BYTES));

        memory.fill((byte)1);
        assertTrue(residentBytes() - before > MUCH_LESS, "resident after touching");
    }

    @Test
    void closingGivesThePagesBackFromWhicheverThread() throws IOException, InterruptedException
    {
        final Arena shared = new PagedArena(Arena.ofShared());
        final MemorySegment memory = shared.allocate(LARGE, 1);
        memory.fill((byte)1);
        // Somebody may map less there at once: the middle is looked at.
        final long middle = memory.address() + LARGE / 2;
        assertTrue(isMapped(middle));

        final Thread closer = new Thread(shared::close);
        closer.start();
        closer.join();
        assertFalse(isMapped(middle));
        assertFalse(shared.scope().isAlive());
        assertThrows(IllegalStateException.class, () -> memory.get(ValueLayout.JAVA_BYTE, 0));
    }

    @Test
    void keepsNothingThatItCannotGive() throws IOException
    {
        arena.close();
        final long before = mappedBytes();
        assertThrows(IllegalStateException.class, () -> arena.allocate(LARGE, 1));
        assertTrue(mappedBytes() - before < MUCH_LESS);
    }

    @Test
    void theRestIsTheOtherArenas()
    {
        assertSame(other.scope(), arena.scope());
        assertEquals(24, arena.allocate(24, 8).byteSize());
        final long alignment = 16 * PAGE;
        assertEquals(0, arena.allocate(PagedArena.SMALLEST, alignment).address() % alignment);
        assertThrows(IllegalArgumentException.class, () -> arena.allocate(PagedArena.SMALLEST, 3));
        assertThrows(IllegalArgumentException.class, () -> arena.allocate(-1, 1));
    }

    @Test
    void saysWhatTheKernelHasNoRoomFor()
    {
        final String message = assertThrows(OutOfMemoryError.class, () -> arena.allocate(1L << 60, 8)).getMessage();
        assertTrue(message.startsWith("mmap of 1152921504606846976 bytes: "), message);
    }

    private static long residentBytes() throws IOException
    {
        return status("VmRSS:");
    }

    private static long mappedBytes() throws IOException
    {
        return status("VmSize:");
    }

    private static long status(final String field) throws IOException
    {
        return Files.readAllLines(Path.of("/proc/self/status")).stream().filter((line) -> line.startsWith(field))
            .mapToLong((line) -> Long.parseLong(line.replaceAll("[^0-9]", "")) << 10).findFirst().orElseThrow();
    }

    private static boolean isMapped(final long address) throws IOException
    {
        return Files.readAllLines(Path.of("/proc/self/maps")).stream()
            .map((line) -> line.substring(0, line.indexOf(' ')).split("-"))
            .anyMatch((range) -> Long.parseUnsignedLong(range[0], 16) <= address &&
                address < Long.parseUnsignedLong(range[1], 16));
    }
}
