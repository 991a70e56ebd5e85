package io.shadowmesh.ffi;

import io.shadowmesh.ffi.linux.Linux;
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
    void closingGivesThePagesBack()
    {
        final MemorySegment memory = arena.allocate(PagedArena.SMALLEST, 1);
        memory.fill((byte)1);
        assertTrue(isMapped(memory.address()));

        arena.close();
        assertFalse(isMapped(memory.address()));
        assertFalse(arena.scope().isAlive());
        assertThrows(IllegalStateException.class, () -> memory.get(ValueLayout.JAVA_BYTE, 0));
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
        return Long.parseLong(Files.readString(Path.of("/proc/self/statm")).split(" ")[1]) * PAGE;
    }

    /** Changing what may be done with pages fails where there are none. */
    private static boolean isMapped(final long address)
    {
        try (Arena callsArena = Arena.ofConfined())
        {
            return 0 == new SystemCalls(callsArena).mprotect(address, PAGE, Linux.PROT_READ());
        }
    }
}
