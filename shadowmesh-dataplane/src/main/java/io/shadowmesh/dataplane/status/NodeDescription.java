package io.shadowmesh.dataplane.status;

import java.util.ArrayList;
import java.util.List;

/**
 * What a node is, for people: all of it that is no number that goes up.
 *
 * @param device    the TUN device.
 * @param peerId    of the node.
 * @param version   of the program, may be empty.
 * @param addresses of the device, with the lengths of their prefixes.
 * @param mtu       of the device, in bytes.
 * @param udp       address and port that the socket is bound to.
 * @param threading the threading mode.
 * @param suite     the cipher that the node proposes.
 * @param cipher    who computes it.
 * @param offloads  and why they are off.
 */
public record NodeDescription(
    String device,
    String peerId,
    String version,
    List<String> addresses,
    int mtu,
    String udp,
    String threading,
    String suite,
    String cipher,
    List<OffloadDescription> offloads)
{
    private static final String SEPARATOR = "\t";

    /** Copies the lists. */
    public NodeDescription
    {
        addresses = List.copyOf(addresses);
        offloads = List.copyOf(offloads);
    }

    /**
     * The same node with other offloads.
     *
     * @param newOffloads of it.
     * @return a copy.
     */
    public NodeDescription with(final List<OffloadDescription> newOffloads)
    {
        return new NodeDescription(
            device, peerId, version, addresses, mtu, udp, threading, suite, cipher, newOffloads);
    }

    /** As lines of a {@link TextBlock}. */
    String toText()
    {
        final TextLines lines = new TextLines();
        lines.add("device", device);
        lines.add("peer_id", peerId);
        lines.add("version", version);
        lines.add("mtu", Integer.toString(mtu));
        lines.add("udp", udp);
        lines.add("threading", threading);
        lines.add("suite", suite);
        lines.add("cipher", cipher);
        offloads.forEach(offload -> lines.add(
            "offload", offload.name() + SEPARATOR + (offload.on() ? "on" : "off") + SEPARATOR + offload.detail()));
        addresses.forEach(address -> lines.add("address", address));
        return lines.toString();
    }

    /** Reads what {@link #toText} has written. */
    static NodeDescription parse(final String text)
    {
        final TextLines lines = new TextLines(text);
        final List<OffloadDescription> offloads = new ArrayList<>();
        for (final String line : lines.all("offload"))
        {
            final String[] words = line.split(SEPARATOR, 3);
            if (words.length == 3)
            {
                offloads.add(new OffloadDescription(words[0], "on".equals(words[1]), words[2]));
            }
        }
        return new NodeDescription(
            lines.first("device"), lines.first("peer_id"), lines.first("version"), lines.all("address"),
            lines.number("mtu"), lines.first("udp"), lines.first("threading"), lines.first("suite"),
            lines.first("cipher"), offloads);
    }
}
