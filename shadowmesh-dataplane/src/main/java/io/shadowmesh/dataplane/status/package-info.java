/**
 * What a tunnel counts: one documented list of counters, kept in a mapped file that other processes read at no cost to
 * the data path.
 *
 * <p>May use Agrona and the drop reasons of {@code frame}.
 */
package io.shadowmesh.dataplane.status;
