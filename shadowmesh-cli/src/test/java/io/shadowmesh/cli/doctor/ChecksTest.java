package io.shadowmesh.cli.doctor;

import io.shadowmesh.dataplane.TunnelPeer;
import io.shadowmesh.dataplane.address.IpPrefix;
import io.shadowmesh.dataplane.device.UdpOptions;
import io.shadowmesh.dataplane.identity.Identity;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** Each thing that can be wrong with a machine, made so. Those that need a network of their own are in DoctorIT. */
final class ChecksTest
{
    private static final InetSocketAddress LOOPBACK = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);

    @TempDir
    private Path folder;

    @Test
    void findsAJdkWithoutMlKem()
    {
        final JavaCheck check = new JavaCheck(Runtime.Version.parse("23"), "ML-KEM-OF-NOWHERE", true, true);
        expect(Verdict.PROBLEM, "has no ML-KEM-OF-NOWHERE", "JDK 24 or newer", check);
        expect(Verdict.OK, "25", "", new JavaCheck(Runtime.Version.parse("25"), "ML-KEM", true, true));
        expect(Verdict.WARNING, "24 works", "JDK 25", new JavaCheck(Runtime.Version.parse("24"), "ML-KEM", true, true));
    }

    @Test
    void findsNativeAccessThatIsNotDeclaredOrRefused()
    {
        final Runtime.Version version = Runtime.Version.parse("25");
        expect(Verdict.WARNING, "not declared", "--enable-native-access", new JavaCheck(version, "ML-KEM", false, true));
        expect(Verdict.PROBLEM, "refused", "--enable-native-access", new JavaCheck(version, "ML-KEM", false, false));
    }

    @Test
    void findsACipherThatIsNotThere()
    {
        expect(Verdict.PROBLEM, "is unknown", "leave out --crypto rot13", new CipherCheck("rot13"));
        for (final String name : List.of("auto", "jdk"))
        {
            assertFalse(new CipherCheck(name).run().getFirst().verdict() == Verdict.PROBLEM);
        }
    }

    @Test
    void findsATunFileThatIsMissingOrIsNoDevice() throws IOException
    {
        expect(Verdict.PROBLEM, "there is none", "modprobe tun", new TunFileCheck(folder.resolve("tun")));
        final Path tun = Files.createDirectory(folder.resolve("tun"));
        expect(Verdict.PROBLEM, "cannot be opened", "CONFIG_TUN", new TunFileCheck(tun));
    }

    @Test
    void findsMissingCapabilities() throws IOException
    {
        final Path status = Files.writeString(folder.resolve("status"), "Name:\tx\nCapEff:\t0000000000001000\n");
        final Path first = Files.writeString(folder.resolve("first"), "1024\n");
        assertEquals(List.of(Finding.ok("capability", "CAP_NET_ADMIN")), new CapabilityCheck(status, first, 9443).run());
        expect(Verdict.PROBLEM, "CAP_NET_BIND_SERVICE is missing: port 443", "-port 1024",
            new CapabilityCheck(status, first, 443));
        Files.writeString(status, "CapEff:\t0000000000000400\n");
        expect(Verdict.PROBLEM, "CAP_NET_ADMIN is missing", "run as root", new CapabilityCheck(status, first, 443));
        assertEquals(1, new CapabilityCheck(status, first, 443).run().size(), "the port may be bound");
        Files.writeString(status, "nothing\n");
        expect(Verdict.WARNING, "cannot be read", "mount /proc", new CapabilityCheck(status, first, 443));
    }

    @Test
    void findsAPortThatIsTaken() throws IOException
    {
        try (DatagramSocket other = new DatagramSocket(LOOPBACK))
        {
            final InetSocketAddress taken = (InetSocketAddress)other.getLocalSocketAddress();
            final UdpOptions options = UdpOptions.defaults();
            expect(Verdict.PROBLEM, "is taken by another program", "",
                new SocketCheck(taken, folder.resolve("no"), options));
            expect(Verdict.OK, "in use, as a node with the device " + folder.getFileName() + " runs", "",
                new SocketCheck(taken, folder, options));
        }
    }

    @Test
    void findsAnAddressThatIsNotOfThisMachine()
    {
        expect(Verdict.PROBLEM, "does not hold the address 192.0.2.77", "",
            new SocketCheck(new InetSocketAddress("192.0.2.77", 0), "none"));
    }

    @Test
    void findsBuffersAndOffloadsThatTheKernelDoesNotGrant()
    {
        final int tooMuch = 1 << 30;
        final UdpOptions options = UdpOptions.defaults().receiveBuffer(tooMuch).sendBuffer(tooMuch)
            .segmentation(false).coalescing(false);
        final SocketCheck check = new SocketCheck(LOOPBACK, folder, options);
        expect(Verdict.WARNING, "bytes to receive: bursts may be lost", "sysctl -w net.core.rmem_max=" + tooMuch, check);
        expect(Verdict.WARNING, "bytes to send", "sysctl -w net.core.wmem_max=" + tooMuch, check);
        expect(Verdict.WARNING, "none: the kernel", "Linux 5.0", check);
    }

    @Test
    void findsSlowAndWrongClocks() throws IOException
    {
        final Path source = Files.writeString(folder.resolve("source"), "hpet\n");
        final Instant now = Instant.parse("2026-11-29T00:00:00Z");
        expect(Verdict.WARNING, "reads hpet", "clocksource=tsc", new ClockCheck(source, now));
        Files.writeString(source, "tsc\n");
        expect(Verdict.OK, "source tsc", "", new ClockCheck(source, now));
        expect(Verdict.OK, "source unknown", "", new ClockCheck(folder.resolve("none"), now));
        expect(Verdict.WARNING, "1970", "timedatectl", new ClockCheck(source, Instant.EPOCH));
    }

    @Test
    void findsAPeerWhoseNameIsUnknownAndOneThatMustCall()
    {
        final Identity identity = Identity.generate();
        final TunnelPeer.Builder peer =
            TunnelPeer.builder(identity.peerId()).name("b").allowedIp(IpPrefix.parse("10.0.0.0/8"));
        expect(Verdict.OK, "must call", "", check(identity, peer.build()));
        expect(Verdict.PROBLEM, "cannot be resolved", "name server",
            check(identity, peer.endpoint("no-such-host.invalid", 9443).build()));
    }

    private static PeerCheck check(final Identity identity, final TunnelPeer peer)
    {
        return new PeerCheck(identity, peer, LOOPBACK, 1400, Duration.ofSeconds(1));
    }

    private static void expect(final Verdict verdict, final String found, final String advice, final Check check)
    {
        final List<Finding> findings = check.run();
        assertTrue(findings.stream().anyMatch(finding -> finding.verdict() == verdict && finding.found().contains(found) &&
            finding.advice().contains(advice)), () -> "" + findings);
    }
}
