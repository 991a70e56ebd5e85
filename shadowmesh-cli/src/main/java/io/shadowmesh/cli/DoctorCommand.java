package io.shadowmesh.cli;

import io.shadowmesh.cli.doctor.CapabilityCheck;
import io.shadowmesh.cli.doctor.Check;
import io.shadowmesh.cli.doctor.CipherCheck;
import io.shadowmesh.cli.doctor.ClockCheck;
import io.shadowmesh.cli.doctor.DeviceCheck;
import io.shadowmesh.cli.doctor.Finding;
import io.shadowmesh.cli.doctor.ForwardingCheck;
import io.shadowmesh.cli.doctor.JavaCheck;
import io.shadowmesh.cli.doctor.PeerCheck;
import io.shadowmesh.cli.doctor.SocketCheck;
import io.shadowmesh.cli.doctor.TunFileCheck;
import io.shadowmesh.cli.doctor.Verdict;
import io.shadowmesh.dataplane.TunnelPeer;
import io.shadowmesh.dataplane.address.IpPrefix;
import io.shadowmesh.dataplane.crypto.MlKemMissingException;
import io.shadowmesh.dataplane.identity.Identity;
import io.shadowmesh.dataplane.identity.IdentityFile;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

import java.io.IOException;
import java.io.PrintWriter;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;

/**
 * {@code shadowmesh doctor}: looks at everything that a node with these options needs, and says what to do about what is
 * wrong. It changes nothing: a socket, a device and a handshake with each peer are made for a moment.
 *
 * <p><b>Exit status:</b> 1 when the tunnel could not work, or not with every peer that has an endpoint.
 */
@Command(name = "doctor", sortOptions = false,
    customSynopsis = "shadowmesh doctor [OPTION OF up]... [--json]",
    description = "Look at what a node with these options needs: the machine, the files, and whether each peer answers. " +
        "Takes all options of up; a node that runs is not disturbed.")
final class DoctorCommand implements Callable<Integer>
{
    private static final int LONGEST_WAIT = 60;

    @Option(names = {"-json", "--json"}, description = "Print the findings as JSON.")
    private boolean json;
    @Option(names = {"-wait", "--wait"}, paramLabel = "SECONDS", defaultValue = "5",
        description = "How long to wait for a peer's answer (${DEFAULT-VALUE}).")
    private String wait;
    private KeydirOption keydir;
    private UpOptions options;
    private CommandSpec spec;

    private final List<Finding> findings = new ArrayList<>();
    private List<IpPrefix> addresses = List.of();
    private List<TunnelPeer> peers = List.of();
    private Identity identity;

    @Spec
    private void setSpec(final CommandSpec command)
    {
        spec = command;
        keydir = new KeydirOption(command);
        options = new UpOptions(command);
    }

    @Override
    public Integer call()
    {
        StderrLogger.threshold(ErrorOptions.isDebug(spec) ? System.Logger.Level.DEBUG : System.Logger.Level.ERROR);
        final Duration patience = Duration.ofSeconds(UpOptions.number("-wait", wait, 1, LONGEST_WAIT, "seconds"));
        final PrintWriter out = spec.commandLine().getOut();
        run(new JavaCheck(), out);
        configuration();
        identity();
        show(0, out);
        final InetSocketAddress local = local();
        final boolean calls = !hasProblem(JavaCheck.NATIVE_ACCESS);
        if (calls)
        {
            run(new CipherCheck(options.crypto()), out);
        }
        run(new TunFileCheck(), out);
        run(new CapabilityCheck(options.port()), out);
        if (calls && !hasProblem("/dev/net/tun") && !hasProblem("capability"))
        {
            run(new DeviceCheck(options.mtu()), out);
        }
        if (calls && local != null)
        {
            run(new SocketCheck(local, options.device()), out);
        }
        run(new ForwardingCheck(options.device(), addresses, peers.stream().map(TunnelPeer::allowedIps).toList(),
            options.routes()), out);
        run(new ClockCheck(), out);
        if (calls)
        {
            peers(local, patience, out);
        }

        final boolean good = findings.stream().noneMatch(finding -> finding.verdict() == Verdict.PROBLEM);
        if (json)
        {
            printJson(good, out);
        }
        return good ? 0 : CommandException.FAILURE;
    }

    /** Everything that up checks before it touches anything. What the command line itself has wrong ends here. */
    private void configuration()
    {
        try
        {
            final ConfigFile config = ConfigFile.apply(options.config(), keydir, spec.commandLine().getParseResult());
            try
            {
                addresses = options.addresses();
                options.validate();
                peers = new NodePeers(keydir.path(), options, addresses).load();
            }
            catch (final CommandException e)
            {
                throw config.blame(e);
            }
            findings.add(new Finding(Verdict.OK, "configuration",
                (config.file() == null ? "" : config.file() + ", ") + peers.size() + (peers.size() == 1 ? " peer" :
                " peers"), ""));
        }
        catch (final CommandException e)
        {
            if (e.exitStatus() == CommandException.USAGE)
            {
                throw e;
            }
            findings.add(Finding.problem("configuration", e.getMessage(), ""));
        }
    }

    private void identity()
    {
        if (!Files.exists(IdentityFile.path(keydir.path()), LinkOption.NOFOLLOW_LINKS))
        {
            findings.add(new Finding(Verdict.WARNING, "identity", "there is none in " + keydir.path() +
                ": a node makes one at its start, and its peers must be told its Peer ID",
                "shadowmesh keygen -keydir " + keydir.path()));
            return;
        }
        try
        {
            identity = IdentityFile.load(keydir.path());
            PeerPlan.refuseSelf(peers, identity.peerId());
            findings.add(new Finding(Verdict.OK, "identity", identity.peerId().toString(), ""));
        }
        catch (final IOException | CommandException | MlKemMissingException e)
        {
            findings.add(Finding.problem("identity", Diagnosis.oneLine(e), ""));
        }
    }

    private boolean hasProblem(final String check)
    {
        return findings.stream()
            .anyMatch(finding -> finding.verdict() == Verdict.PROBLEM && finding.check().equals(check));
    }

    private InetSocketAddress local()
    {
        return new BindAddress(options.ip(), options.port()).resolve();
    }

    /** All at once, as each may take its time. */
    private void peers(final InetSocketAddress local, final Duration patience, final PrintWriter out)
    {
        final List<List<Finding>> found = peers.parallelStream()
            .map(peer -> new PeerCheck(identity, peer, local, options.mtu(), patience).run()).toList();
        for (final List<Finding> ofPeer : found)
        {
            final int from = findings.size();
            findings.addAll(ofPeer);
            show(from, out);
        }
    }

    private void run(final Check check, final PrintWriter out)
    {
        final int from = findings.size();
        findings.addAll(check.run());
        if (from > 0)
        {
            show(from, out);
        }
    }

    private void show(final int from, final PrintWriter out)
    {
        if (!json)
        {
            for (final Finding finding : findings.subList(from, findings.size()))
            {
                out.println(String.format("%-8s %-16s ", finding.verdict().text(), finding.check()) + finding.found() +
                    (finding.advice().isEmpty() ? "" : "; " + finding.advice()));
            }
            out.flush();
        }
    }

    private void printJson(final boolean good, final PrintWriter out)
    {
        final List<String> rows = new ArrayList<>();
        for (final Finding finding : findings)
        {
            rows.add("  " + JsonWriter.onOneLine().begin(null, '{').text("check", finding.check())
                .text("verdict", finding.verdict().text()).text("found", finding.found())
                .text("advice", finding.advice()).end('}'));
        }
        out.println("{\"ok\": " + good + ", \"findings\": [\n" + String.join(",\n", rows) + "\n]}");
        out.flush();
    }
}
