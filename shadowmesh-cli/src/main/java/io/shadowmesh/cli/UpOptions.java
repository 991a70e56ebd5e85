package io.shadowmesh.cli;

import io.shadowmesh.dataplane.Bandwidth;
import io.shadowmesh.dataplane.ThreadingMode;
import io.shadowmesh.dataplane.address.IpPrefix;
import io.shadowmesh.dataplane.crypto.Suite;
import io.shadowmesh.dataplane.status.RuntimeFolder;
import picocli.CommandLine.Option;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** The options of {@code up}, and what their texts mean; a text that means nothing is a {@link CommandException}. */
final class UpOptions
{
    private static final int IPV4_LENGTH = 24;
    private static final int IPV6_LENGTH = 64;
    private static final int IPV4_BITS = 32;
    private static final int LOWEST_MTU = 576;
    private static final int LOWEST_IPV6_MTU = 1280;
    private static final int HIGHEST_MTU = 64980;
    private static final int LONGEST_DEVICE_NAME = 15;

    @Option(names = {"-config", "--config"}, paramLabel = "FILE",
        description = "Read options from this file; each long option is a key of it. Default: DIR/shadowmesh.toml, if " +
        "it is there. An option on the command line goes before its key.")
    private Path config;
    @Option(names = {"-ip", "--ip"}, paramLabel = "ADDRESS",
        description = "Address to send and receive on, IPv4 or IPv6. One that this machine does not hold (behind " +
        "NAT) binds the wildcard. Default: all.")
    private String ip;
    @Option(names = {"-port", "--port"}, paramLabel = "PORT", defaultValue = "9443",
        description = "UDP port (${DEFAULT-VALUE}); 0 picks a free one.")
    private String port;
    @Option(names = {"-tun", "--tun"}, paramLabel = "NAME", defaultValue = "chr001",
        description = "The tunnel's network device (${DEFAULT-VALUE}).")
    private String tun;
    @Option(names = {"-tun-ip", "--tun-ip"}, paramLabel = "ADDRESS[/LENGTH]", split = ",",
        hideParamSyntax = true,
        description = "The device's address (/24, IPv6 /64). Repeats.")
    private List<String> tunIps = new ArrayList<>();
    @Option(names = {"-connect", "--connect"}, paramLabel = "PEER",
        description = "A peer to call: PEER-ID[@HOST[:PORT]][=CIDR,...]. Without HOST, or by name, it is looked up " +
        "in DIR/peers. Repeats.")
    private List<String> connect = new ArrayList<>();
    @Option(names = {"-allow", "--allow"}, paramLabel = "PEER",
        description = "A peer that may call: PEER-ID[@HOST[:PORT]][=CIDR,...]. Repeats. The peers in DIR/peers are " +
        "allowed too.")
    private List<String> allow = new ArrayList<>();
    @Option(names = {"-mtu", "--mtu"}, paramLabel = "BYTES", defaultValue = "1400",
        description = "The device's MTU (${DEFAULT-VALUE}).")
    private String mtu;
    @Option(names = {"-keepalive", "--keepalive"}, paramLabel = "SECONDS", defaultValue = "0",
        description = "Send something to each peer at least this often (25 behind NAT); 0 for never.")
    private String keepalive;
    @Option(names = {"-suite", "--suite"}, paramLabel = "aes|chacha", defaultValue = "aes",
        description = "The cipher that this node proposes (${DEFAULT-VALUE}).")
    private String suite;
    @Option(names = {"-crypto", "--crypto"}, paramLabel = "auto|libipsec-mb|libcrypto|jdk", defaultValue = "auto",
        description = "Who computes it (${DEFAULT-VALUE}).")
    private String crypto;
    @Option(names = {"-no-tun-offload", "--no-tun-offload"},
        description = "Read and write the device packet by packet, without super-packets.")
    private boolean noTunOffload;
    @Option(names = {"-no-gso", "--no-gso"},
        description = "Send datagram by datagram, without UDP segmentation offload.")
    private boolean noGso;
    @Option(names = {"-no-gro", "--no-gro"},
        description = "Receive datagram by datagram, without UDP receive offload.")
    private boolean noGro;
    @Option(names = {"-bandwidth", "--bandwidth"}, paramLabel = "RATE|auto",
        description = "What the link carries that datagrams leave by, in bit/s: 50M, 2.5G. They are paced a little " +
        "below it. With auto it is found out. Default: no pacing.")
    private String bandwidth;
    @Option(names = {"-no-aqm", "--no-aqm"},
        description = "Let packets wait as long as they must, instead of marking or dropping some (CoDel).")
    private boolean noAqm;
    @Option(names = {"-no-routes", "--no-routes"},
        description = "Set no routes to the peers' CIDRs.")
    private boolean noRoutes;
    @Option(names = {"-threads", "--threads"}, paramLabel = "shared|paired|dedicated",
        description = "One thread for all; one outbound and one inbound; or device reader, sender and receiver apart. " +
        "Default: shared on one or two cores, else paired.")
    private String threads;
    @Option(names = {"-configure-sysctl", "--configure-sysctl"},
        description = "Set the kernel settings (rp_filter, ip_forward) that would break traffic.")
    private boolean configureSysctl;
    @Option(names = {"-status-dir", "--status-dir"}, paramLabel = "DIR",
        description = "Folder for the file that status and metrics read. Default: /run/shadowmesh, or another in memory.")
    private Path statusDir;
    @Option(names = {"-log-level", "--log-level"}, paramLabel = "LEVEL",
        description = "error, warn, info, debug or trace (info).")
    private String logLevel;
    @Option(names = {"-log-format", "--log-format"}, paramLabel = "plain|json", defaultValue = "plain",
        description = "A line of text or a JSON object for each record (${DEFAULT-VALUE}).")
    private String logFormat;
    @Option(names = {"-log-file", "--log-file"}, paramLabel = "FILE",
        description = "Append the log to this file too.")
    private Path logFile;

    // What v11 also took.
    @Option(names = {"-udp-port", "--udp-port"}, paramLabel = "PORT", hidden = true)
    private String udpPort;
    @Option(names = {"-tun-netmask", "--tun-netmask"}, paramLabel = "LENGTH", hidden = true)
    private String tunNetmask;
    @Option(names = {"-backbone", "--backbone"}, paramLabel = "URL", hidden = true)
    private String backbone;
    @Option(names = {"-generate-keys", "--generate-keys"}, hidden = true)
    private boolean generateKeys;
    // What the demo starts its nodes with: they end when it does, however it ends.
    @Option(names = "--until-input-ends", hidden = true)
    private boolean untilInputEnds;

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

    /** Puts what v11's options say into those that have taken their place. */
    void modernize()
    {
        port = Integer.toString(port());
        udpPort = null;
        tunIps = new ArrayList<>(addresses().stream().map(IpPrefix::toString).toList());
        tunNetmask = null;
    }

    /** The file with options, or null for the key folder's. */
    Path config()
    {
        return config;
    }

    /** The address to bind, or null for all. */
    InetAddress ip()
    {
        if (ip == null)
        {
            return null;
        }
        final String bare = ip.startsWith("[") && ip.endsWith("]") ? ip.substring(1, ip.length() - 1) : ip;
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
            throw CommandException.usage("-ip: " + ip + ": there is no such interface");
        }
    }

    int port()
    {
        final boolean v11 = udpPort != null;
        try
        {
            return HostPort.port(v11 ? udpPort : port, 0);
        }
        catch (final IllegalArgumentException e)
        {
            throw CommandException.usage((v11 ? "-udp-port: " : "-port: ") + e.getMessage());
        }
    }

    String device()
    {
        if (tun.isEmpty() || tun.length() > LONGEST_DEVICE_NAME || tun.equals(".") || tun.equals("..") ||
            !tun.chars().allMatch(c -> c > ' ' && c < 127 && c != '/' && c != ':'))
        {
            throw CommandException.usage("-tun: '" + tun + "' cannot be a device name: use 1 to " +
                LONGEST_DEVICE_NAME + " characters, no '/', ':' or space");
        }
        return tun;
    }

    /** The device's addresses, host bits included. */
    List<IpPrefix> addresses()
    {
        final List<IpPrefix> addresses = new ArrayList<>();
        for (final String text : tunIps)
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
        final int bytes = number("-mtu", mtu, LOWEST_MTU, HIGHEST_MTU, "bytes");
        if (bytes < LOWEST_IPV6_MTU && addresses().stream().anyMatch(IpPrefix::isIpv6))
        {
            throw CommandException.usage("-mtu: IPv6 needs at least " + LOWEST_IPV6_MTU + ": raise -mtu, or leave " +
                "out the IPv6 -tun-ip");
        }
        return bytes;
    }

    int keepaliveSeconds()
    {
        return seconds(keepalive);
    }

    static int seconds(final String text)
    {
        return number("-keepalive", text, 0, PeerToml.MAX_KEEPALIVE, "seconds");
    }

    Suite suite()
    {
        return switch (suite.toLowerCase(Locale.ROOT))
        {
            case "aes" -> Suite.AES_256_GCM;
            case "chacha" -> Suite.CHACHA20_POLY1305;
            default -> throw oneOf("-suite", suite, "aes or chacha");
        };
    }

    String crypto()
    {
        final String name = crypto.toLowerCase(Locale.ROOT);
        if (!List.of("auto", "libipsec-mb", "libcrypto", "jdk").contains(name))
        {
            throw oneOf("-crypto", crypto, "auto, libipsec-mb, libcrypto or jdk");
        }
        return name;
    }

    boolean tunOffloads()
    {
        return !noTunOffload;
    }

    boolean udpSegmentation()
    {
        return !noGso;
    }

    boolean udpCoalescing()
    {
        return !noGro;
    }

    Bandwidth bandwidth()
    {
        try
        {
            return bandwidth == null ? Bandwidth.UNKNOWN : Bandwidth.parse(bandwidth);
        }
        catch (final IllegalArgumentException e)
        {
            throw CommandException.usage("-bandwidth: " + e.getMessage());
        }
    }

    boolean queueManagement()
    {
        return !noAqm;
    }

    boolean routes()
    {
        return !noRoutes;
    }

    /** The mode, or null for the default. */
    ThreadingMode threads()
    {
        return threads == null ? null : switch (threads.toLowerCase(Locale.ROOT))
        {
            case "shared" -> ThreadingMode.SHARED;
            case "paired" -> ThreadingMode.PAIRED;
            case "dedicated" -> ThreadingMode.DEDICATED;
            default -> throw oneOf("-threads", threads, "shared, paired or dedicated");
        };
    }

    System.Logger.Level logLevel(final boolean debug)
    {
        return logLevel == null ? debug ? System.Logger.Level.DEBUG : System.Logger.Level.INFO :
            switch (logLevel.toLowerCase(Locale.ROOT))
            {
                case "off", "none" -> System.Logger.Level.OFF;
                case "error" -> System.Logger.Level.ERROR;
                case "warn", "warning" -> System.Logger.Level.WARNING;
                case "info" -> System.Logger.Level.INFO;
                case "debug" -> System.Logger.Level.DEBUG;
                case "trace", "all" -> System.Logger.Level.TRACE;
                default -> throw oneOf("-log-level", logLevel, "error, warn, info, debug or trace");
            };
    }

    LogFormat logFormat()
    {
        return switch (logFormat.toLowerCase(Locale.ROOT))
        {
            case "plain" -> LogFormat.PLAIN;
            case "json" -> LogFormat.JSON;
            default -> throw oneOf("-log-format", logFormat, "plain or json");
        };
    }

    List<String> connect()
    {
        return connect;
    }

    List<String> allow()
    {
        return allow;
    }

    boolean configureSysctl()
    {
        return configureSysctl;
    }

    /** The folder of choice, or the usual one. */
    RuntimeFolder statusFolder()
    {
        return statusDir == null ? RuntimeFolder.usual(System.getenv()) : RuntimeFolder.at(statusDir);
    }

    Path logFile()
    {
        return logFile;
    }

    boolean hasBackbone()
    {
        return backbone != null;
    }

    boolean generateKeys()
    {
        return generateKeys;
    }

    boolean untilInputEnds()
    {
        return untilInputEnds;
    }

    private IpPrefix withDefaultLength(final InetAddress address)
    {
        final boolean ipv6 = IpPrefix.of(address, 0).isIpv6();
        return IpPrefix.of(address, ipv6 ? IPV6_LENGTH : tunNetmask == null ? IPV4_LENGTH : netmask());
    }

    private int netmask()
    {
        if (tunNetmask.indexOf('.') < 0)
        {
            return number("-tun-netmask", tunNetmask, 0, IPV4_BITS, "bits");
        }
        final int mask = (int)IpPrefix.of(literal(tunNetmask), IPV4_BITS).low();
        final int length = Integer.bitCount(mask);
        if (mask != (length == 0 ? 0 : -1 << (IPV4_BITS - length)))
        {
            throw CommandException.usage("-tun-netmask: " + tunNetmask + " is not a netmask: give 24, or " +
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
