package io.shadowmesh.dataplane.device;

import io.shadowmesh.ffi.Errno;
import org.junit.jupiter.api.Test;

import java.lang.foreign.MemorySegment;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

class TunDeviceTest
{
    private static String opening(final int errno)
    {
        return TunDevice.openFailure("/dev/net/tun", errno).getMessage();
    }

    private static String attaching(final int errno)
    {
        return TunDevice.attachFailure("chr001", errno).getMessage();
    }

    @Test
    void saysHowToGetADeviceFile()
    {
        final DeviceException e = assertThrows(
            DeviceException.class, () -> TunDevice.open(TunConfig.builder().build(), "/nowhere/net/tun"));
        assertEquals(Errno.ENOENT, e.errno());
        assertEquals("there is no /nowhere/net/tun: modprobe tun, or mkdir -p /dev/net &&" +
            " mknod /dev/net/tun c 10 200 (in a container, let it have the device)", e.getMessage());
        assertTrue(opening(Errno.ENODEV).endsWith("modprobe tun"));
    }

    @Test
    void saysWhichPrivilegeIsMissing()
    {
        assertTrue(opening(Errno.EACCES).contains("run as root"));
        assertEquals("cannot make the TUN device chr001: it needs CAP_NET_ADMIN: run as root, or with that capability" +
            " (AmbientCapabilities=CAP_NET_ADMIN in a systemd unit)", attaching(Errno.EPERM));
        assertTrue(TunDevice.attachFailure("", Errno.EPERM).getMessage().startsWith("cannot make a TUN device"));
    }

    @Test
    void saysThatANameIsTaken()
    {
        assertTrue(attaching(Errno.EBUSY).startsWith("the device name chr001 is taken: another program holds"));
        assertTrue(attaching(Errno.EINVAL).startsWith("the device name chr001 is taken by an interface that is no"));
    }

    @Test
    void refusesAFileThatIsNoTunDevice()
    {
        final DeviceException e = assertThrows(
            DeviceException.class, () -> TunDevice.open(TunConfig.builder().build(), "/dev/null"));
        assertEquals(Errno.ENOTTY, e.errno());
    }

    @Test
    void wrapsADescriptorThatKeepsPacketsApart()
    {
        try (Loopback loopback = new Loopback())
        {
            final int[] pair = loopback.packetPair();
            try (TunDevice one = TunDevice.ofDescriptor(pair[0], "one", 1400);
                TunDevice two = TunDevice.ofDescriptor(pair[1], "two", 1300))
            {
                assertEquals("one", one.name());
                assertEquals(1300, two.mtu());
                assertEquals(pair[0], one.fileDescriptor());
                assertEquals(0, one.interfaceIndex());
                assertEquals(0, one.headerLength());
                assertFalse(one.isPersistent());
                final MemorySegment room = loopback.arena.allocate(100);
                assertEquals(-Errno.EAGAIN, two.read(loopback.calls, room.address(), 100));
                assertEquals(3, one.write(loopback.calls, loopback.text("abc").address(), 3));
                assertEquals(2, one.write(loopback.calls, loopback.text("de").address(), 2));
                assertEquals(3, two.read(loopback.calls, room.address(), 100));
                assertEquals("abc", Loopback.text(room.address(), 3));
                assertEquals(2, two.read(loopback.calls, room.address(), 100));
                assertEquals("de", Loopback.text(room.address(), 2));
            }
        }
    }
}
