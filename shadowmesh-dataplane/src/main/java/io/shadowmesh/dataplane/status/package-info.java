/**
 * What others see of a running tunnel: one documented list of counters, a description of the node and of each peer, in a
 * mapped file that other processes read at no cost to the data path.
 *
 * <p>{@code RuntimeFolder} says where the file lies, {@code StatusFile} writes it, {@code NodeStatus} reads it.
 *
 * <p>May use Agrona, the drop reasons of {@code frame}, and {@code host} for who the user is.
 */
package io.shadowmesh.dataplane.status;
