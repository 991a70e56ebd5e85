package io.shadowmesh.cli.it;

import java.io.IOException;
import java.nio.file.Files;
import java.util.List;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** A node whose options come from {@code shadowmesh.toml}. */
@Timeout(240)
final class ConfigFileIT
{
    private static final String FILE = "shadowmesh.toml";
    private static final String PORT = "9555";
    private static final String ELSEWHERE = "10.20.0.0/16";

    @RegisterExtension
    private final Scene scene = Scene.perTest("ping");

    @Test
    void startsByTheFileAndAFlagWinsOverItsKey() throws IOException
    {
        writeFile();
        final Node b = scene.startListener().ready();
        final Node a = scene.keep(
            Node.start(scene.a(), "up", "--config", FILE, "--tun", Scene.deviceA(), "--mtu", "1300", "--keepalive", "9"))
            .ready();
        scene.a().awaitPing(Scene.INSIDE_B, a, b);
        final String status = scene.a().succeed(Machine.launcher(), "status", "--json", Scene.deviceA());
        assertShown(status, "\"mtu\": 1300,", "\"keepalive_seconds\": 9,");
        assertShown(status, "\"udp\": \"" + TwoHosts.A4 + ":" + PORT + "\"", "\"threading\": \"dedicated\"",
            "\"suite\": \"CHACHA20-POLY1305\"", "\"pacing_rate\": 49000000,", "\"10.10.10.3/24\"");
        assertShown(status, "\"udp_segmentation_on\": 0,", "\"udp_coalescing_on\": 0,", "\"tun_offloads_on\": 0,");
        assertTrue(status.matches("(?s).*\"cipher\": \"[^\"]*(jdk|JDK|javax|JCA)[^\"]*\".*"), status);
        final List<String> routes = scene.a().routesThrough(Scene.deviceA());
        assertFalse(routes.contains(ELSEWHERE), routes::toString);
        final List<String> log = Files.readAllLines(scene.a().folder().resolve("node.log"));
        assertFalse(log.isEmpty());
        assertTrue(log.stream().allMatch(line -> line.startsWith("{\"time\":\"") && line.endsWith("}")), log::toString);
    }

    @Test
    void printsWhatCanBeReadBack()
    {
        writeFile();
        final String printed = check("--config", FILE, "--tun", Scene.deviceA(), "--mtu", "1300");
        assertShown(printed, "mtu = 1300\n", "keepalive = 7\n", "threads = \"dedicated\"\n", "no_aqm = true\n",
            "# peer ", "#   keepalive = 7\n", "# 1 peer; files in ");
        scene.a().write("printed.toml", printed);
        assertEquals(printed.replace("# read from " + FILE, "# read from printed.toml"),
            check("--config", "printed.toml"));
        assertEquals(List.of(), scene.a().tunDevices());
        assertEquals(List.of(), scene.a().statusFiles());
    }

    private String check(final String... options)
    {
        final String[] command = new String[options.length + 3];
        command[0] = Machine.launcher();
        command[1] = "up";
        command[2] = "--check";
        System.arraycopy(options, 0, command, 3, options.length);
        return scene.a().succeed(command) + "\n";
    }

    private void writeFile()
    {
        scene.a().write(FILE, """
            keydir = "keys"
            ip = "%s"
            port = %s
            tun = "other0"
            tun_ip = ["%s/24"]
            connect = ["%s@%s:%d=10.10.10.0/24,%s"]
            mtu = 1350
            keepalive = 7
            suite = "chacha"
            crypto = "jdk"
            no_tun_offload = true
            no_gso = true
            no_gro = true
            bandwidth = "50M"
            no_aqm = true
            no_routes = true
            threads = "dedicated"
            log_level = "debug"
            log_format = "json"
            log_file = "node.log"
            """.formatted(TwoHosts.A4, PORT, Scene.INSIDE_A, scene.idB(), TwoHosts.B4, Scene.PORT, ELSEWHERE));
    }

    private static void assertShown(final String text, final String... parts)
    {
        for (final String part : parts)
        {
            assertTrue(text.contains(part), () -> part + " is not in\n" + text);
        }
    }
}
