package io.shadowmesh.cli;

import io.shadowmesh.dataplane.address.IpPrefix;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

final class PeerTomlTest
{
    private static final String ID = "id = \"" + Ids.A + "\"\n";

    @Test
    void readsWhatItWrites()
    {
        final PeerEntry full = new PeerEntry("b", Ids.A, new HostPort("2001:db8::1", 1),
            List.of(IpPrefix.parse("10.0.0.0/24"), IpPrefix.parse("fd00::/64")), 25, null);
        final PeerEntry bare = new PeerEntry("b", Ids.A, null, List.of(), PeerEntry.KEEPALIVE_UNSET, null);
        final PeerEntry never =
            new PeerEntry("b", Ids.A, new HostPort("h", 9443), List.of(), 0, Path.of("/a \"b\\.psk"));
        for (final PeerEntry entry : List.of(full, bare, never))
        {
            assertEquals(entry, parse(PeerToml.write(entry)));
        }
    }

    @Test
    void readsWhatPeopleWrite()
    {
        final PeerEntry entry = parse("""
            # the office
            keepalive   = 25
            allowed_ips = [
              "10.10.10.4",     # itself
              '192.168.7.1/24', # the LAN behind it
            ]
            endpoint    = "vpn.example.org"
            """ + "id = \"" + Ids.A.toString().toLowerCase(Locale.ROOT) + "\"\n");
        assertEquals(new PeerEntry("b", Ids.A, new HostPort("vpn.example.org", 9443),
            List.of(IpPrefix.parse("10.10.10.4/32"), IpPrefix.parse("192.168.7.0/24")), 25, null), entry);
    }

    @Test
    void looksForThePresharedKeyBesideTheFile()
    {
        assertEquals(Path.of("p/b.psk"), parse(ID + "preshared_key_file = \"b.psk\"").presharedKeyFile());
        assertEquals(Path.of("/etc/b.psk"), parse(ID + "preshared_key_file = \"/etc/b.psk\"").presharedKeyFile());
    }

    static Stream<List<String>> wrong()
    {
        return Stream.of(
            List.of("", "p/b.toml: ", "id is missing"),
            List.of("endpoint = \"h\"", "p/b.toml: ", "id is missing"),
            List.of(ID + "ednpoint = \"h\"", "p/b.toml:2: ", "unknown key 'ednpoint'"),
            List.of(ID + "[peer]\nkeepalive = 1", "p/b.toml:2: ", "unknown key 'peer'"),
            List.of(ID + "a.b = 1", "p/b.toml:2: ", "unknown key 'a'"),
            List.of("id = 7", "p/b.toml:1: ", "id must be a string"),
            List.of("\n\nid = \"MFRGGZD\"", "p/b.toml:3: ", "id: Peer ID"),
            List.of(ID + "endpoint = 9443", "p/b.toml:2: ", "endpoint must be a string"),
            List.of(ID + "endpoint = \"2001:db8::1\"", "p/b.toml:2: ", "in brackets"),
            List.of(ID + "endpoint = \"h:0\"", "p/b.toml:2: ", "not a UDP port"),
            List.of(ID + "allowed_ips = \"10.0.0.0/8\"", "p/b.toml:2: ", "an array of strings"),
            List.of(ID + "allowed_ips = [\"10.0.0.0/8\",\n 8]", "p/b.toml:3: ", "an array of strings"),
            List.of(ID + "allowed_ips = [\n\"10.0.0.0/8\",\n\"10.0.0.0/99\"]", "p/b.toml:4: ", "0..32"),
            List.of(ID + "keepalive = \"25\"", "p/b.toml:2: ", "a number of seconds"),
            List.of(ID + "keepalive = -1", "p/b.toml:2: ", "a number of seconds"),
            List.of(ID + "keepalive = 65536", "p/b.toml:2: ", "a number of seconds"),
            List.of(ID + "keepalive = 2.5", "p/b.toml:2: ", "a number of seconds"),
            List.of(ID + "preshared_key_file = 1", "p/b.toml:2: ", "a string in quotes"),
            List.of(ID + "preshared_key_file = \"a\\u0000\"", "p/b.toml:2: ", "preshared_key_file"),
            List.of(ID + ID, "p/b.toml:2: ", "id"),
            List.of(ID + "endpoint = ", "p/b.toml:2: ", ""),
            List.of(ID + "endpoint = \"h", "p/b.toml:2: ", ""));
    }

    @ParameterizedTest
    @MethodSource("wrong")
    void namesFileAndLineOfWhatIsWrong(final List<String> row)
    {
        final CommandException e = assertThrows(CommandException.class, () -> parse(row.get(0)));
        assertEquals(CommandException.FAILURE, e.exitStatus());
        assertTrue(e.getMessage().startsWith(row.get(1)), e.getMessage());
        assertTrue(e.getMessage().contains(row.get(2)), e.getMessage());
        assertFalse(e.getMessage().contains("\n"), e.getMessage());
    }

    private static PeerEntry parse(final String text)
    {
        return PeerToml.parse(Path.of("p/b.toml"), "b", text);
    }
}
