package io.shadowmesh.cli.doctor;

import io.shadowmesh.dataplane.device.DeviceException;
import io.shadowmesh.dataplane.device.TunConfig;
import io.shadowmesh.dataplane.device.TunDevice;

import java.util.List;

/** A TUN device, made for a moment and without an address, and its offloads. */
public final class DeviceCheck implements Check
{
    private final int mtu;

    /**
     * Makes a device as a node would.
     *
     * @param mtu of it.
     */
    public DeviceCheck(final int mtu)
    {
        this.mtu = mtu;
    }

    @Override
    public List<Finding> run()
    {
        try (TunDevice device = TunDevice.open(TunConfig.builder().name("smdoctor%d").mtu(mtu).offloads(true).build()))
        {
            return List.of(Finding.ok("TUN device", "can be made, MTU " + device.mtu()),
                device.offloads().joinsUdp() ? Finding.ok("TUN offloads", device.offloads().text()) :
                Finding.warning("TUN offloads", device.offloads().text(),
                "Linux 6.2 and newer have TCP's and UDP's; without, a core carries less"));
        }
        catch (final DeviceException e)
        {
            return List.of(Finding.problem("TUN device", "cannot be made: " + e.getMessage(), ""));
        }
    }
}
