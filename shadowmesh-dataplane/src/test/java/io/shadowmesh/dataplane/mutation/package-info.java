/**
 * Breaks the guards of the product on purpose, one at a time and in a copy of the sources, and demands that the unit
 * tests notice each.
 */
package io.shadowmesh.dataplane.mutation;
