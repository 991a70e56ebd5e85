/**
 * The command line of ShadowMesh: commands, their options, the peer files, and one line for every mistake.
 *
 * <p>May use the data plane's public API, picocli and tomlj. Holds no tunnel logic of its own.
 */
package io.shadowmesh.cli;
