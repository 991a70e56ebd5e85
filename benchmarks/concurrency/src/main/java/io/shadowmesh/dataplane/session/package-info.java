/**
 * jcstress tests of what crosses threads in the package of this name.
 */
package io.shadowmesh.dataplane.session;
