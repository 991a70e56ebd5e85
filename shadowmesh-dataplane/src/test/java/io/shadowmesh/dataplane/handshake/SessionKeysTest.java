package io.shadowmesh.dataplane.handshake;

import io.shadowmesh.dataplane.address.Endpoint;
import io.shadowmesh.dataplane.crypto.Suite;

import org.junit.jupiter.api.Test;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.Arrays;
import java.util.Random;

import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

class SessionKeysTest
{
    private final Random random = new Random(9);
    private final byte[] ofInitiator = bytes();
    private final byte[] ofResponder = bytes();
    private final byte[] hash = bytes();

    private byte[] bytes()
    {
        final byte[] bytes = new byte[32];
        random.nextBytes(bytes);
        return bytes;
    }

    private SessionKeys derive(final boolean initiator, final TransportKeys transport)
    {
        return SessionKeys.derive(
            transport,
            initiator,
            1,
            2,
            TestPeers.LOWER.peerId(),
            Suite.AES_256_GCM,
            new Hello(1, 1400),
            Endpoint.ofIpv4(1, 1),
            5);
    }

    private byte[] expand(final byte[] key, final String label, final int length) throws GeneralSecurityException
    {
        final ByteArrayOutputStream info = new ByteArrayOutputStream();
        info.writeBytes(label.getBytes(StandardCharsets.US_ASCII));
        info.writeBytes(hash);
        info.write(1);
        final Mac mac = Mac.getInstance("HmacSHA256");
        mac.init(new SecretKeySpec(key, "x"));
        return Arrays.copyOf(mac.doFinal(info.toByteArray()), length);
    }

    @Test
    void expandsEachDirectionsKeyByLabelAndHash() throws GeneralSecurityException
    {
        final SessionKeys keys = derive(true, new TransportKeys(ofInitiator.clone(), ofResponder.clone(), hash));
        assertArrayEquals(expand(ofInitiator, "shadowmesh v1 key", 32), keys.sendKey());
        assertArrayEquals(expand(ofInitiator, "shadowmesh v1 iv", 12), keys.sendIv());
        assertArrayEquals(expand(ofResponder, "shadowmesh v1 key", 32), keys.receiveKey());
        assertArrayEquals(expand(ofResponder, "shadowmesh v1 iv", 12), keys.receiveIv());

        final SessionKeys other = derive(false, new TransportKeys(ofInitiator.clone(), ofResponder.clone(), hash));
        assertArrayEquals(keys.sendKey(), other.receiveKey());
        assertArrayEquals(keys.receiveIv(), other.sendIv());
    }

    @Test
    void erasesWhatItDerivesFrom()
    {
        final TransportKeys transport = new TransportKeys(ofInitiator, ofResponder, hash);
        derive(true, transport);
        assertArrayEquals(new byte[32], ofInitiator);
        assertArrayEquals(new byte[32], ofResponder);
    }

    @Test
    void agreesOnCommonCapabilitiesAndTheSmallerMtu()
    {
        assertArrayEquals(
            new byte[]{(byte)0x80, 0, 0, 5, 5, 120, 0, 0}, new Hello(0x8000_0005, 1400).encode());
        assertEquals(new Hello(-1, 65_535), Hello.decode(new Hello(-1, 65_535).encode()));
        assertEquals(new Hello(4, 1280), new Hello(5, 1400).agreedWith(new Hello(6, 1280)));
        assertEquals(
            new Hello(3, 9), Hello.decode(new byte[]{0, 0, 0, 3, 0, 9, 1, 1}), "reserved bytes are ignored");
    }
}
