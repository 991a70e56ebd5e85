/**
 * The ShadowMesh data plane: devices, rings, frames, sessions and agents, and the tunnel that they make.
 *
 * <p>Agrona is used inside; its users need {@code --add-exports java.base/jdk.internal.misc=org.agrona}.
 */
module io.shadowmesh.dataplane
{
    requires transitive io.shadowmesh.ffi;
    requires org.agrona;
    requires HdrHistogram;
    requires java.management;
    requires jdk.management;
    requires jdk.jfr;

    exports io.shadowmesh.dataplane;
    exports io.shadowmesh.dataplane.address;
    exports io.shadowmesh.dataplane.capture;
    exports io.shadowmesh.dataplane.crypto;
    exports io.shadowmesh.dataplane.device;
    exports io.shadowmesh.dataplane.frame;
    exports io.shadowmesh.dataplane.host;
    exports io.shadowmesh.dataplane.identity;
    exports io.shadowmesh.dataplane.request;
    exports io.shadowmesh.dataplane.ring;
    exports io.shadowmesh.dataplane.status;
}
