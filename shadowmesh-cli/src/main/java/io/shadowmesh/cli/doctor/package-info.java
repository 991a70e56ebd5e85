/**
 * What {@code shadowmesh doctor} looks at: a class for each thing that a tunnel needs, which says what it has found and
 * what to do about it. They change nothing.
 */
package io.shadowmesh.cli.doctor;
