package io.shadowmesh.ffi;

import io.shadowmesh.ffi.linux.Linux;

import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Optional;

/**
 * A few instructions between a downcall and a C function: they call the function, and where it returns -1 they return
 * {@code -errno} in its place, read on the same thread before the JVM can touch it.
 *
 * <p>The linker's own way, {@code captureCallState}, slices the capture segment in every call: 40 bytes of heap each time
 * until the optimising compiler has proved the slice away, which takes some ten thousand calls and may come undone. A
 * stub allocates nothing from the first call on, in the interpreter too.
 *
 * <pre>
 *  sub  rsp, 8            the ABI's alignment
 *  mov  rax, FUNCTION     arguments stay where the downcall has put them
 *  call rax
 *  cmp  rax, -1           or eax, where the function returns an int
 *  jne  done
 *  mov  rax, __errno_location
 *  call rax
 *  movsxd rax, [rax]
 *  neg  rax
 *  done:
 *  add  rsp, 8
 *  ret
 * </pre>
 *
 * <p>Each stub has a page of its own, which is never writable and executable at once. Where there is no such stub (not
 * x86-64, or a system that lets nobody make memory executable), calls capture errno the linker's way.
 *
 * <p>Source: System V ABI, AMD64 supplement, 3.2.3; errno(3).
 */
@SuppressWarnings("restricted") // code is written to raw memory here
final class ErrnoStub
{
    /** Arguments in registers; a stub passes no others on. */
    static final int MAX_ARGUMENTS = 6;

    /** Whether all calls go through stubs. */
    static final boolean IS_AVAILABLE = isX64() && works();

    private static final int PAGE_LENGTH = 4096;

    private ErrnoStub()
    {
    }

    /** Makes a stub for a C function whose arguments are all integers or pointers. Returns null when it cannot. */
    static MemorySegment of(final MemorySegment function, final boolean returnsInt)
    {
        final Optional<MemorySegment> errnoLocation = Linker.nativeLinker().defaultLookup().find("__errno_location");
        if (errnoLocation.isEmpty())
        {
            return null;
        }
        final MemorySegment page = Linux.mmap(
            MemorySegment.NULL,
            PAGE_LENGTH,
            Linux.PROT_READ() | Linux.PROT_WRITE(),
            Linux.MAP_PRIVATE() | Linux.MAP_ANONYMOUS(),
            -1,
            0);
        if (page.address() == -1)
        {
            return null;
        }
        write(page.reinterpret(PAGE_LENGTH), function.address(), errnoLocation.get().address(), returnsInt);
        if (Linux.mprotect(page, PAGE_LENGTH, Linux.PROT_READ() | Linux.PROT_EXEC()) != 0)
        {
            Linux.munmap(page, PAGE_LENGTH);
            return null;
        }
        return page;
    }

    static void write(
        final MemorySegment code, final long function, final long errnoLocation, final boolean returnsInt)
    {
        final ByteBuffer out = code.asByteBuffer().order(ByteOrder.LITTLE_ENDIAN);
        put(out, 0x48, 0x83, 0xEC, 0x08);
        put(out, 0x48, 0xB8).putLong(function);
        put(out, 0xFF, 0xD0);
        if (returnsInt)
        {
            put(out, 0x83, 0xF8, 0xFF);
        }
        else
        {
            put(out, 0x48, 0x83, 0xF8, 0xFF);
        }
        put(out, 0x75, 0x12);
        put(out, 0x48, 0xB8).putLong(errnoLocation);
        put(out, 0xFF, 0xD0, 0x48, 0x63, 0x00, 0x48, 0xF7, 0xD8);
        put(out, 0x48, 0x83, 0xC4, 0x08, 0xC3);
    }

    private static ByteBuffer put(final ByteBuffer out, final int... bytes)
    {
        for (final int value : bytes)
        {
            out.put((byte)value);
        }
        return out;
    }

    private static boolean isX64()
    {
        final String architecture = System.getProperty("os.arch");
        return "amd64".equals(architecture) || "x86_64".equals(architecture);
    }

    /** One stub is made on trial: a system that allows one allows all. */
    private static boolean works()
    {
        final MemorySegment trial = of(Linux.close$address(), true);
        return trial != null && Linux.munmap(trial, PAGE_LENGTH) == 0;
    }
}
