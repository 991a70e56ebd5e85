package io.shadowmesh.cli.it;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

import io.shadowmesh.cli.ServiceManager;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** A node as a service: what it tells its manager, and the unit that is installed with it. */
@Timeout(240)
final class ServiceIT
{
    @RegisterExtension
    private final Scene scene = Scene.perTest("systemd-analyze", "setpriv", "unshare");

    @Test
    void tellsItsManagerWhenItIsReadyAndReloadsAndStopsAndThatItLives()
    {
        final List<String> said = new ArrayList<>();
        try (ServiceManager manager = new ServiceManager(scene.a().folder().resolve("notify").toString()))
        {
            final ChildProcess node = scene.keep(scene.a().start("env", "--default-signal=INT,TERM,HUP",
                "NOTIFY_SOCKET=" + scene.a().folder().resolve("notify"), "WATCHDOG_USEC=2000000",
                Machine.launcher(), "up", "-keydir", "keys", "-tun", Scene.deviceA(), "-tun-ip", Scene.INSIDE_A, "-allow",
                scene.idB()));
            await(manager, said, "READY=1\nSTATUS=" + Scene.deviceA(), node);
            assertTrue(scene.a().hasDevice(Scene.deviceA()), "ready, and not before");
            await(manager, said, "WATCHDOG=1", node);
            node.signal("HUP");
            await(manager, said, "RELOADING=1\nMONOTONIC_USEC=", node);
            await(manager, said, "READY=1", node);
            assertTrue(node.isAlive());
            node.signal("TERM");
            await(manager, said, "STOPPING=1", node);
            assertEquals(0, node.awaitExit(Await.SOON), node::toString);
        }
    }

    @Test
    void saysNothingOfItsLifeWhereAnotherProcessIsWatched()
    {
        final List<String> said = new ArrayList<>();
        try (ServiceManager manager = new ServiceManager(scene.a().folder().resolve("notify").toString()))
        {
            final ChildProcess node = scene.keep(scene.a().start("env", "--default-signal=INT,TERM,HUP",
                "NOTIFY_SOCKET=" + scene.a().folder().resolve("notify"), "WATCHDOG_USEC=1000000", "WATCHDOG_PID=1",
                Machine.launcher(), "up", "-keydir", "keys", "-tun", Scene.deviceA(), "-tun-ip", Scene.INSIDE_A, "-allow",
                scene.idB()));
            await(manager, said, "READY=1", node);
            Await.passing(Duration.ofSeconds(2));
            for (String message = manager.next(); message != null; message = manager.next())
            {
                assertFalse(message.startsWith("WATCHDOG"), "another process is watched");
            }
        }
    }

    @Test
    void isInstalledWithAUnitThatSystemdAccepts() throws IOException
    {
        final String prefix = scene.a().folder().resolve("usr").toString();
        scene.a().succeed(Machine.root().resolve("packaging/install").toString(), prefix);
        final String version = scene.a().succeed(prefix + "/bin/shadowmesh", "-v");
        assertTrue(version.startsWith("shadowmesh "), version);
        for (final String file : List.of("share/man/man1/shadowmesh-up.1", "share/bash-completion/completions/shadowmesh"))
        {
            assertTrue(Files.isRegularFile(Path.of(prefix, file)), file);
        }
        final String unit = prefix + "/lib/systemd/system/shadowmesh@.service";
        assertTrue(Files.readString(Path.of(unit)).contains("ExecStart=" + prefix + "/bin/shadowmesh up --config"));
        final ChildProcess verify = scene.a().run("systemd-analyze", "verify", "--man=no", unit);
        assertEquals(0, verify.awaitExit(Await.SOON), verify::toString);
        assertEquals(List.of(), verify.errors().stream().filter(line -> line.contains("shadowmesh")).toList());
        final ChildProcess security =
            scene.a().run("systemd-analyze", "security", "--offline=yes", "--threshold=30", "--no-pager", unit);
        assertEquals(0, security.awaitExit(Await.SOON), security::toString);
        scene.a().succeed(Machine.root().resolve("packaging/install").toString(), "--remove", prefix);
        assertFalse(Files.exists(Path.of(unit)));
    }

    /** What root adds to a service's folder belongs to the service, which has CAP_NET_ADMIN and no other right. */
    @Test
    void runsUnderAnotherUserWithOneCapabilityAndReadsWhatRootAdds()
    {
        final String user = "12345";
        scene.a().succeed("chmod", "755", scene.a().folder().toString());
        scene.a().succeed("sh", "-c", "mkdir -m 700 state && chown " + user + " state");
        scene.a().succeed(Machine.launcher(), "genpsk", "-o", "state/b.psk");
        scene.a().succeed(Machine.launcher(), "peer", "add", "b", "-keydir", "state", "--id", scene.idB(), "--allowed-ips",
            "10.10.10.4/32", "--psk", "state/b.psk");
        final List<String> command = asService(user);
        command.addAll(List.of("env", "SHADOWMESH_CACHE=off", Machine.launcher(), "up", "-keydir", "state", "-tun",
            Scene.deviceA(), "-tun-ip", Scene.INSIDE_A, "-status-dir", "state"));
        final ChildProcess node = scene.keep(scene.a().start(command.toArray(String[]::new)));
        node.awaitOutput("^ready: ");
        scene.a().succeed(Machine.launcher(), "peer", "add", "c", "-keydir", "state", "--id", scene.idC(), "--allowed-ips",
            "10.10.10.5/32");
        node.awaitErrors("peers: added c$");
    }

    /** The folder, its owner and the environment are what systemd makes of the unit's lines. */
    @Test
    void isSeenByRootWhereTheUnitHasItsFolder() throws IOException
    {
        final Path unit = Machine.root().resolve("packaging/shadowmesh@.service");
        final String instance = "it" + ProcessHandle.current().pid();
        assertEquals(List.of(), unitValues(unit, "RuntimeDirectoryPreserve", instance),
            "with DynamicUser the folder would be in /run/private");
        final Path folder = Path.of("/run", unitValues(unit, "RuntimeDirectory", instance).getFirst());
        final String user = "12345";
        scene.a().succeed("chmod", "755", scene.a().folder().toString());
        scene.a().succeed("sh", "-c", "mkdir -m 700 state && chown " + user + " state");
        final List<String> command = asService(user);
        command.addAll(List.of("env", "-u", "SHADOWMESH_STATUS_DIR"));
        command.addAll(unitValues(unit, "Environment", instance));
        command.addAll(List.of("SHADOWMESH_CACHE=off", Machine.launcher(), "up", "-keydir", "state", "-tun",
            Scene.deviceA(), "-tun-ip", Scene.INSIDE_A, "-allow", scene.idB()));
        final boolean wasThere = Files.isDirectory(folder.getParent());
        scene.a().succeed("mkdir", "-p", "-m", "755", folder.toString());
        scene.a().succeed("chown", user, folder.toString());
        try
        {
            final ChildProcess node = scene.keep(scene.a().start(command.toArray(String[]::new)));
            node.awaitOutput("^ready: ");
            final String status = asRoot("status", Scene.deviceA());
            assertTrue(status.contains(Scene.deviceA()), status);
            asRoot("capture", "-tun", Scene.deviceA(), "-seconds", "1", "-w", "nothing.pcapng");
            assertTrue(Files.size(scene.a().folder().resolve("nothing.pcapng")) > 0);
            node.close();
        }
        finally
        {
            scene.a().succeed("rm", "-rf", folder.toString());
            if (!wasThere)
            {
                Files.deleteIfExists(folder.getParent());
            }
        }
    }

    /** The beginning of a command line, as another user with one capability. */
    private static List<String> asService(final String user)
    {
        return new ArrayList<>(Machine.withTunForAll("setpriv", "--reuid", user, "--clear-groups", "--inh-caps",
            "-all,+net_admin", "--ambient-caps", "-all,+net_admin", "--bounding-set", "-all,+net_admin", "--no-new-privs"));
    }

    /** A command without the folder that the tests choose. */
    private String asRoot(final String... arguments)
    {
        final List<String> line = new ArrayList<>(List.of("env", "-u", "SHADOWMESH_STATUS_DIR", Machine.launcher()));
        line.addAll(List.of(arguments));
        return scene.a().succeed(line.toArray(String[]::new));
    }

    private static List<String> unitValues(final Path unit, final String name, final String instance) throws IOException
    {
        return Files.readAllLines(unit).stream().filter(line -> line.startsWith(name + "="))
            .map(line -> line.substring(name.length() + 1))
            .map(value -> value.replace("%i", instance).replace("%t", "/run").replace("%C", "/var/cache")).toList();
    }

    private static void await(
        final ServiceManager manager, final List<String> said, final String wanted, final ChildProcess node)
    {
        Await.until("it says " + wanted, Await.SOON, () ->
        {
            final String message = manager.next();
            if (message != null)
            {
                said.add(message);
            }
            return message != null && message.startsWith(wanted);
        }, () -> said + "\n" + node);
    }
}
