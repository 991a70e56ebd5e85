/**
 * What a node asks of its machine: network namespaces, veth pairs, the sysctl settings that would break a tunnel's
 * traffic, and the user that it runs as. Set-up only: nothing here is called while packets flow.
 *
 * <p>May use: {@code io.shadowmesh.ffi}, {@code address} and {@code device}.
 */
package io.shadowmesh.dataplane.host;
