package io.shadowmesh.ffi;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.util.Arrays;

/**
 * The few handles by which every C function is called: the function's address comes first, and each argument is one
 * 64-bit word.
 *
 * <p><b>Why one shape.</b> For every shape that it links, the JVM writes classes, which it then verifies and
 * interprets; linked by their own descriptors, the calls of a node's start have 20 shapes. Both ABIs that the bindings
 * are made for pass the first six integers and pointers in registers, let a callee ignore the upper half of a register
 * that holds an int, and let it ignore registers that it has no parameter for; what returns nothing leaves some word. So a
 * function takes as many words as it has parameters, and an int result is the lower half of the word that comes back.
 *
 * <p><b>errno</b> comes with the result, by an {@link ErrnoStub}. Where there are no stubs it is captured the linker's
 * way, into the caller's own cell; that makes a 40-byte slice of the capture segment in every call, which costs nothing
 * only where the JIT compiler sees all of the downcall at once. Those handles are not final on purpose: a constant one
 * is inlined into the caller, and a duty cycle with half a dozen of them passes the compiler's node limit: then one
 * call or another allocates for ever. A handle that is no constant is compiled apart, small and once, whoever calls it.
 *
 * <p>Source: System V ABI, AMD64 supplement, section 3.2.3; Procedure Call Standard for the Arm 64-bit Architecture,
 * section 6.8.
 */
@SuppressWarnings("restricted") // linking is what this class is for
final class Downcalls
{
    /** What a captured call state looks like. */
    static final StructLayout CALL_STATE = Linker.Option.captureStateLayout();

    /**
     * Words of a call. What does not fit into registers lies in the stack, a word each; a callee looks for no more than it
     * has. {@link Plain} takes as many as {@link Critical} needs, so that the JVM writes most of the classes once for both.
     */
    private static final int WORDS = 10;

    private Downcalls()
    {
    }

    /** Any function, and an {@link ErrnoStub} with the function that it calls: (address, ten words) to a word. */
    static final class Plain
    {
        static final MethodHandle CALL = link(WORDS);
    }

    /** Any function of up to six fixed parameters: (address, call state, six words) to a word. */
    static final class Captured
    {
        static MethodHandle call = link(ErrnoStub.WORDS, Linker.Option.captureCallState("errno"));

        static final long ERRNO_OFFSET =
            CALL_STATE.byteOffset(MemoryLayout.PathElement.groupElement("errno"));
    }

    /** The functions whose third parameter is variadic: (address, call state, three words) to a word. */
    static final class Variadic
    {
        static MethodHandle call =
            link(3, Linker.Option.captureCallState("errno"), Linker.Option.firstVariadicArg(2));
    }

    /**
     * Functions of up to ten parameters that are brief and never block, without errno: (address, ten words) to a word.
     */
    static final class Critical
    {
        static final MethodHandle CALL = link(WORDS, Linker.Option.critical(false));
    }

    private static MethodHandle link(final int words, final Linker.Option... options)
    {
        final MemoryLayout[] arguments = new MemoryLayout[words];
        Arrays.fill(arguments, ValueLayout.JAVA_LONG);
        return Linker.nativeLinker().downcallHandle(
            FunctionDescriptor.of(ValueLayout.JAVA_LONG, arguments), options);
    }

    /**
     * Calls a function of up to five parameters that is brief and never blocks.
     *
     * @param function its address; a constant is seen through by the compiler.
     * @param first    argument.
     * @param second   argument.
     * @param third    argument.
     * @param fourth   argument.
     * @param fifth    argument.
     * @return what came back, of an int the lower half.
     * @throws Throwable never, if it is linked rightly.
     */
    static long critical(
        final MemorySegment function,
        final long first,
        final long second,
        final long third,
        final long fourth,
        final long fifth) throws Throwable
    {
        return (long)Critical.CALL.invokeExact(function, first, second, third, fourth, fifth, 0L, 0L, 0L, 0L, 0L);
    }

    /**
     * Calls a function of up to two parameters that is no system call and not made for each packet.
     *
     * @param function its address.
     * @param first    argument.
     * @param second   argument.
     * @return what came back, of an int the lower half.
     */
    static long call(final MemorySegment function, final long first, final long second)
    {
        try
        {
            return (long)Plain.CALL.invokeExact(function, first, second, 0L, 0L, 0L, 0L, 0L, 0L, 0L, 0L);
        }
        catch (final Throwable t)
        {
            throw failure("a function of two words", t);
        }
    }

    /**
     * What a call returned, made a result.
     *
     * @param returned  by the function, or by the stub that called it.
     * @param callState where the linker has left errno if there are no stubs.
     * @return the function's result, or {@code -errno}.
     */
    static long result(final long returned, final MemorySegment callState)
    {
        return returned >= 0 || ErrnoStub.IS_AVAILABLE ? returned :
            -callState.get(ValueLayout.JAVA_INT, Captured.ERRNO_OFFSET);
    }

    /**
     * What a call's handle threw. That is a mistake in this package, unless the call state was used after its arena was
     * closed.
     *
     * @param call  as its manual page has it.
     * @param cause what was thrown.
     * @return the error to throw.
     */
    static AssertionError failure(final String call, final Throwable cause)
    {
        if (cause instanceof final RuntimeException e)
        {
            throw e;
        }
        if (cause instanceof final Error e)
        {
            throw e;
        }
        return new AssertionError(call + " is linked wrongly", cause);
    }
}
