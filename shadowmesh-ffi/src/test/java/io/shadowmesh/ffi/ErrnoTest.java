package io.shadowmesh.ffi;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

class ErrnoTest
{
    @Test
    void describesByNameAndText()
    {
        assertEquals("EADDRINUSE (address already in use)", Errno.describe(98));
        assertEquals("EAGAIN (try again)", Errno.describe(Errno.EAGAIN));
    }

    @Test
    void describesUnknownNumbersAsNumbers()
    {
        assertEquals("errno 4095", Errno.describe(4095));
    }

    @Test
    void namesCallArgumentAndReasonInTheException()
    {
        final NativeCallException e = new NativeCallException("bind", "192.0.2.1:9443", Errno.EADDRINUSE);
        assertEquals("bind(192.0.2.1:9443): EADDRINUSE (address already in use)", e.getMessage());
        assertEquals("bind", e.call());
        assertEquals("192.0.2.1:9443", e.argument());
        assertEquals(98, e.errno());
    }
}
