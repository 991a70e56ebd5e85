/**
 * What one sees of running nodes: {@code shadowmesh status}, once or again and again, and {@code shadowmesh metrics}.
 * All of it comes from the nodes' status files, which the nodes do not notice.
 */
package io.shadowmesh.cli.watch;
