/**
 * The tunnel as its users meet it: {@code bin/shadowmesh} processes on two hosts made of network namespaces, watched
 * from outside.
 *
 * <p>Glossary: a {@link io.shadowmesh.cli.it.Host} is a network namespace; {@link io.shadowmesh.cli.it.TwoHosts} joins
 * two of them by a cable; a {@link io.shadowmesh.cli.it.Node} is a {@code shadowmesh up} on a host;
 * {@link io.shadowmesh.cli.it.Relay} is a box between them that counts every datagram and does to it what its plan
 * says (package {@code relay}). The {@code *Program} classes run in processes of their own, on a host.
 *
 * <p>These tests need root, {@code /dev/net/tun} and a few Debian packages; see {@code docs/testing.md}. They may use
 * the JDK, JUnit, and the public API of the data plane to make identities; never the inside of the product.
 */
package io.shadowmesh.cli.it;
