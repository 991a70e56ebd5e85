package io.shadowmesh.dataplane.handshake;

import io.shadowmesh.dataplane.crypto.Suite;

import org.junit.jupiter.api.Test;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

class LocalNodeTest
{
    @Test
    void bindsTheHandshakeToProtocolSuiteAndResponder()
    {
        final ByteArrayOutputStream prologue = new ByteArrayOutputStream();
        prologue.writeBytes("shadowmesh/1".getBytes(StandardCharsets.US_ASCII));
        prologue.write(2);
        prologue.writeBytes(TestPeers.LOWER.peerId().bytes());
        assertArrayEquals(
            prologue.toByteArray(), LocalNode.prologue(Suite.CHACHA20_POLY1305, TestPeers.LOWER.peerId()));
    }
}
