/**
 * Where a node is and what lies behind it: UDP endpoints and IP prefixes as plain immutable values.
 *
 * <p>Nothing here resolves a name or touches a device. May use the JDK and nothing else.
 */
package io.shadowmesh.dataplane.address;
