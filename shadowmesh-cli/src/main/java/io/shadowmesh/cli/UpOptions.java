package io.shadowmesh.cli;

import io.shadowmesh.dataplane.Bandwidth;
import io.shadowmesh.dataplane.ThreadingMode;
import io.shadowmesh.dataplane.address.IpPrefix;
import io.shadowmesh.dataplane.crypto.Suite;
import io.shadowmesh.dataplane.device.TunConfig;
import io.shadowmesh.dataplane.status.RuntimeFolder;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** The options of {@code up}, and what their texts mean; a text that means nothing is a {@link CommandException}. */
final class UpOptions extends Options
{
    private static final int IPV4_LENGTH = 24;
    private static final int IPV6_LENGTH = 64;
    private static final int IPV4_BITS = 32;
    private static final int LOWEST_MTU = 576;
    private static final int LOWEST_IPV6_MTU = 1280;
    private static final int HIGHEST_MTU = 64980;

    /** What a path leaves over IPv6 that leaves the device's default over IPv4: the header is 20 bytes longer. */
    private static final int IPV6_MTU = TunConfig.DEFAULT_MTU - 20;
    private static final int LONGEST_DEVICE_NAME = 15;

    private final OptionSpec config = add(path("-config", "--config").paramLabel("FILE")
        .description("Read options from this file; each long option is a key of it. Default: DIR/shadowmesh.toml, if " +
        "it is there. An option on the command line goes before its key."));
    private final OptionSpec ip = add(text("-ip", "--ip").paramLabel("ADDRESS")
        .description("Address to send and receive on, IPv4 or IPv6. One that this machine does not hold (behind " +
        "NAT) binds the wildcard. Default: all."));
    private final OptionSpec port = add(text("-port", "--port").paramLabel("PORT").defaultValue("9443")
        .description("UDP port (${DEFAULT-VALUE}); 0 picks a free one."));
    private final OptionSpec tun = add(text("-tun", "--tun").paramLabel("NAME").defaultValue("chr001")
        .description("The tunnel's network device (${DEFAULT-VALUE})."));
    private final OptionSpec tunIps = add(texts("-tun-ip", "--tun-ip").paramLabel("ADDRESS[/LENGTH]").splitRegex(",")
        .hideParamSyntax(true)
        .description("The device's address (/24, IPv6 /64). Repeats."));
    private final OptionSpec connect = add(texts("-connect", "--connect").paramLabel("PEER")
        .description("A peer to call: PEER-ID[@HOST[:PORT]][=CIDR,...]. Without HOST, or by name, it is looked up " +
        "in DIR/peers. Repeats."));
    private final OptionSpec allow = add(texts("-allow", "--allow").paramLabel("PEER")
        .description("A peer that may call: PEER-ID[@HOST[:PORT]][=CIDR,...]. Repeats. The peers in DIR/peers are " +
        "allowed too."));
    private final OptionSpec mtu = add(text("-mtu", "--mtu").paramLabel("BYTES")
        .description("The device's MTU. Default: " + TunConfig.DEFAULT_MTU + ", or " + IPV6_MTU +
        " where -ip is an IPv6 address."));
    private final OptionSpec keepalive = add(text("-keepalive", "--keepalive").paramLabel("SECONDS").defaultValue("0")
        .description("Send something to each peer at least this often (25 behind NAT); 0 for never."));
    private final OptionSpec suite = add(text("-suite", "--suite").paramLabel("aes|chacha").defaultValue("aes")
        .description("The cipher that this node proposes (${DEFAULT-VALUE})."));
    private final OptionSpec crypto = add(text("-crypto", "--crypto").paramLabel("auto|libipsec-mb|libcrypto|jdk")
        .defaultValue("auto")
        .description("Who computes it (${DEFAULT-VALUE})."));
    private final OptionSpec noTunOffload = add(flag("-no-tun-offload", "--no-tun-offload")
        .description("Read and write the device packet by packet, without super-packets."));
    private final OptionSpec noGso = add(flag("-no-gso", "--no-gso")
        .description("Send datagram by datagram, without UDP segmentation offload."));
    private final OptionSpec noGro = add(flag("-no-gro", "--no-gro")
        .description("Receive datagram by datagram, without UDP receive offload."));
    private final OptionSpec bandwidth = add(text("-bandwidth", "--bandwidth").paramLabel("RATE|auto")
        .description("What the link carries that datagrams leave by, in bit/s: 50M, 2.5G. They are paced a little " +
        "below it. With auto it is found out. Default: no pacing."));
    private final OptionSpec noAqm = add(flag("-no-aqm", "--no-aqm")
        .description("Let packets wait as long as they must, instead of marking or dropping some (CoDel)."));
    private final OptionSpec noRoutes = add(flag("-no-routes", "--no-routes")
        .description("Set no routes to the peers' CIDRs."));
    private final OptionSpec threads = add(text("-threads", "--threads").paramLabel("shared|paired|dedicated")
        .description("One thread for all; one outbound and one inbound; or device reader, sender and receiver apart. " +
        "Default: shared on one or two cores, else paired."));
    private final OptionSpec noWarmUp = add(flag("-no-warm-up", "--no-warm-up")
        .description("Do not warm up: at the start, two tunnels of its own carry packets over loopback, so that the JVM " +
        "compiles the data path."));
    private final OptionSpec configureSysctl = add(flag("-configure-sysctl", "--configure-sysctl")
        .description("Set the kernel settings (rp_filter, ip_forward) that would break traffic."));
    private final OptionSpec statusDir = add(path("-status-dir", "--status-dir").paramLabel("DIR")
        .description("Folder for the file that status and metrics read. Default: /run/shadowmesh, or another in memory."));
    private final OptionSpec logLevel = add(text("-log-level", "--log-level").paramLabel("LEVEL")
        .description("error, warn, info, debug or trace (info)."));
    private final OptionSpec logFormat = add(text("-log-format", "--log-format").paramLabel("plain|json")
        .defaultValue("plain")
        .description("A line of text or a JSON object for each record (${DEFAULT-VALUE})."));
    private final OptionSpec logFile = add(path("-log-file", "--log-file").paramLabel("FILE")
        .description("Append the log to this file too."));

    // What v11 also took.
    private final OptionSpec udpPort = add(text("-udp-port", "--udp-port").paramLabel("PORT").hidden(true));
    private final OptionSpec tunNetmask = add(text("-tun-netmask", "--tun-netmask").paramLabel("LENGTH").hidden(true));
    private final OptionSpec backbone = add(text("-backbone", "--backbone").paramLabel("URL").hidden(true));
    private final OptionSpec generateKeys = add(flag("-generate-keys", "--generate-keys").hidden(true));
    // What the demo starts its nodes with: they end when it does, however it ends.
    private final OptionSpec untilInputEnds = add(flag("--until-input-ends").hidden(true));

    UpOptions(final CommandSpec command)
    {
        super(command);
    }

    /** Looks at every text, for one that means nothing. */
    void validate()
    {
        ip();
        port();
        device();
        mtu();
        keepaliveSeconds();
        suite();
        crypto();
        threads();
        logLevel(false);
        logFormat();
    }

    /** Puts what v11's options say into those that have taken their place, and what follows from others. */
    void modernize()
    {
        port.setValue(Integer.toString(port()));
        udpPort.setValue(null);
        mtu.setValue(Integer.toString(mtu()));
        tunIps.setValue(addresses().stream().map(IpPrefix::toString).toList());
        tunNetmask.setValue(null);
    }

    /** The file with options, or null for the key folder's. */
    Path config()
    {
        return config.getValue();
    }

    /** The address to bind, or null for all. */
    InetAddress ip()
    {
        final String text = ip.getValue();
        if (text == null)
        {
            return null;
        }
        final String bare = text.startsWith("[") && text.endsWith("]") ? text.substring(1, text.length() - 1) : text;
        final int scope = bare.indexOf('%');
        try
        {
            final InetAddress address = literal(scope < 0 ? bare : bare.substring(0, scope));
            return scope < 0 ? address : InetAddress.getByName(bare);
        }
        catch (final IllegalArgumentException e)
        {
            throw CommandException.usage("-ip: " + e.getMessage());
        }
        catch (final UnknownHostException e)
        {
            throw CommandException.usage("-ip: " + text + ": there is no such interface");
        }
    }

    int port()
    {
        final boolean v11 = udpPort.getValue() != null;
        try
        {
            return HostPort.port((v11 ? udpPort : port).getValue(), 0);
        }
        catch (final IllegalArgumentException e)
        {
            throw CommandException.usage((v11 ? "-udp-port: " : "-port: ") + e.getMessage());
        }
    }

    String device()
    {
        final String name = tun.getValue();
        if (name.isEmpty() || name.length() > LONGEST_DEVICE_NAME || name.equals(".") || name.equals("..") ||
            !name.chars().allMatch(c -> c > ' ' && c < 127 && c != '/' && c != ':'))
        {
            throw CommandException.usage("-tun: '" + name + "' cannot be a device name: use 1 to " +
                LONGEST_DEVICE_NAME + " characters, no '/', ':' or space");
        }
        return name;
    }

    /** The device's addresses, host bits included. */
    List<IpPrefix> addresses()
    {
        final List<IpPrefix> addresses = new ArrayList<>();
        for (final String text : tunIps.<List<String>>getValue())
        {
            try
            {
                addresses.add(text.indexOf('/') >= 0 ? IpPrefix.parse(text) : withDefaultLength(literal(text)));
            }
            catch (final IllegalArgumentException e)
            {
                throw CommandException.usage("-tun-ip: " + e.getMessage());
            }
        }
        if (addresses.stream().filter(address -> !address.isIpv6()).count() > 1)
        {
            throw CommandException.usage("-tun-ip: a device has one IPv4 address, and these are more; keep one");
        }
        return addresses;
    }

    int mtu()
    {
        if (null == mtu.getValue())
        {
            return ip() instanceof Inet6Address ? IPV6_MTU : TunConfig.DEFAULT_MTU;
        }
        final int bytes = number("-mtu", mtu.getValue(), LOWEST_MTU, HIGHEST_MTU, "bytes");
        if (bytes < LOWEST_IPV6_MTU && addresses().stream().anyMatch(IpPrefix::isIpv6))
        {
            throw CommandException.usage("-mtu: IPv6 needs at least " + LOWEST_IPV6_MTU + ": raise -mtu, or leave " +
                "out the IPv6 -tun-ip");
        }
        return bytes;
    }

    int keepaliveSeconds()
    {
        return seconds(keepalive.getValue());
    }

    static int seconds(final String text)
    {
        return number("-keepalive", text, 0, PeerToml.MAX_KEEPALIVE, "seconds");
    }

    Suite suite()
    {
        final String name = suite.getValue();
        return switch (name.toLowerCase(Locale.ROOT))
        {
            case "aes" -> Suite.AES_256_GCM;
            case "chacha" -> Suite.CHACHA20_POLY1305;
            default -> throw oneOf("-suite", name, "aes or chacha");
        };
    }

    String crypto()
    {
        final String text = crypto.getValue();
        final String name = text.toLowerCase(Locale.ROOT);
        if (!List.of("auto", "libipsec-mb", "libcrypto", "jdk").contains(name))
        {
            throw oneOf("-crypto", text, "auto, libipsec-mb, libcrypto or jdk");
        }
        return name;
    }

    boolean tunOffloads()
    {
        return !noTunOffload.<Boolean>getValue();
    }

    boolean udpSegmentation()
    {
        return !noGso.<Boolean>getValue();
    }

    boolean udpCoalescing()
    {
        return !noGro.<Boolean>getValue();
    }

    Bandwidth bandwidth()
    {
        try
        {
            final String rate = bandwidth.getValue();
            return rate == null ? Bandwidth.UNKNOWN : Bandwidth.parse(rate);
        }
        catch (final IllegalArgumentException e)
        {
            throw CommandException.usage("-bandwidth: " + e.getMessage());
        }
    }

    boolean queueManagement()
    {
        return !noAqm.<Boolean>getValue();
    }

    boolean warmUp()
    {
        return !noWarmUp.<Boolean>getValue();
    }

    boolean routes()
    {
        return !noRoutes.<Boolean>getValue();
    }

    /** The mode, or null for the default. */
    ThreadingMode threads()
    {
        final String name = threads.getValue();
        return name == null ? null : switch (name.toLowerCase(Locale.ROOT))
        {
            case "shared" -> ThreadingMode.SHARED;
            case "paired" -> ThreadingMode.PAIRED;
            case "dedicated" -> ThreadingMode.DEDICATED;
            default -> throw oneOf("-threads", name, "shared, paired or dedicated");
        };
    }

    System.Logger.Level logLevel(final boolean debug)
    {
        final String name = logLevel.getValue();
        return name == null ? debug ? System.Logger.Level.DEBUG : System.Logger.Level.INFO :
            switch (name.toLowerCase(Locale.ROOT))
            {
                case "off", "none" -> System.Logger.Level.OFF;
                case "error" -> System.Logger.Level.ERROR;
                case "warn", "warning" -> System.Logger.Level.WARNING;
                case "info" -> System.Logger.Level.INFO;
                case "debug" -> System.Logger.Level.DEBUG;
                case "trace", "all" -> System.Logger.Level.TRACE;
                default -> throw oneOf("-log-level", name, "error, warn, info, debug or trace");
            };
    }

    LogFormat logFormat()
    {
        final String name = logFormat.getValue();
        return switch (name.toLowerCase(Locale.ROOT))
        {
            case "plain" -> LogFormat.PLAIN;
            case "json" -> LogFormat.JSON;
            default -> throw oneOf("-log-format", name, "plain or json");
        };
    }

    List<String> connect()
    {
        return connect.getValue();
    }

    List<String> allow()
    {
        return allow.getValue();
    }

    boolean configureSysctl()
    {
        return configureSysctl.getValue();
    }

    /** The folder of choice, or the usual one. */
    RuntimeFolder statusFolder()
    {
        final Path folder = statusDir.getValue();
        return folder == null ? RuntimeFolder.usual(System.getenv()) : RuntimeFolder.at(folder);
    }

    Path logFile()
    {
        return logFile.getValue();
    }

    boolean hasBackbone()
    {
        return backbone.getValue() != null;
    }

    boolean generateKeys()
    {
        return generateKeys.getValue();
    }

    boolean untilInputEnds()
    {
        return untilInputEnds.getValue();
    }

    private IpPrefix withDefaultLength(final InetAddress address)
    {
        final boolean ipv6 = IpPrefix.of(address, 0).isIpv6();
        final String netmask = tunNetmask.getValue();
        return IpPrefix.of(address, ipv6 ? IPV6_LENGTH : netmask == null ? IPV4_LENGTH : length(netmask));
    }

    private static int length(final String netmask)
    {
        if (netmask.indexOf('.') < 0)
        {
            return number("-tun-netmask", netmask, 0, IPV4_BITS, "bits");
        }
        final int mask = (int)IpPrefix.of(literal(netmask), IPV4_BITS).low();
        final int length = Integer.bitCount(mask);
        if (mask != (length == 0 ? 0 : -1 << (IPV4_BITS - length)))
        {
            throw CommandException.usage("-tun-netmask: " + netmask + " is not a netmask: give 24, or " +
                "-tun-ip ADDRESS/24");
        }
        return length;
    }

    private static InetAddress literal(final String text)
    {
        if (text.indexOf('/') >= 0)
        {
            throw new IllegalArgumentException("\"" + text + "\": give an address without a prefix length");
        }
        return IpPrefix.parse(text).address();
    }

    static int number(final String option, final String text, final int lowest, final int highest,
        final String unit)
    {
        int value = -1;
        if (!text.isEmpty() && text.length() <= 5 && text.chars().allMatch(c -> c >= '0' && c <= '9'))
        {
            value = Integer.parseInt(text);
        }
        if (value < lowest || value > highest)
        {
            throw CommandException.usage(option + ": '" + text + "': give " + unit + " from " + lowest + " to " +
                highest);
        }
        return value;
    }

    private static CommandException oneOf(final String option, final String text, final String choices)
    {
        return CommandException.usage(option + ": '" + text + "': choose " + choices);
    }
}
