package io.shadowmesh.cli.it;

import java.io.File;
import java.io.IOException;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

import io.shadowmesh.dataplane.host.NetworkNamespace;
import io.shadowmesh.dataplane.identity.IdentityFile;
import io.shadowmesh.dataplane.status.TunnelCounter;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** The doctor's findings about two hosts, well and with one thing after the other broken. */
@Timeout(240)
final class DoctorIT
{
    @RegisterExtension
    private static final Scene SCENE =
        Scene.perClass("ping", "nft", "setpriv", "unshare", "strace", "faketime", "ldconfig");

    /** For so long a node keeps a handshake that nothing confirms, and it keeps no more than four of a peer. */
    private static final Duration UNCONFIRMED = Duration.ofSeconds(16);

    /** Empties the libraries of ciphers, for the command that follows alone. */
    private static final String WITHOUT_LIBRARIES = "for f in $(ldconfig -p | " +
        "sed -n 's/.*lib\\(IPSec_MB\\|crypto\\)\\.so.* => //p'); do mount --bind /dev/null $f; done; ";
    private static final String SLOW_CLOCK =
        "echo hpet >clock; mount --bind clock /sys/devices/system/clocksource/clocksource0/current_clocksource; ";
    private static final String NO_TUN = "mount -t tmpfs none /dev/net; ";

    @Test
    void findsEachThingThatIsBroken()
    {
        final Node b = SCENE.startListener().ready();
        findsNothingWrongAndChangesNothing(b);
        findsWhatIsWrongWithThePeer();
        findsWhatIsWrongWithTheMachine();
        findsWhatSlowsTheTunnelDown();
        assertEquals(0, b.count(TunnelCounter.SESSIONS_ESTABLISHED), b::toString);
        b.close();
        expect(1, "problem +peer \\S+ +192.0.2.2:9443 refuses", examine(SCENE.idB() + "@" + TwoHosts.B4));
        findsThatSomebodyElseAnswers();
    }

    @Test
    void findsThatTheKeyIsOpenThePortIsTakenAndTheCipherIsNotThere() throws IOException
    {
        Node.peerId(SCENE.a(), "open");
        Files.setPosixFilePermissions(IdentityFile.path(SCENE.a().folder().resolve("open")),
            PosixFilePermissions.fromString("rw-r--r--"));
        final ChildProcess doctor;
        try (NetworkNamespace namespace = NetworkNamespace.open(Path.of("/run/netns", SCENE.a().namespace()));
            DatagramSocket taken =
                namespace.call(() -> new DatagramSocket(Scene.PORT, InetAddress.getByName(TwoHosts.A4))))
        {
            assertTrue(taken.isBound());
            doctor = run(command("open", SCENE.idB() + "@" + TwoHosts.B4, "-ip", TwoHosts.A4, "--crypto", "libcrypto"),
                after(WITHOUT_LIBRARIES, "-P", "/dev/net/tun", "-e", "trace=ioctl", "-e",
                "inject=ioctl:error=EINVAL:when=4+"));
        }
        expect(1, "problem +identity +.*/identity.key.*chmod 600", doctor);
        expect(1, "problem +cipher +AEAD provider libcrypto: .*; install OpenSSL .*; leave out --crypto libcrypto$", doctor);
        expect(1, "ok +TUN device +can be made", doctor);
        expect(1, "warning +TUN offloads +refused by the kernel; Linux 6.2 and newer have", doctor);
        expect(1, "problem +UDP port +UDP port 9443 of 192.0.2.1 is taken by another program: stop it \\(ss ", doctor);
        expect(1, "ok +peer \\S+ +the route takes packets of 1500 bytes", doctor);
    }

    @Test
    void findsThatTheJdkRefusesNativeCalls()
    {
        final List<String> command = command("keys", SCENE.idB() + "@" + TwoHosts.B4);
        final List<String> java = new ArrayList<>(List.of(Machine.jdk("java"), "--illegal-native-access=deny",
            "--add-exports", "java.base/jdk.internal.misc=ALL-UNNAMED", "-cp",
            Machine.root().resolve("shadowmesh-cli/target/shadowmesh/lib") + "/*", "io.shadowmesh.cli.Main"));
        java.addAll(command.subList(1, command.size()));
        final ChildProcess doctor = run(java);
        expect(1, "problem +native access +refused: .*; start with --enable-native-access=ALL-UNNAMED", doctor);
        expect(1, "ok +clock +source ", doctor);
        assertEquals(List.of(), doctor.errors());
    }

    @Test
    void findsAJdkWithoutMlKemAndOneThatIsTooOld() throws IOException
    {
        SCENE.idA();
        final ChildProcess without = run(command("keys", SCENE.idB() + "@" + TwoHosts.B4),
            "env", Machine.withoutMlKem(SCENE.a()));
        expect(1, "problem +JDK +\\S+ has no ML-KEM; run on JDK 24 or newer \\(set JAVA_HOME\\)", without);
        expect(1, "ok +clock +source ", without);

        SCENE.a().write("old/release", "JAVA_VERSION=\"17.0.15\"\n");
        SCENE.a().write("old/bin/java", "#!/bin/sh\necho 'who started me?'\n");
        final Path old = SCENE.a().folder().resolve("old");
        Files.setPosixFilePermissions(old.resolve("bin/java"), PosixFilePermissions.fromString("rwxr-xr-x"));
        final Path tools = Files.createDirectory(SCENE.a().folder().resolve("tools"));
        for (final String tool : List.of("sh", "dirname", "readlink", "sed"))
        {
            Files.createSymbolicLink(tools.resolve(tool), Machine.findTool(tool).orElseThrow());
        }
        final ChildProcess ofOld = run(command("keys", SCENE.idB() + "@" + TwoHosts.B4), "env",
            "PATH=" + tools, "JAVA_HOME=" + old, "SHADOWMESH_JDKS=" + tools);
        assertEquals(1, ofOld.awaitExit(Await.SOON), ofOld::toString);
        assertEquals(List.of(), ofOld.output());
        assertEquals(List.of("shadowmesh: needs a JDK 22 or newer, best 25, and the newest here is 17, in " + old +
            ": install one (Temurin 25 from https://adoptium.net), or set JAVA_HOME"), ofOld.errors());
    }

    private void findsNothingWrongAndChangesNothing(final Node b)
    {
        SCENE.a().sysctl("net/ipv4/conf/all/rp_filter", "0");
        SCENE.a().sysctl("net/ipv4/conf/default/rp_filter", "0");
        final ChildProcess well = examine(SCENE.idB() + "@" + TwoHosts.B4, "--json");
        assertEquals(0, well.awaitExit(Await.SOON), () -> well + "\n" + b);
        final String json = String.join("\n", well.output());
        assertTrue(json.startsWith("{\"ok\": true, \"findings\": ["), json);
        for (final String check : List.of("JDK", "native access", "configuration", "identity", "cipher", "/dev/net/tun",
            "capability", "TUN device", "TUN offloads", "UDP port", "socket buffers", "UDP offloads", "kernel settings",
            "clock"))
        {
            assertTrue(json.contains("{\"check\": \"" + check + "\", "), check + " in " + json);
        }
        assertTrue(json.contains("answers a handshake at 192.0.2.2:9443"), json);
        assertTrue(json.contains("the route takes packets of 1500 bytes"), json);
        assertTrue(json.contains("\"segmentation and receive offload\""), json);
        assertTrue(json.contains("rp_filter and ip_forward let the traffic pass"), json);
        assertEquals(List.of(), SCENE.a().tunDevices());
        assertFalse(SCENE.a().hasDevice(Scene.deviceA()));
    }

    private void findsWhatIsWrongWithThePeer()
    {
        expect(1, "problem +peer \\S+ +silence from 192.0.2.2:9443.*Peer ID than " + SCENE.idC() + " .*does not answer",
            examine(SCENE.idC() + "@" + TwoHosts.B4, "--wait", "1"));
        final String other = Node.peerId(SCENE.a(), "other");
        expect(1, "problem +peer \\S+ +answers at 192.0.2.2:9443 and does not accept.*allow " + other,
            examineWith("other", SCENE.idB() + "@" + TwoHosts.B4, "--wait", "2"));
        expect(1, "problem +peer \\S+ +the name nowhere.invalid cannot be resolved",
            examine(SCENE.idB() + "@nowhere.invalid"));
        SCENE.a().ip("route", "add", "unreachable", "203.0.113.9");
        expect(1, "problem +peer \\S+ +no datagram gets to 203.0.113.9:9443.*ip route get",
            examine(SCENE.idB() + "@203.0.113.9"));
        SCENE.b().succeed("nft", "add table ip doctor; add chain ip doctor in { type filter hook input priority 0; };" +
            "add rule ip doctor in udp dport 9443 drop");
        expect(1, "problem +peer \\S+ +silence from 192.0.2.2:9443 for 1 s; a firewall",
            examine(SCENE.idB() + "@" + TwoHosts.B4, "--wait", "1"));
        SCENE.b().succeed("nft", "delete table ip doctor");
        SCENE.a().ip("route", "add", "192.0.2.2/32", "dev", "cable", "mtu", "1300");
        expect(0, "warning +peer \\S+ +the route takes packets of 1300 bytes.*-mtu 1233",
            examine(SCENE.idB() + "@" + TwoHosts.B4));
        SCENE.a().ip("route", "del", "192.0.2.2/32", "dev", "cable");
    }

    private void findsWhatIsWrongWithTheMachine()
    {
        final String peer = SCENE.idB() + "@" + TwoHosts.B4;
        expect(1, "problem +capability +CAP_NET_ADMIN is missing", run(command("keys", peer),
            "setpriv", "--bounding-set", "-net_admin", "--inh-caps", "-net_admin", "--"));
        expect(1, "problem +/dev/net/tun +there is none; load the module",
            run(command("keys", peer), "unshare", "-m", "sh", "-c", NO_TUN + "exec \"$@\"", "sh"));
        SCENE.a().sysctl("net/ipv4/conf/all/rp_filter", "1");
        SCENE.a().sysctl("net/ipv4/conf/default/rp_filter", "1");
        SCENE.a().sysctl("net/ipv4/ip_forward", "0");
        Await.passing(UNCONFIRMED);
        final ChildProcess settings = examine(
            peer + "=10.10.10.4/32,10.77.0.0/16", "-allow", SCENE.idC() + "=10.10.10.5/32", "--no-routes");
        expect(0, "warning +kernel settings +net.ipv4.conf.default.rp_filter=1.*sysctl -w net.ipv4.conf.default.rp_filter=2",
            settings);
        expect(0, "warning +kernel settings +net.ipv4.ip_forward=0.*sysctl -w net.ipv4.ip_forward=1", settings);
        SCENE.a().sysctl("net/ipv4/conf/all/rp_filter", "0");
        SCENE.a().sysctl("net/ipv4/conf/default/rp_filter", "0");
        SCENE.a().write("broken/shadowmesh.toml", "prot = 1\n");
        expect(1, "problem +configuration +.*shadowmesh.toml:1: unknown key 'prot'", examineWith("broken", peer));
        expect(2, "", examine(peer, "-mtu", "7"));
    }

    /** All at once: none of it keeps the tunnel from working. */
    private void findsWhatSlowsTheTunnelDown()
    {
        // Of this thread's calls to set an option the first is the JVM's, then come the path MTU's and the buffers' two.
        final ChildProcess doctor = run(command("keys", SCENE.idB() + "@" + TwoHosts.B4, "-ip", TwoHosts.A4),
            after(WITHOUT_LIBRARIES + SLOW_CLOCK, "-e", "trace=setsockopt,getsockopt",
            "-e", "inject=setsockopt:retval=0:when=3..4", "-e", "inject=getsockopt:error=ENOPROTOOPT:when=3",
            "env", "NO_FAKE_STAT=1", "FAKETIME_DONT_FAKE_MONOTONIC=1", "faketime", "-f", "@2020-01-01 00:00:00"));
        expect(0, "warning +cipher +jdk \\(Java .*would be faster", doctor);
        expect(0, "warning +socket buffers +\\d+ of 4194304 bytes to receive: .*sysctl -w net.core.rmem_max=4194304",
            doctor);
        expect(0, "warning +socket buffers +\\d+ of 1048576 bytes to send: .*sysctl -w net.core.wmem_max=1048576", doctor);
        expect(0, "warning +UDP offloads +no segmentation: .*; Linux 5.0 and newer have both", doctor);
        expect(0, "warning +clock +says 2020-01-01T00:00:.*; set it \\(timedatectl set-ntp true\\)", doctor);
        expect(0, "warning +clock +the kernel reads hpet, which is slow; boot with clocksource=tsc", doctor);
        expect(0, "ok +peer \\S+ +answers a handshake", doctor);
    }

    /** Who knows b's Peer ID, as everyone does who may reach b, and answers in its place. */
    private void findsThatSomebodyElseAnswers()
    {
        final ChildProcess other = SCENE.keep(SCENE.b().start(Machine.jdk("java"), "-XX:+UseSerialGC",
            "--enable-native-access=ALL-UNNAMED", "--add-exports=java.base/jdk.internal.misc=ALL-UNNAMED", "-cp",
            Machine.root().resolve("shadowmesh-dataplane/target/test-classes") + File.pathSeparator +
            Machine.root().resolve("shadowmesh-cli/target/shadowmesh/lib") + "/*",
            "io.shadowmesh.dataplane.handshake.OtherIdentityProgram", TwoHosts.B4, Integer.toString(Scene.PORT),
            SCENE.idB()));
        other.awaitOutput("^ready$");
        expect(1, "problem +peer \\S+ +who answers at 192.0.2.2:9443 is not " + SCENE.idB() + "; .*see who has that address",
            examine(SCENE.idB() + "@" + TwoHosts.B4, "--wait", "2"));
    }

    /** What goes before a command that a namespace of mounts and an strace are to change. */
    private static String[] after(final String mounts, final String... injections)
    {
        final List<String> before = new ArrayList<>(List.of("unshare", "-m", "sh", "-c", mounts + "exec \"$@\"", "sh",
            "strace", "-D", "-f", "-q", "--seccomp-bpf", "-o", "strace-of-doctor", "-e", "signal=none"));
        before.addAll(List.of(injections));
        return before.toArray(String[]::new);
    }

    private static ChildProcess examine(final String peer, final String... more)
    {
        return run(command("keys", peer, more));
    }

    private static ChildProcess examineWith(final String keys, final String peer, final String... more)
    {
        return run(command(keys, peer, more));
    }

    private static List<String> command(final String keys, final String peer, final String... more)
    {
        final List<String> command = new ArrayList<>(List.of(Machine.launcher(), "doctor", "-keydir", keys, "-tun",
            Scene.deviceA(), "-tun-ip", Scene.INSIDE_A, "-connect", peer));
        command.addAll(List.of(more));
        return command;
    }

    private static ChildProcess run(final List<String> command, final String... before)
    {
        final List<String> all = new ArrayList<>(List.of(before));
        all.addAll(command);
        return SCENE.a().run(all.toArray(String[]::new));
    }

    private static void expect(final int status, final String line, final ChildProcess doctor)
    {
        assertEquals(status, doctor.awaitExit(Await.SOON), doctor::toString);
        if (!line.isEmpty())
        {
            doctor.awaitOutput("^" + line);
        }
    }
}
