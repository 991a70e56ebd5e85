/**
 * Native memory for tests that ends the JVM when a byte beside it is touched.
 */
package io.shadowmesh.dataplane.memory;
