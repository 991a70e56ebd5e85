/** A project that uses the tunnel as a library. */
module org.example.consumer
{
    requires io.shadowmesh.dataplane;
}
