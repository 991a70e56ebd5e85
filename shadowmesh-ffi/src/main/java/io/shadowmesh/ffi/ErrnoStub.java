package io.shadowmesh.ffi;

import io.shadowmesh.ffi.linux.Linux;

import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Optional;

/**
 * A few instructions between a downcall and a C function: they call the function, and where it returns -1 they return
 * {@code -errno} in its place, read on the same thread before the JVM can touch it. One stub serves every function of up
 * to {@link #WORDS} integers or pointers; the function's address is its own first argument.
 *
 * <p>The linker's own way, {@code captureCallState}, slices the capture segment in every call: 40 bytes of heap each time
 * until the optimising compiler has proved the slice away, which takes some ten thousand calls and may come undone. The
 * stub allocates nothing from the first call on, in the interpreter too.
 *
 * <pre>
 *  sub  rsp, 8            the ABI's alignment
 *  mov  rax, rdi          the function; each argument moves up by one register
 *  mov  rdi, rsi
 *  mov  rsi, rdx
 *  mov  rdx, rcx
 *  mov  rcx, r8
 *  mov  r8, r9
 *  mov  r9, [rsp + 16]    the seventh argument is on the stack
 *  call rax
 *  cmp  eax, -1           an int's -1, and a long's: no result of ours has these lower halves otherwise
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
 * <p>The stub's page is never writable and executable at once. Where there is no stub (not x86-64, or a system that lets
 * nobody make memory executable), calls capture errno the linker's way. Variadic functions are called like others: the
 * ABI passes integers to both alike.
 *
 * <p>Source: System V ABI, AMD64 supplement, section 3.2.3; errno(3).
 */
@SuppressWarnings("restricted") // code is written to raw memory here
final class ErrnoStub
{
    /** Most words that a function takes. */
    static final int WORDS = 6;

    /** The stub's address, or null. */
    static final MemorySegment ADDRESS = isX64() ? make() : null;

    /** Whether all calls go through the stub. */
    static final boolean IS_AVAILABLE = ADDRESS != null;

    private static final long PAGE_LENGTH = 4096;

    private ErrnoStub()
    {
    }

    private static MemorySegment make()
    {
        final Optional<MemorySegment> errnoLocation = Linker.nativeLinker().defaultLookup().find("__errno_location");
        if (errnoLocation.isEmpty())
        {
            return null;
        }
        final long page = call(
            SystemCallAddresses.Mmap.FUNCTION,
            0,
            PAGE_LENGTH,
            Linux.PROT_READ() | Linux.PROT_WRITE(),
            Linux.MAP_PRIVATE() | Linux.MAP_ANONYMOUS(),
            -1);
        if (page == -1)
        {
            return null;
        }
        write(NativeMemory.at(page, PAGE_LENGTH), errnoLocation.get().address());
        final int executable = Linux.PROT_READ() | Linux.PROT_EXEC();
        if ((int)call(SystemCallAddresses.Mprotect.FUNCTION, page, PAGE_LENGTH, executable, 0, 0) != 0)
        {
            call(SystemCallAddresses.Munmap.FUNCTION, page, PAGE_LENGTH, 0, 0, 0);
            return null;
        }
        return MemorySegment.ofAddress(page);
    }

    private static long call(
        final MemorySegment function,
        final long first,
        final long second,
        final long third,
        final long fourth,
        final long fifth)
    {
        try
        {
            return (long)Downcalls.Plain.CALL.invokeExact(function, first, second, third, fourth, fifth, 0L, 0L, 0L, 0L, 0L);
        }
        catch (final Throwable t)
        {
            throw Downcalls.failure("mmap(2) or mprotect(2)", t);
        }
    }

    static void write(final MemorySegment code, final long errnoLocation)
    {
        final ByteBuffer out = code.asByteBuffer().order(ByteOrder.LITTLE_ENDIAN);
        put(out, 0x48, 0x83, 0xEC, 0x08);
        put(out, 0x48, 0x89, 0xF8);
        put(out, 0x48, 0x89, 0xF7);
        put(out, 0x48, 0x89, 0xD6);
        put(out, 0x48, 0x89, 0xCA);
        put(out, 0x4C, 0x89, 0xC1);
        put(out, 0x4D, 0x89, 0xC8);
        put(out, 0x4C, 0x8B, 0x4C, 0x24, 0x10);
        put(out, 0xFF, 0xD0);
        put(out, 0x83, 0xF8, 0xFF);
        put(out, 0x75, 0x12);
        put(out, 0x48, 0xB8).putLong(errnoLocation);
        put(out, 0xFF, 0xD0);
        put(out, 0x48, 0x63, 0x00);
        put(out, 0x48, 0xF7, 0xD8);
        put(out, 0x48, 0x83, 0xC4, 0x08);
        put(out, 0xC3);
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
}
