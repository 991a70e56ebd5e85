package io.shadowmesh.dataplane.crypto;

import org.junit.jupiter.api.Test;

import java.util.Arrays;
import java.util.Random;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

class HmacKeyTest
{
    @Test
    void givesTheSameCodesAsAnHmacThatIsSetUpEachTime()
    {
        final Random random = new Random(5);
        final byte[] key = new byte[32];
        random.nextBytes(key);
        final HmacKey reused = new HmacKey(key);
        final byte[] wanted = key.clone();
        Arrays.fill(key, (byte)0);
        final byte[] code = new byte[Hmac.LENGTH];
        for (int length = 0; length < 300; length++)
        {
            final byte[] data = new byte[length + 7];
            random.nextBytes(data);
            reused.authenticate(data, 3, length, code);
            assertArrayEquals(Hmac.sha256(wanted, data, 3, length), code, "length " + length);
        }
    }
}
