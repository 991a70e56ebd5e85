package io.shadowmesh.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;

/** {@code shadowmesh peer}: the peers that a node knows. */
@Command(name = "peer", sortOptions = false, description = "The peers that this node knows: add, list, remove.",
    subcommands = {PeerCommand.Add.class, PeerCommand.ListPeers.class, PeerCommand.Remove.class})
final class PeerCommand implements Callable<Integer>
{
    @Override
    public Integer call()
    {
        throw CommandException.usage("say what to do with peers: peer add, peer list or peer remove");
    }

    /** {@code shadowmesh peer add}. */
    @Command(name = "add", sortOptions = false, description = "Save a peer in DIR/peers/NAME.toml.",
        footer = {"", "Also: shadowmesh peer add PEER-ID@HOST[:PORT][=CIDR,...], named after the Peer ID."})
    static final class Add implements Callable<Integer>
    {
        @Parameters(paramLabel = "NAME", arity = "0..1", description = "What to call it.")
        private String name;
        @Option(names = {"-id", "--id"}, paramLabel = "PEER-ID", description = "Who it is.")
        private String id;
        @Option(names = {"-endpoint", "--endpoint"}, paramLabel = "HOST[:PORT]",
            description = "Where to reach it; an IPv6 address in brackets. Without: it must call us.")
        private String endpoint;
        @Option(names = {"-allowed-ips", "--allowed-ips"}, paramLabel = "CIDR,...",
            description = "What may come from it and is sent to it. Without: the tunnel's own prefix, " +
            "if it is the only peer.")
        private List<String> allowedIps = new ArrayList<>();
        @Option(names = {"-keepalive", "--keepalive"}, paramLabel = "SECONDS",
            description = "Send something at least this often (25 behind NAT); 0 for never.")
        private String keepalive;
        @Option(names = {"-psk", "--psk"}, paramLabel = "FILE",
            description = "A preshared key that the peer has too, made by shadowmesh genpsk; of mode 0600.")
        private Path psk;
        private KeydirOption keydir;
        private CommandSpec spec;

        @Spec
        private void setSpec(final CommandSpec command)
        {
            spec = command;
            keydir = new KeydirOption(command);
        }

        @Override
        public Integer call()
        {
            final PeerFolder folder = new PeerFolder(keydir.path());
            final PeerEntry entry = entry();
            if (entry.presharedKeyFile() != null)
            {
                Arrays.fill(PeerPlan.presharedKey(entry), (byte)0);
            }
            folder.add(entry);
            spec.commandLine().getOut().println("saved " + entry.name() + " in " + folder.file(entry.name()));
            return 0;
        }

        private PeerEntry entry()
        {
            if (name == null && id == null)
            {
                throw CommandException.usage("say who the peer is: shadowmesh peer add NAME --id PEER-ID " +
                    "[--endpoint HOST:PORT] [--allowed-ips CIDR,...]");
            }
            try
            {
                final PeerSpec spec = PeerSpec.parse(id == null ? name : id);
                final var peerId = PeerPlan.id("--id", checkedId(spec.who()));
                final String shortName = peerId.toString().substring(0, peerId.toString().indexOf('-'));
                final String called = id == null || name == null ? shortName.toLowerCase(Locale.ROOT) : name;
                PeerFolder.checkName(called);
                final var prefixes = allowedIps.isEmpty() ? spec.allowedIps() :
                    PeerSpec.prefixes(String.join(",", allowedIps));
                return new PeerEntry(called, peerId, endpoint == null ? spec.endpoint() : HostPort.parse(endpoint),
                    prefixes, keepalive == null ? PeerEntry.KEEPALIVE_UNSET : UpOptions.seconds(keepalive),
                    psk == null ? null : psk.toAbsolutePath().normalize());
            }
            catch (final IllegalArgumentException e)
            {
                throw CommandException.usage(e.getMessage());
            }
        }

        private String checkedId(final String who)
        {
            if (id == null && who.replace("-", "").length() < 40)
            {
                throw CommandException.usage("say who '" + who + "' is: shadowmesh peer add " + who +
                    " --id PEER-ID [--endpoint HOST:PORT]");
            }
            return who;
        }
    }

    /** {@code shadowmesh peer list}. */
    @Command(name = "list", sortOptions = false, description = "Print the peers in DIR/peers.")
    static final class ListPeers implements Callable<Integer>
    {
        private KeydirOption keydir;
        private CommandSpec spec;

        @Spec
        private void setSpec(final CommandSpec command)
        {
            spec = command;
            keydir = new KeydirOption(command);
        }

        @Override
        public Integer call()
        {
            final List<PeerEntry> entries = new PeerFolder(keydir.path()).load();
            if (entries.isEmpty())
            {
                spec.commandLine().getErr().println("no peers in " + keydir.path().resolve("peers") +
                    "; add one: shadowmesh peer add NAME --id PEER-ID --endpoint HOST:PORT");
                return 0;
            }
            final List<String[]> rows = new ArrayList<>();
            rows.add(new String[] {"NAME", "PEER ID", "ENDPOINT", "ALLOWED IPS", "KEEPALIVE", "PRESHARED KEY"});
            for (final PeerEntry entry : entries)
            {
                rows.add(new String[] {
                    entry.name(), entry.id().toString(), entry.endpoint() == null ? "-" : entry.endpoint().toString(),
                    entry.allowedIps().isEmpty() ? "-" : PeerFolder.text(entry.allowedIps(), ","),
                    entry.keepaliveSeconds() <= 0 ? "-" : entry.keepaliveSeconds() + " s",
                    entry.presharedKeyFile() == null ? "-" : entry.presharedKeyFile().toString()});
            }
            Table.print(rows, spec.commandLine().getOut());
            return 0;
        }
    }

    /** {@code shadowmesh peer remove}. */
    @Command(name = "remove", aliases = "rm", sortOptions = false, description = "Delete a peer's file.")
    static final class Remove implements Callable<Integer>
    {
        @Parameters(paramLabel = "NAME", description = "What the peer is called.")
        private String name;
        private KeydirOption keydir;
        private CommandSpec spec;

        @Spec
        private void setSpec(final CommandSpec command)
        {
            spec = command;
            keydir = new KeydirOption(command);
        }

        @Override
        public Integer call()
        {
            new PeerFolder(keydir.path()).remove(name);
            spec.commandLine().getOut().println("removed " + name);
            return 0;
        }
    }
}
