package io.shadowmesh.dataplane.host;

import io.shadowmesh.dataplane.address.IpPrefix;
import io.shadowmesh.ffi.Errno;

import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;

import static org.junit.jupiter.api.Assertions.assertEquals;

class DeviceRoutesTest
{
    private static final IpPrefix KEPT = IpPrefix.parse("10.1.0.0/16");
    private static final IpPrefix UNWANTED = IpPrefix.parse("10.2.0.0/16");

    private final DeviceRoutes routes = new DeviceRoutes(1, List.of(KEPT, UNWANTED));
    private final List<IpPrefix> removed = new ArrayList<>();

    @Test
    void takesAwayWhatIsNotWantedAnyMore()
    {
        remove(0);
        assertEquals(List.of(UNWANTED), removed);
        assertEquals(List.of(), routes.refusals());
        assertEquals(1, routes.count());
    }

    @Test
    void doesNotMissARouteThatIsGoneAlready()
    {
        remove(-Errno.ESRCH);
        assertEquals(List.of(), routes.refusals());
        assertEquals(1, routes.count());
    }

    @Test
    void saysWhichRouteIsStillThereAndTriesAgain()
    {
        remove(-Errno.EPERM);
        assertEquals(List.of(new DeviceRoutes.Refusal(UNWANTED, Errno.EPERM, true)), routes.refusals());
        assertEquals(2, routes.count());
        remove(0);
        assertEquals(List.of(UNWANTED, UNWANTED), removed);
        assertEquals(1, routes.count());
    }

    private void remove(final int result)
    {
        routes.removeUnwanted(Set.of(KEPT), prefix ->
        {
            removed.add(prefix);
            return result;
        });
    }
}
