package io.shadowmesh.dataplane.handshake;

import io.shadowmesh.dataplane.crypto.Suite;
import org.junit.jupiter.api.Test;

import java.nio.ByteBuffer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

/** Equal are two M1s that are answered alike, and sources that share a limit. */
class FirstMessageTest
{
    private static final FirstMessage FIRST = of(1, 7, Suite.AES_256_GCM, 1216);

    private static FirstMessage of(final int hash, final int senderIndex, final Suite suite, final int chunk)
    {
        return new FirstMessage(ByteBuffer.wrap(new byte[]{ (byte)hash, 2, 3 }), senderIndex, suite, chunk);
    }

    @Test
    void isTheSameWithTheSameHashIndexSuiteAndChunkAlone()
    {
        final FirstMessage same = of(1, 7, Suite.AES_256_GCM, 1216);
        assertEquals(FIRST, same);
        assertEquals(FIRST.hashCode(), same.hashCode());
        assertNotEquals(FIRST, of(2, 7, Suite.AES_256_GCM, 1216), "another message");
        assertNotEquals(FIRST, of(1, 8, Suite.AES_256_GCM, 1216), "another index");
        assertNotEquals(FIRST, of(1, 7, Suite.CHACHA20_POLY1305, 1216), "another suite");
        assertNotEquals(FIRST, of(1, 7, Suite.AES_256_GCM, 600), "another chunk");
    }

    @Test
    void sourcesOfBothFamiliesAreApart()
    {
        final SourcePrefix ipv4 = new SourcePrefix(false, 5);
        assertEquals(ipv4, new SourcePrefix(false, 5));
        assertEquals(ipv4.hashCode(), new SourcePrefix(false, 5).hashCode());
        assertNotEquals(ipv4, new SourcePrefix(true, 5));
        assertNotEquals(ipv4, new SourcePrefix(false, 6));
    }
}
