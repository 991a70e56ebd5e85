package io.shadowmesh.cli;

import io.shadowmesh.dataplane.TunnelPeer;
import io.shadowmesh.dataplane.address.IpPrefix;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

final class PrefixFileTest
{
    private static final int MANY = 130_560;

    @TempDir
    private Path keydir;

    private Path write(final String name, final String text) throws IOException
    {
        final Path file = keydir.resolve("peers").resolve(name);
        Files.createDirectories(file.getParent());
        return Files.writeString(file, text, StandardCharsets.ISO_8859_1);
    }

    private PeerEntry load() throws IOException
    {
        write("b.toml", "id = \"" + Ids.A + "\"\nallowed_ips = [\"10.0.0.0/24\"]\nallowed_ips_file = \"b.cidrs\"\n");
        return new PeerFolder(keydir).load().getFirst();
    }

    @Test
    void addsItsPrefixesToThoseOfThePeersFile() throws IOException
    {
        write("b.cidrs", "# what is behind it\n\n  192.168.7.1/24  # the LAN\r\nfd00::7\n10.0.0.0/24\n#\n");
        assertEquals(
            List.of(IpPrefix.parse("10.0.0.0/24"), IpPrefix.parse("192.168.7.0/24"), IpPrefix.parse("fd00::7/128")),
            load().allowedIps());
    }

    @ParameterizedTest
    @CsvSource({
        "'10.0.0.0/8\n\n10.0.0.0/33\n', 'b.cidrs:3: '",
        "'10.0.0.0/8, 11.0.0.0/8', 'b.cidrs:1: '",
        "'# \u00FC', 'b.cidrs: not UTF-8 text'"})
    void namesFileAndLineOfWhatIsWrong(final String text, final String message) throws IOException
    {
        write("b.cidrs", text);
        refused(message);
    }

    @Test
    void saysThatItIsNotThere()
    {
        refused("b.cidrs: not there");
    }

    private void refused(final String message)
    {
        final CommandException e = assertThrows(CommandException.class, this::load);
        assertEquals(CommandException.FAILURE, e.exitStatus());
        assertTrue(e.getMessage().contains(message), e.getMessage());
        assertFalse(e.getMessage().contains("\n"), e.getMessage());
    }

    @Test
    void isNamedWhereAPeersFileIsTooLong() throws IOException
    {
        write("b.toml", "id = \"" + Ids.A + "\"\n" + "#".repeat(300_000) + "\n");
        final CommandException e = assertThrows(CommandException.class, () -> new PeerFolder(keydir).load());
        assertTrue(e.getMessage().contains("allowed_ips_file = \"b.cidrs\""), e.getMessage());
    }

    @Test
    void isNamedWhereAPeersFileWouldBecomeTooLong() throws IOException
    {
        final List<IpPrefix> prefixes = new ArrayList<>();
        for (int i = 0; i < 20_000; i++)
        {
            prefixes.add(IpPrefix.ofIpv4(0x0A000000 + i, 32));
        }
        final PeerEntry entry = new PeerEntry("b", Ids.A, null, prefixes, PeerEntry.KEEPALIVE_UNSET, null);
        final CommandException e =
            assertThrows(CommandException.class, () -> new PeerFolder(keydir).add(entry));
        assertTrue(e.getMessage().contains("allowed_ips_file"), e.getMessage());
        assertEquals(List.of(), new PeerFolder(keydir).load());
    }

    /** Comparing each prefix with all before it would take far longer. */
    @Test
    @Timeout(60)
    void takesMoreThanAHundredThousandPrefixes() throws IOException
    {
        final StringBuilder text = new StringBuilder();
        final StringBuilder list = new StringBuilder();
        for (int i = 0; i < MANY; i++)
        {
            final IpPrefix prefix = IpPrefix.ofIpv4(0x0A000000 + i, 32);
            text.append(prefix).append('\n');
            list.append(i == 0 ? "=" : ",").append(prefix);
        }
        write("b.cidrs", text.toString());
        final PeerPlan plan = new PeerPlan(List.of(load()));
        plan.allow(Ids.B.toString() + list.toString().replace("=10.", "=11.").replace(",10.", ",11."));
        final List<TunnelPeer> peers = plan.peers(List.of(), 0);
        final List<Integer> sizes = peers.stream().map(peer -> peer.allowedIps().size()).sorted().toList();
        // The first of them lies in the 10.0.0.0/24 of the peer's own file, which is one more.
        assertEquals(List.of(MANY, MANY + 1), sizes);
    }
}
