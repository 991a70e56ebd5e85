package io.shadowmesh.cli;

import io.shadowmesh.dataplane.Tunnel;
import io.shadowmesh.dataplane.TunnelBuilder;
import io.shadowmesh.dataplane.TunnelPeer;
import io.shadowmesh.dataplane.address.Endpoint;
import io.shadowmesh.dataplane.address.IpPrefix;
import io.shadowmesh.dataplane.crypto.Aead;
import io.shadowmesh.dataplane.device.TunDevice;
import io.shadowmesh.dataplane.identity.Identity;
import io.shadowmesh.dataplane.identity.IdentityFile;
import io.shadowmesh.dataplane.request.RequestSocket;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;

/**
 * {@code shadowmesh up}: runs a node until it is told to stop.
 *
 * <p>In this order:
 * <ol>
 * <li>read the {@link ConfigFile}, check every option and join the peers; nothing outside the process has been touched
 * by then, and {@code --check} ends here</li>
 * <li>load the identity, or make it</li>
 * <li>start the tunnel, look at the kernel's settings, print the ready line</li>
 * <li>wait for the end, and take up what changes of the peers meanwhile</li>
 * </ol>
 */
final class UpCommand implements Callable<Integer>
{
    private static final System.Logger LOG = System.getLogger("io.shadowmesh.node");

    private final OptionSpec check = Options.flag("-check", "--check")
        .description("Check all options and peers, print them as a configuration file, and do nothing else.").build();
    private final CommandSpec spec = CommandSpec.wrapWithoutInspection(this).name("up").addOption(check);
    private final KeydirOption keydir = new KeydirOption(spec);
    private final UpOptions options = new UpOptions(spec);
    private final ServiceNotice notice = ServiceNotice.ofEnvironment();
    private NodePeers nodePeers;
    private Aead aead;
    private RequestSocket requests;

    UpCommand()
    {
        spec.usageMessage().sortOptions(false)
            .customSynopsis("shadowmesh [up] -tun-ip ADDRESS (-connect PEER | -allow PEER)... [OPTION]...")
            .description("Run a node until SIGTERM or Ctrl-C. This is what shadowmesh does when no command is given.");
    }

    @Override
    public Integer call() throws IOException, InterruptedException
    {
        if (options.generateKeys())
        {
            KeygenCommand.run(keydir.path(), spec);
            return 0;
        }
        final ConfigFile config = configure();
        try
        {
            StderrLogger.threshold(options.logLevel(ErrorOptions.isDebug(spec)));
            StderrLogger.format(options.logFormat());
            return check.<Boolean>getValue() ? check(config) : run();
        }
        catch (final CommandException e)
        {
            throw config.blame(e);
        }
    }

    /** Sets the options that a file names and the command line does not. */
    ConfigFile configure()
    {
        return ConfigFile.apply(options.config(), keydir, spec.commandLine().getParseResult());
    }

    private int run() throws IOException, InterruptedException
    {
        final NodeShutdown shutdown = new NodeShutdown(notice);
        shutdown.install();
        try
        {
            run(shutdown);
        }
        finally
        {
            shutdown.uninstall();
        }
        return 0;
    }

    /** How the command line's parser sees it. */
    CommandSpec spec()
    {
        return spec;
    }

    UpOptions options()
    {
        return options;
    }

    /** Says what the node would run with. */
    private int check(final ConfigFile config) throws IOException
    {
        final List<IpPrefix> addresses = options.addresses();
        checked(addresses);
        final NodePeers nodePeers = new NodePeers(keydir.path(), options, addresses);
        final List<TunnelPeer> peers = nodePeers.load();
        options.ip();
        final Path identity = IdentityFile.path(keydir.path());
        final boolean known = Files.exists(identity, LinkOption.NOFOLLOW_LINKS);
        if (known)
        {
            Platform.requireMlKem();
            PeerPlan.refuseSelf(peers, IdentityFile.load(keydir.path()).peerId());
        }
        options.modernize();
        final PrintWriter out = spec.commandLine().getOut();
        out.println("# " + (config.file() == null ? "no configuration file" : "read from " + config.file()) +
            (known ? "" : "; no identity in " + keydir.path() + " yet, one is made at the start"));
        final EffectiveConfig effective = new EffectiveConfig(out);
        effective.options(spec);
        effective.peers(peers, nodePeers.folder());
        return 0;
    }

    private void run(final NodeShutdown shutdown) throws IOException, InterruptedException
    {
        final Tunnel tunnel = start(shutdown);
        watchPeers(tunnel);
        notice.ready(tunnel.deviceName() + ", peer ID " + tunnel.peerId());
        notice.watch(tunnel);
        if (options.warmUp())
        {
            WarmUp.start(aead, options.suite(), options.threads());
        }
        final Throwable end = tunnel.awaitTermination();
        shutdown.uninstall();
        tunnel.close();
        if (end != null)
        {
            final String why = end.getMessage();
            throw CommandException.failure("the tunnel ended: " +
                (why == null ? Diagnosis.oneLine(end) : Diagnosis.firstLine(why)), end);
        }
    }

    /** Everything up to the ready line. */
    Tunnel start(final NodeShutdown shutdown) throws IOException
    {
        return start(shutdown, null);
    }

    /** The same with a device that is open already; null to open one. */
    Tunnel start(final NodeShutdown shutdown, final TunDevice device) throws IOException
    {
        final List<IpPrefix> addresses = options.addresses();
        final TunnelBuilder builder = checked(addresses).device(device);
        if (options.logFile() != null)
        {
            copyLog(options.logFile());
        }
        nodePeers = new NodePeers(keydir.path(), options, addresses);
        final List<TunnelPeer> peers = nodePeers.load();
        peers.forEach(builder::peer);
        builder.bind(new BindAddress(options.ip(), options.port()).resolve());
        Platform.requireMlKem();
        aead = aead(options.crypto());
        builder.aead(aead);
        final Identity identity = identity();
        PeerPlan.refuseSelf(peers, identity.peerId());
        if (options.untilInputEnds())
        {
            shutdown.follow(System.in);
        }
        final Tunnel tunnel = start(builder.identity(identity));
        shutdown.watch(tunnel);
        requests = answerRequests(tunnel);
        logCipher();
        SysctlCheck.run(tunnel.deviceName(), addresses, peers, options.configureSysctl());
        CompilerThreads.giveWay();
        ready(tunnel, addresses);
        return tunnel;
    }

    /** Takes up what changes in the peers' files, by itself, at SIGHUP and when it is asked to. */
    void watchPeers(final Tunnel tunnel)
    {
        final PeerWatch watch = new PeerWatch(
            nodePeers.folder(), () -> tunnel.replacePeers(nodePeers.loadAny(tunnel.peerId())), notice);
        HangUp.handle(watch::wake);
        watch.start();
        if (requests != null)
        {
            requests.on("reload", (request, answer) -> watch.wake());
        }
    }

    /** Everything that the options say, but for the peers. */
    private TunnelBuilder checked(final List<IpPrefix> addresses)
    {
        final TunnelBuilder builder = Tunnel.builder().device(options.device()).mtu(options.mtu())
            .suite(options.suite()).tunOffloads(options.tunOffloads()).udpSegmentation(options.udpSegmentation())
            .udpCoalescing(options.udpCoalescing()).routes(options.routes())
            .statusFolder(options.statusFolder())
            .bandwidth(options.bandwidth()).queueManagement(options.queueManagement());
        addresses.forEach(builder::address);
        if (options.threads() != null)
        {
            builder.threading(options.threads());
        }
        options.port();
        options.keepaliveSeconds();
        options.crypto();
        if (options.hasBackbone())
        {
            LOG.log(System.Logger.Level.WARNING,
                "-backbone is not used any more: -connect and shadowmesh peer add say where peers are");
        }
        return builder;
    }

    /** Beside the status file; without one nobody would find it. */
    private static RequestSocket answerRequests(final Tunnel tunnel)
    {
        final Path status = tunnel.statusFile();
        if (status == null)
        {
            return null;
        }
        try
        {
            return tunnel.answerRequests(RunningNode.socketBeside(status));
        }
        catch (final IOException e)
        {
            LOG.log(System.Logger.Level.WARNING, "nobody can ask anything of this node: " + Diagnosis.oneLine(e));
            return null;
        }
    }

    private static void copyLog(final Path file)
    {
        try
        {
            StderrLogger.copyTo(file);
        }
        catch (final IOException e)
        {
            throw CommandException.failure("-log-file: cannot write to " + Diagnosis.oneLine(e), e);
        }
    }

    private static Aead aead(final String name)
    {
        try
        {
            return Aead.named(name);
        }
        catch (final IllegalArgumentException e)
        {
            throw CommandException.failure("-crypto " + name + ": " + Diagnosis.oneLine(e), e);
        }
    }

    private void logCipher()
    {
        final String advice = Aead.advice(aead);
        LOG.log(System.Logger.Level.INFO,
            "frames are sealed by " + aead.description() + (advice == null ? "" : "; " + advice));
    }

    private Identity identity() throws IOException
    {
        final boolean known = Files.exists(IdentityFile.path(keydir.path()), LinkOption.NOFOLLOW_LINKS);
        final Identity identity = IdentityFile.loadOrCreate(keydir.path());
        if (!known)
        {
            LOG.log(System.Logger.Level.INFO, "made an identity in " + keydir.path());
        }
        return identity;
    }

    private Tunnel start(final TunnelBuilder builder)
    {
        try
        {
            return builder.start();
        }
        catch (final IOException | RuntimeException e)
        {
            throw CommandException.failure(Diagnosis.oneLine(e), e);
        }
    }

    private void ready(final Tunnel tunnel, final List<IpPrefix> addresses)
    {
        final PrintWriter out = spec.commandLine().getOut();
        out.println("ready: " + tunnel.deviceName() +
            (addresses.isEmpty() ? "" : " " + PeerFolder.text(addresses, " ")) + ", udp " +
            Endpoint.of(tunnel.localAddress()) + ", peer ID " + tunnel.peerId());
        out.flush();
    }
}
