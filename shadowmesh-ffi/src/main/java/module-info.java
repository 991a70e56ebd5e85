/**
 * The kernel and C library as Java sees them: generated bindings, and the facade over their calls. Grant
 * {@code --enable-native-access} to this module; no other of the project needs it.
 */
module io.shadowmesh.ffi
{
    exports io.shadowmesh.ffi;
    exports io.shadowmesh.ffi.linux;
    exports io.shadowmesh.ffi.ipsecmb;
}
