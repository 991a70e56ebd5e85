package io.shadowmesh.dataplane.handshake;

import io.shadowmesh.dataplane.address.Endpoint;
import io.shadowmesh.dataplane.crypto.Suite;
import io.shadowmesh.dataplane.frame.CookieFrame;
import io.shadowmesh.dataplane.identity.PeerId;
import org.junit.jupiter.api.Test;

import java.security.SecureRandom;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.concurrent.TimeUnit;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** The bytes were computed by another implementation: Python's hmac, and AES-GCM of the cryptography package. */
class CookieTest
{
    private static final long SECOND_NS = TimeUnit.SECONDS.toNanos(1);
    private static final Endpoint THERE = Endpoint.ofIpv4(0xC0000201, 9443);
    private static final PeerId SELF = PeerId.ofHash(counting(0, 32));

    private final CookieIssuer issuer = new CookieIssuer(SELF, new Counting());
    private final HandshakeDatagram view = new HandshakeDatagram();

    /** Random bytes that are known: 50, 51, 52, ... in the first call, 51, 52, ... in the second. */
    private static final class Counting extends SecureRandom
    {
        private static final long serialVersionUID = 1L;
        private int calls;

        Counting()
        {
            super(null, null);
        }

        @Override
        public void nextBytes(final byte[] bytes)
        {
            System.arraycopy(counting(50 + calls++, bytes.length), 0, bytes, 0, bytes.length);
        }
    }

    private static byte[] counting(final int from, final int length)
    {
        final byte[] bytes = new byte[length];
        for (int i = 0; i < length; i++)
        {
            bytes[i] = (byte)(from + i);
        }
        return bytes;
    }

    private static byte[] hex(final String text)
    {
        return HexFormat.of().parseHex(text);
    }

    private static byte[] first()
    {
        final HandshakeDatagrams datagrams = HandshakeDatagrams.of(
            FragmentLayout.M1, new byte[1216], 1240, Suite.AES_256_GCM, 77, 0, Mac1.toResponder(SELF));
        return RawInitiator.collect(datagrams).getFirst();
    }

    private boolean accepts(final Cookie cookie, final Endpoint source, final long nowNs)
    {
        final byte[] datagram = first();
        cookie.writeMac2(datagram);
        assertNull(view.wrap(datagram, datagram.length));
        return issuer.accepts(view, source, nowNs);
    }

    @Test
    void isAnHmacOfAddressAndPort()
    {
        assertArrayEquals(hex("3e65a8bf3060221ceeb957a5122121ba"), issuer.cookieOf(THERE, 0).bytes());
        assertArrayEquals(
            hex("b0346dd0c64e785f11669e0e2de4dbe4"),
            issuer.cookieOf(Endpoint.ofIpv6(0x20010DB800010000L, 1, 0, 9443), 0).bytes());
    }

    @Test
    void isSealedForOneFirstMessage()
    {
        final CookieCipher cipher = new CookieCipher(SELF);
        final Cookie cookie = new Cookie(counting(0, 16));
        final byte[] salt = counting(100, 24);
        final byte[] datagram = new byte[500];
        System.arraycopy(counting(200, 16), 0, datagram, 468, 16);

        final byte[] sealed = cipher.seal(cookie, salt, datagram, 500);
        assertArrayEquals(hex("5aaf8a2c5c3b0d6e2087bc40c494d5067f94452f6273e27d843b86d8c50f3e70"), sealed);
        assertEquals(cookie, cipher.open(sealed, salt, datagram));

        datagram[468]++;
        assertNull(cipher.open(sealed, salt, datagram), "another mac1");
        datagram[468]--;
        assertNull(new CookieCipher(PeerId.ofHash(counting(1, 32))).open(sealed, salt, datagram), "another responder");
        assertNull(cipher.open(sealed, counting(101, 24), datagram), "another salt");
        for (int bit = 0; bit < sealed.length * 8; bit++)
        {
            final byte[] changed = sealed.clone();
            changed[bit / 8] ^= (byte)(1 << bit % 8);
            assertNull(cipher.open(changed, salt, datagram), "bit " + bit);
        }
        assertEquals(cookie, cipher.open(sealed, salt, datagram));
    }

    @Test
    void isSentInAFrameOfSeventyNineBytesThatIsSealedUnderANewKeyEachTime()
    {
        final byte[] datagram = first();
        view.wrap(datagram, datagram.length);
        final byte[] reply = issuer.reply(view, THERE, 0);
        final byte[] again = issuer.reply(view, THERE, 0);
        assertEquals(79, reply.length);
        assertArrayEquals(hex("0000000000000000" + "11" + "0000000000000000" + "003c" + "0000004d"),
            Arrays.copyOf(reply, CookieFrame.SALT_OFFSET));
        assertFalse(Arrays.equals(
            Arrays.copyOfRange(reply, CookieFrame.SALT_OFFSET, CookieFrame.SEALED_OFFSET),
            Arrays.copyOfRange(again, CookieFrame.SALT_OFFSET, CookieFrame.SEALED_OFFSET)));
        assertEquals(issuer.cookieOf(THERE, 0), new CookieCipher(SELF).open(
            Arrays.copyOfRange(again, CookieFrame.SEALED_OFFSET, CookieFrame.LENGTH),
            Arrays.copyOfRange(again, CookieFrame.SALT_OFFSET, CookieFrame.SEALED_OFFSET),
            datagram));
        assertNull(view.wrap(reply, reply.length));
        assertTrue(view.isCookie());
        assertEquals(77, view.receiverIndex());
        assertNotEquals(null, view.wrap(Arrays.copyOf(reply, 78), 78));
    }

    @Test
    void isGoodForOneAddressAndPortAlone()
    {
        final Cookie cookie = issuer.cookieOf(THERE, 0);
        assertTrue(accepts(cookie, THERE, 0));
        assertFalse(accepts(cookie, Endpoint.ofIpv4(0xC0000201, 9444), 0));
        assertFalse(accepts(cookie, Endpoint.ofIpv4(0xC0000202, 9443), 0));
        assertFalse(accepts(cookie, Endpoint.ofIpv6(0x20010DB800010000L, 1, 0, 9443), 0));
    }

    @Test
    void isGoodUntilItsSecretHasBeenRenewedTwice()
    {
        final Cookie cookie = issuer.cookieOf(THERE, 0);
        assertEquals(cookie, issuer.cookieOf(THERE, 120 * SECOND_NS - 1));
        assertNotEquals(cookie, issuer.cookieOf(THERE, 120 * SECOND_NS), "renewed");
        assertTrue(accepts(cookie, THERE, 120 * SECOND_NS));
        assertTrue(accepts(cookie, THERE, 240 * SECOND_NS - 1));
        assertFalse(accepts(cookie, THERE, 240 * SECOND_NS));
    }

    @Test
    void isNoLongerGoodAfterAPauseThoughNothingRenewedItsSecretMeanwhile()
    {
        final Cookie cookie = issuer.cookieOf(THERE, 0);
        assertFalse(accepts(cookie, THERE, 240 * SECOND_NS));
    }

    @Test
    void isSeenInNoDatagramWithAnEmptyOrChangedMac2()
    {
        final byte[] datagram = first();
        assertNull(view.wrap(datagram, datagram.length));
        assertFalse(issuer.accepts(view, THERE, 0));
        issuer.cookieOf(THERE, 0).writeMac2(datagram);
        assertTrue(issuer.accepts(view, THERE, 0));
        for (int bit = 0; bit < datagram.length * 8; bit++)
        {
            datagram[bit / 8] ^= (byte)(1 << bit % 8);
            assertFalse(issuer.accepts(view, THERE, 0), "bit " + bit);
            datagram[bit / 8] ^= (byte)(1 << bit % 8);
        }
        Cookie.clearMac2(datagram);
        assertArrayEquals(first(), datagram);
    }
}
