/**
 * The cryptography of the tunnel: the AEADs that seal frames, X-Wing and ML-KEM as key encapsulation mechanisms, and
 * the symmetric state of the Noise protocol framework.
 *
 * <p>Sealing and opening work on native addresses and allocate nothing (where libcrypto is there); everything that a
 * handshake needs works on {@code byte[]} and runs on the handshake thread. May use the FFI module, Agrona's buffers and
 * the JDK's providers; knows no frames, sessions or devices.
 */
package io.shadowmesh.dataplane.crypto;
