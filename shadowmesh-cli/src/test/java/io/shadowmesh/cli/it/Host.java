package io.shadowmesh.cli.it;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

import io.shadowmesh.dataplane.status.RuntimeFolder;
import io.shadowmesh.dataplane.status.StatusFile;

import static org.junit.jupiter.api.Assertions.assertEquals;

/**
 * A host: a network namespace of its own and a folder for its files.
 */
final class Host implements AutoCloseable
{
    private final String namespace;
    private final Path folder;
    private final Path statusFolder;

    Host(final String namespace)
    {
        this.namespace = namespace;
        this.folder = Machine.temporaryFolder(namespace);
        this.statusFolder = Machine.memoryFolder(namespace);
        onMachine("ip", "netns", "add", namespace);
        CleanUp.atExit(this::close);
        ip("link", "set", "lo", "up");
    }

    /** @return the name of its network namespace. */
    String namespace()
    {
        return namespace;
    }

    /** @return the folder in which its commands run. */
    Path folder()
    {
        return folder;
    }

    /** @return the folder into which its nodes put their status files. */
    Path statusFolder()
    {
        return statusFolder;
    }

    /** @return the status file of the node with a device. */
    Path statusFile(final String device)
    {
        return statusFolder.resolve(device + StatusFile.SUFFIX);
    }

    /** @return the names of all that lies in the folder of the status files. */
    List<String> statusFiles()
    {
        return List.of(statusFolder.toFile().list());
    }

    /**
     * Starts a command on this host.
     *
     * @param command and its arguments.
     * @return the process, whose id is the command's own.
     */
    ChildProcess start(final String... command)
    {
        final List<String> line = new ArrayList<>(List.of("nsenter", "--net=/run/netns/" + namespace, "--"));
        line.addAll(List.of(command));
        return ChildProcess.start(namespace + ": " + String.join(" ", command), folder,
            Map.of(RuntimeFolder.VARIABLE, statusFolder.toString()), line);
    }

    /**
     * Runs a command on this host to its end.
     *
     * @param command and its arguments.
     * @return the ended process.
     */
    ChildProcess run(final String... command)
    {
        final ChildProcess process = start(command);
        process.awaitExit(Duration.ofMinutes(3));
        return process;
    }

    /**
     * Runs a command on this host to its end, which must be a success.
     *
     * @param command and its arguments.
     * @return what it printed.
     */
    String succeed(final String... command)
    {
        final ChildProcess process = start(command);
        assertEquals(0, process.awaitExit(Duration.ofMinutes(3)), process::toString);
        return String.join("\n", process.output());
    }

    /**
     * Writes a file in this host's folder, and the folders that it lies in.
     *
     * @param path of it in that folder.
     * @param text to write.
     */
    void write(final String path, final String text)
    {
        try
        {
            final Path file = folder.resolve(path);
            Files.createDirectories(file.getParent());
            Files.writeString(file, text);
        }
        catch (final IOException e)
        {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * Runs {@code ip} for this host.
     *
     * @param arguments of it.
     * @return what it printed.
     */
    String ip(final String... arguments)
    {
        final List<String> line = new ArrayList<>(List.of("ip", "-n", namespace));
        line.addAll(Arrays.asList(arguments));
        return onMachine(line.toArray(String[]::new));
    }

    /** @return whether a network device of that name is here. */
    boolean hasDevice(final String device)
    {
        final ChildProcess process = run("ip", "link", "show", "dev", device);
        return process.awaitExit(Await.SOON) == 0;
    }

    /** @return the names of the TUN devices that are here. */
    List<String> tunDevices()
    {
        return ip("tuntap", "list").lines().map(line -> line.substring(0, line.indexOf(':'))).toList();
    }

    /** @return whether one ping to the address is answered. */
    boolean canPing(final String address)
    {
        return run("ping", "-n", "-q", "-c", "1", "-W", "1", address).awaitExit(Await.SOON) == 0;
    }

    /**
     * Waits until a ping is answered.
     *
     * @param address  to ping.
     * @param evidence for the failure's message.
     */
    void awaitPing(final String address, final Object... evidence)
    {
        Await.until(namespace + " pings " + address, Await.EVENTUALLY, () -> canPing(address),
            () -> Arrays.toString(evidence));
    }

    /**
     * The IPv4 datagrams that the processes of this host have read from their UDP sockets, or that were lost for want
     * of room there, as the kernel counts them.
     *
     * @return the count since the namespace was made.
     */
    long datagramsTaken()
    {
        return kernelCount("Udp", "InDatagrams") + kernelCount("Udp", "RcvbufErrors");
    }

    /**
     * The pings and the answers to pings, IPv4, that this host has received, as the kernel counts them.
     *
     * @return the count since the namespace was made.
     */
    long pingsTaken()
    {
        return kernelCount("Icmp", "InEchos") + kernelCount("Icmp", "InEchoReps");
    }

    /**
     * The answers to pings that this host has received, as the kernel counts them.
     *
     * @param ofIpv6 whether to count IPv6 rather than IPv4.
     * @return the count since the namespace was made.
     */
    long echoReplies(final boolean ofIpv6)
    {
        return ofIpv6 ? kernelCount6("Icmp6InEchoReplies") : kernelCount("Icmp", "InEchoReps");
    }

    /**
     * The pings that this host has received, as the kernel counts them.
     *
     * @return the count since the namespace was made, of both families.
     */
    long echoRequests()
    {
        return kernelCount("Icmp", "InEchos") + kernelCount6("Icmp6InEchos");
    }

    /**
     * Pings addresses at the same time.
     *
     * @param addresses to ping, once each.
     * @return those that answered, in any order.
     */
    List<String> answering(final List<String> addresses)
    {
        final List<String> command = new ArrayList<>(List.of("sh", "-c",
            "for a in \"$@\"; do ping -n -q -c 1 -W 3 \"$a\" >/dev/null && echo \"$a\" & done; wait", "sh"));
        command.addAll(addresses);
        return succeed(command.toArray(String[]::new)).lines().toList();
    }

    /**
     * The routes of both families that lead into a device.
     *
     * @param device that they lead into.
     * @return the prefix of each; a host's own without a length.
     */
    List<String> routesThrough(final String device)
    {
        final List<String> routes = new ArrayList<>();
        for (final String family : new String[] {"-4", "-6"})
        {
            ip(family, "route", "show", "dev", device).lines().filter(line -> !line.isBlank())
                .forEach(line -> routes.add(line.split(" ")[0]));
        }
        return routes;
    }

    /**
     * Sets something of this host's kernel.
     *
     * @param setting its path below /proc/sys.
     * @param value   of it.
     */
    void sysctl(final String setting, final String value)
    {
        succeed("sh", "-c", "echo \"$1\" >\"/proc/sys/$2\"", "sh", value, setting);
    }

    private long kernelCount(final String protocol, final String name)
    {
        final String[] lines = succeed("cat", "/proc/net/snmp").lines()
            .filter(line -> line.startsWith(protocol + ":")).toArray(String[]::new);
        final int column = List.of(lines[0].split(" ")).indexOf(name);
        return Long.parseLong(lines[1].split(" ")[column]);
    }

    private long kernelCount6(final String name)
    {
        return succeed("cat", "/proc/net/snmp6").lines().filter(line -> line.matches(name + "\\s+\\d+"))
            .mapToLong(line -> Long.parseLong(line.substring(name.length()).trim())).sum();
    }

    /** Removes the namespace with all its devices. */
    @Override
    public void close()
    {
        ChildProcess.start("ip netns del", Path.of("/"), List.of("ip", "netns", "del", namespace))
            .awaitExit(Await.SOON);
        CleanUp.delete(folder);
        CleanUp.delete(statusFolder);
    }

    /** @return the address as a URL or a socket address would write it. */
    static String bracketed(final String address)
    {
        try
        {
            return InetAddress.getByName(address).getAddress().length == 16 ? "[" + address + "]" : address;
        }
        catch (final UnknownHostException e)
        {
            throw new AssertionError(e);
        }
    }

    static String onMachine(final String... command)
    {
        final ChildProcess process = ChildProcess.start(command[0], Path.of("/"), List.of(command));
        assertEquals(0, process.awaitExit(Await.SOON), () -> String.join(" ", command) + ": " + process);
        return String.join("\n", process.output());
    }
}
