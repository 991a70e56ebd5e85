/**
 * The tunnel as a library: {@link io.shadowmesh.dataplane.Tunnel}, its builder, its peers.
 *
 * <p>This package opens what the other packages make and joins it; it may use all of them. Nothing of Agrona shows in
 * it.
 */
package io.shadowmesh.dataplane;
