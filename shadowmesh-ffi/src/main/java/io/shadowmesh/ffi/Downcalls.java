package io.shadowmesh.ffi;

import java.lang.foreign.AddressLayout;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;

/**
 * Links calls as the data path wants them: addresses as {@code long}, and errno with the result, by an
 * {@link ErrnoStub}; or in the caller's own cell, where there are no stubs.
 */
@SuppressWarnings("restricted") // linking is what this class is for
final class Downcalls
{
    /** What a captured call state looks like. */
    static final StructLayout CALL_STATE = Linker.Option.captureStateLayout();

    /** Where errno lies in it. */
    private static final long ERRNO_OFFSET = CALL_STATE.byteOffset(MemoryLayout.PathElement.groupElement("errno"));

    private static final Linker LINKER = Linker.nativeLinker();
    private static final Linker.Option ERRNO = Linker.Option.captureCallState("errno");

    private Downcalls()
    {
    }

    /**
     * Links a function of fixed parameters.
     *
     * @param address    from the generated bindings.
     * @param descriptor from the generated bindings.
     * @return a handle that takes the call state before the function's own arguments.
     */
    static MethodHandle link(final MemorySegment address, final FunctionDescriptor descriptor)
    {
        return ErrnoStub.IS_AVAILABLE ? linkStub(address, descriptor) :
            LINKER.downcallHandle(address, withLongAddresses(descriptor), ERRNO);
    }

    /** The call state is a parameter here too, so that callers are the same; nothing is captured in it. */
    private static MethodHandle linkStub(final MemorySegment address, final FunctionDescriptor descriptor)
    {
        final boolean returnsInt = descriptor.returnLayout().filter(ValueLayout.JAVA_INT::equals).isPresent();
        final MemorySegment stub = ErrnoStub.of(address, returnsInt);
        if (stub == null || descriptor.argumentLayouts().size() > ErrnoStub.MAX_ARGUMENTS)
        {
            throw new UnsatisfiedLinkError("no memory for a system call's stub");
        }
        return MethodHandles.dropArguments(
            LINKER.downcallHandle(stub, withLongAddresses(descriptor)), 0, MemorySegment.class);
    }

    /**
     * What a call's handle returned, made a result.
     *
     * @param returned  by the function, or by its stub.
     * @param callState where the linker has left errno if there are no stubs.
     * @return the function's result, or {@code -errno}.
     */
    static long result(final long returned, final MemorySegment callState)
    {
        return returned >= 0 || ErrnoStub.IS_AVAILABLE ? returned :
            -callState.get(ValueLayout.JAVA_INT, ERRNO_OFFSET);
    }

    /**
     * Links a function that never blocks, without errno.
     *
     * @param address    from the generated bindings.
     * @param descriptor from the generated bindings.
     * @return a handle that takes the function's own arguments.
     */
    static MethodHandle linkCritical(final MemorySegment address, final FunctionDescriptor descriptor)
    {
        return LINKER.downcallHandle(address, withLongAddresses(descriptor), Linker.Option.critical(false));
    }

    /**
     * Links a variadic function for one exact descriptor.
     *
     * @param address       from the generated bindings.
     * @param firstVariadic the index of the first variadic argument.
     * @param descriptor    all arguments of this use.
     * @return a handle that takes the call state before the function's own arguments.
     */
    static MethodHandle linkVariadic(
        final MemorySegment address,
        final int firstVariadic,
        final FunctionDescriptor descriptor)
    {
        // On x86-64, where the stubs are, integers go to a variadic function as to any other.
        return ErrnoStub.IS_AVAILABLE ? linkStub(address, descriptor) : LINKER.downcallHandle(
            address, withLongAddresses(descriptor), ERRNO, Linker.Option.firstVariadicArg(firstVariadic));
    }

    private static FunctionDescriptor withLongAddresses(final FunctionDescriptor descriptor)
    {
        final MemoryLayout[] arguments = descriptor.argumentLayouts().stream()
            .map(Downcalls::withLongAddress).toArray(MemoryLayout[]::new);
        return descriptor.returnLayout()
            .map(result -> FunctionDescriptor.of(withLongAddress(result), arguments))
            .orElseGet(() -> FunctionDescriptor.ofVoid(arguments));
    }

    private static MemoryLayout withLongAddress(final MemoryLayout layout)
    {
        return layout instanceof AddressLayout ? ValueLayout.JAVA_LONG : layout;
    }

    /**
     * What a call's handle threw. That is a mistake in this package, unless the call state was used by the wrong thread
     * or after its arena was closed.
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
