package io.shadowmesh.cli;

import java.io.IOException;
import java.time.Duration;

import io.shadowmesh.dataplane.ThreadingMode;
import io.shadowmesh.dataplane.crypto.Aead;
import io.shadowmesh.dataplane.crypto.Suite;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import static org.junit.jupiter.api.Assertions.assertTrue;

@Timeout(60)
final class WarmUpTest
{
    /** Of 800 rounds with a ping each way, and 100 with a super-packet and its acknowledgement each way. */
    private static final int MOST_OF_THEM = 1600;
    private static final Duration LONG_ENOUGH = Duration.ofSeconds(40);

    @ParameterizedTest
    @EnumSource(ThreadingMode.class)
    void carriesPingsAndWholeSuperPackets(final ThreadingMode threading) throws IOException
    {
        final WarmUp.Carried carried =
            WarmUp.run(Aead.best(), Suite.AES_256_GCM, threading, LONG_ENOUGH, LONG_ENOUGH);
        assertTrue(carried.packets() >= MOST_OF_THEM, carried::toString);
        assertTrue(carried.longest() > 0xF000, carried::toString);
    }

    @Test
    void endsBeforeAllIsCarriedWhereThereIsNoTime() throws IOException
    {
        final WarmUp.Carried carried =
            WarmUp.run(Aead.best(), Suite.CHACHA20_POLY1305, null, Duration.ofMillis(1), LONG_ENOUGH);
        assertTrue(carried.packets() < MOST_OF_THEM, carried::toString);
    }

    @Test
    void endsAfterARoundThatTookTooLong() throws IOException
    {
        final WarmUp.Carried carried = WarmUp.run(Aead.best(), Suite.AES_256_GCM, null, LONG_ENOUGH, Duration.ZERO);
        assertTrue(carried.packets() > 0 && carried.packets() < MOST_OF_THEM, carried::toString);
    }
}
