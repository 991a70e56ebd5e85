/**
 * {@code shadowmesh demo}: two hosts in network namespaces on one machine, a node in each, pings and TCP between them.
 *
 * <p>May use the data plane's public API and its {@code host} package, the system-call facade and HdrHistogram.
 */
package io.shadowmesh.cli.demo;
