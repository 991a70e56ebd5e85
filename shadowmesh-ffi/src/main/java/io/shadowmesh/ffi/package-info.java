/**
 * Every restricted call of the project: system calls that return their result or {@code -errno} and allocate nothing,
 * libcrypto, and the few views of raw memory that they need. Uses the generated bindings and the JDK alone.
 */
package io.shadowmesh.ffi;
