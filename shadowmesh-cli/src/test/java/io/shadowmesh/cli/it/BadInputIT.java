package io.shadowmesh.cli.it;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

import io.shadowmesh.cli.it.relay.FaultRelayProgram;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** What is wrong is said in one line, with the right exit status, and nothing is left behind. */
@Timeout(240)
final class BadInputIT
{
    private static final int FAILURE = 1;
    private static final int USAGE = 2;
    private static final int SOMEBODY = 12_345;
    private static final int ONE_PAGE = 4096;
    @RegisterExtension
    private final Scene scene = Scene.perTest("setpriv", "unshare");

    @Test
    void namesTheGroupsOfAMistypedPeerId()
    {
        final StringBuilder mistyped = new StringBuilder(scene.idB());
        final int third = 2 * 8 + 3;
        mistyped.setCharAt(third, mistyped.charAt(third) == 'A' ? 'B' : 'A');
        refused(USAGE, "groups? .*3", up("-connect", mistyped + "@" + TwoHosts.B4));
    }

    @ParameterizedTest
    @ValueSource(strings = { "rw-r-----", "rw----r--", "rw-r--r--" })
    void refusesAKeyThatOthersCanRead(final String permissions) throws IOException
    {
        scene.idA();
        Files.setPosixFilePermissions(keys().resolve("identity.key"), PosixFilePermissions.fromString(permissions));
        refused(FAILURE, "chmod 600", up("-connect", scene.idB() + "@" + TwoHosts.B4));
    }

    @Test
    void refusesAKeyThatItMayNotRead() throws IOException
    {
        scene.idA();
        Files.setAttribute(keys().resolve("identity.key"), "unix:uid", SOMEBODY);
        refused(FAILURE, "identity\\.key: permission denied", with(List.of("setpriv", "--bounding-set",
            "-dac_override,-dac_read_search", "--inh-caps", "-dac_override,-dac_read_search"),
            up("-connect", scene.idB() + "@" + TwoHosts.B4)));
    }

    @Test
    void makesNoIdentityOnAFullDisk() throws IOException
    {
        Files.createDirectory(scene.a().folder().resolve("disk"));
        refused(FAILURE, "disk/identity\\.key: No space left", onADiskWith(ONE_PAGE, "head -c " + ONE_PAGE +
            " /dev/zero >disk/full", Machine.launcher(), "keygen", "-keydir", "./disk"));
    }

    @Test
    void makesNoPeerFileOnAFullDisk() throws IOException
    {
        Files.createDirectory(scene.a().folder().resolve("disk"));
        refused(FAILURE, "peers/hub\\.toml: No space left", onADiskWith(ONE_PAGE, "head -c " + ONE_PAGE +
            " /dev/zero >disk/full", Machine.launcher(), "peer", "add", "hub", "--id", scene.idB(),
            "-keydir", "./disk"));
    }

    /** A file with holes would be mapped well, and kill the node when its first counter finds no block. */
    @Test
    void refusesToCountOnADiskThatIsTooSmallForIt() throws IOException
    {
        scene.idA();
        Files.createDirectory(scene.a().folder().resolve("disk"));
        refused(FAILURE, "status file disk/.*\\.status: No space left", onADiskWith(4 * ONE_PAGE, "true",
            up("-connect", scene.idB() + "@" + TwoHosts.B4, "-status-dir", "disk")));
    }

    @Test
    void refusesAKeyBehindASymbolicLink() throws IOException
    {
        scene.idA();
        Files.move(keys().resolve("identity.key"), keys().resolve("elsewhere.key"));
        Files.createSymbolicLink(keys().resolve("identity.key"), Path.of("elsewhere.key"));
        refused(FAILURE, "link", up("-connect", scene.idB() + "@" + TwoHosts.B4));
    }

    @Test
    void refusesAKeyThatIsNotOne() throws IOException
    {
        scene.idA();
        Files.writeString(keys().resolve("identity.key"), "not a key\n");
        refused(FAILURE, "identity\\.key", up("-connect", scene.idB() + "@" + TwoHosts.B4));
    }

    @Test
    void refusesAPortThatIsTaken()
    {
        scene.idA();
        scene.keep(scene.a().start(Machine.java(FaultRelayProgram.class, TwoHosts.A4, Integer.toString(Scene.PORT),
            TwoHosts.B4, Integer.toString(Scene.PORT), TwoHosts.A4))).awaitOutput("^relaying$");
        refused(FAILURE, Integer.toString(Scene.PORT), up("-connect", scene.idB() + "@" + TwoHosts.B4));
    }

    @Test
    void refusesADeviceNameThatIsTooLong()
    {
        refused(USAGE, "15", Machine.launcher(), "up", "-keydir", "./keys", "-ip", TwoHosts.A4,
            "-tun", "sixteencharacter", "-tun-ip", Scene.INSIDE_A, "-connect", scene.idB() + "@" + TwoHosts.B4);
    }

    @Test
    void refusesADeviceNameThatAnotherNodeHas()
    {
        scene.startInitiator().ready();
        refusedBeside(List.of(Scene.deviceA()), FAILURE, Scene.deviceA(),
            up("-port", "9444", "-connect", scene.idB() + "@" + TwoHosts.B4));
    }

    @Test
    void refusesADeviceNameThatIsNoTunDevice()
    {
        scene.idA();
        scene.a().ip("link", "add", Scene.deviceA(), "type", "veth", "peer", "name", "other");
        refused(FAILURE, Scene.deviceA(), up("-connect", scene.idB() + "@" + TwoHosts.B4));
        assertTrue(scene.a().hasDevice(Scene.deviceA()));
    }

    @Test
    void saysWhatToDoWithoutTheRightToMakeADevice()
    {
        scene.idA();
        refused(FAILURE, "CAP_NET_ADMIN", with(List.of("setpriv", "--bounding-set", "-net_admin", "--inh-caps",
            "-net_admin"), up("-connect", scene.idB() + "@" + TwoHosts.B4)));
    }

    @Test
    void saysWhatToDoWithoutTheTunDeviceFile()
    {
        scene.idA();
        refused(FAILURE, "/dev/net/tun", hiding("/dev/net", up("-connect", scene.idB() + "@" + TwoHosts.B4)));
    }

    @Test
    void refusesToStartWithNobodyToTalkTo()
    {
        scene.idA();
        refused(USAGE, "peer add|-connect|-allow", up());
    }

    @Test
    void refusesItselfAsAPeer()
    {
        refused(USAGE, "this node itself", up("-connect", scene.idA() + "@" + TwoHosts.B4));
        refused(USAGE, "this node itself", up("-allow", scene.idA()));
    }

    @Test
    void refusesAnUnknownOption()
    {
        scene.idA();
        refused(USAGE, "-colour", up("-colour", "blue"));
    }

    @Test
    void saysThatItNeedsANewerJdkWhereThereIsNone()
    {
        scene.idA();
        final Path home = Path.of(System.getProperty("java.home"));
        final Path hidden = home.startsWith("/usr/lib/jvm") ? Path.of("/usr/lib/jvm") : home;
        final String[] id = hiding(hidden.toString(),
            "env", "-u", "JAVA_HOME", Machine.launcher(), "id", "-keydir", "./keys");
        Assumptions.assumeFalse(scene.a().run(id).awaitExit(Await.SOON) == 0, "SKIPPED: there is yet another JDK");
        refused(FAILURE, "JDK", id);
    }

    /** Neither makes the identity that is not there yet, nor the folder for it. */
    @Test
    void saysThatItNeedsMlKemWhereTheJdkHasNone()
    {
        final List<String> without = List.of("env", Machine.withoutMlKem(scene.a()));
        final String line = "^shadowmesh: this JDK .* has no ML-KEM: run on JDK 24 or newer";
        refused(FAILURE, line, with(without, Machine.launcher(), "keygen", "-keydir", "./keys"));
        refused(FAILURE, line, with(without, up("-connect", scene.idB() + "@" + TwoHosts.B4)));
    }

    private String[] up(final String... more)
    {
        return with(List.of(Machine.launcher(), "up", "-keydir", "./keys", "-ip", TwoHosts.A4,
            "-tun", Scene.deviceA(), "-tun-ip", Scene.INSIDE_A), more);
    }

    /** The command in a mount namespace of its own where an empty folder lies over another. */
    private static String[] hiding(final String folder, final String... command)
    {
        return with(List.of("unshare", "--mount", "--propagation", "private", "sh", "-c",
            "mount -t tmpfs none " + folder + " && exec \"$@\"", "sh"), command);
    }

    private static String[] with(final List<String> first, final String... then)
    {
        final List<String> all = new ArrayList<>(first);
        all.addAll(List.of(then));
        return all.toArray(String[]::new);
    }

    /** The command beside an empty disk of its own, prepared by a first one, on which it must leave no new file. */
    private static String[] onADiskWith(final int bytes, final String first, final String... command)
    {
        return with(List.of("unshare", "--mount", "--propagation", "private", "sh", "-c",
            "mount -t tmpfs -o size=" + bytes + " none disk && " + first +
            " && \"$@\"; status=$?; find disk -type f | grep -v '^disk/full$' >&2; exit $status", "sh"), command);
    }

    private void refused(final int status, final String regex, final String... command)
    {
        refusedBeside(List.of(), status, regex, command);
    }

    private void refusedBeside(
        final List<String> devices, final int status, final String regex, final String... command)
    {
        final List<String> before = filesLeft();
        final ChildProcess process = scene.a().run(command);
        assertEquals(status, process.awaitExit(Await.SOON), process::toString);
        assertEquals(1, process.errors().size(), process::toString);
        process.awaitErrors(regex);
        System.out.println(process.errors().get(0));
        assertEquals(List.of(), process.output());
        assertEquals(devices, scene.a().tunDevices(), "devices left behind");
        assertEquals(before, filesLeft(), "files left behind");
    }

    /** All in this host's folder, and what elsewhere bears the name of its device or folder. */
    private List<String> filesLeft()
    {
        final List<String> files = new ArrayList<>();
        list(scene.a().folder(), "", files);
        for (final String shared : new String[] { System.getProperty("java.io.tmpdir"), "/dev/shm", "/run/shadowmesh" })
        {
            list(Path.of(shared), Scene.deviceA(), files);
        }
        return files;
    }

    private static void list(final Path folder, final String part, final List<String> files)
    {
        if (Files.isReadable(folder))
        {
            try (Stream<Path> found = part.isEmpty() ? Files.walk(folder) : Files.list(folder))
            {
                found.map(Path::toString).filter(name -> name.contains(part)).sorted().forEach(files::add);
            }
            catch (final IOException e)
            {
                throw new UncheckedIOException(e);
            }
        }
    }

    private Path keys()
    {
        return scene.a().folder().resolve("keys");
    }
}
