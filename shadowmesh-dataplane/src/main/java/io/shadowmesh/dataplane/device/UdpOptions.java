package io.shadowmesh.dataplane.device;

import java.util.Objects;

/**
 * How a {@link UdpSocket} is to be. Immutable: each method returns a changed copy.
 *
 * <p>Start from {@link #defaults()}: 4 MiB to receive, 1 MiB to send, DF always set, one family, no offloads.
 */
public final class UdpOptions
{
    private static final UdpOptions DEFAULTS = new UdpOptions(4 << 20, 1 << 20, PathMtuDiscovery.DO, false, false, false);

    private final int receiveBuffer;
    private final int sendBuffer;
    private final PathMtuDiscovery pathMtuDiscovery;
    private final boolean dualStack;
    private final boolean segmentation;
    private final boolean coalescing;

    private UdpOptions(
        final int receiveBuffer,
        final int sendBuffer,
        final PathMtuDiscovery pathMtuDiscovery,
        final boolean dualStack,
        final boolean segmentation,
        final boolean coalescing)
    {
        if (receiveBuffer < 0 || sendBuffer < 0)
        {
            throw new IllegalArgumentException("negative buffer size: " + receiveBuffer + ", " + sendBuffer);
        }
        this.receiveBuffer = receiveBuffer;
        this.sendBuffer = sendBuffer;
        this.pathMtuDiscovery = Objects.requireNonNull(pathMtuDiscovery, "pathMtuDiscovery");
        this.dualStack = dualStack;
        this.segmentation = segmentation;
        this.coalescing = coalescing;
    }

    /**
     * What suits a tunnel.
     *
     * @return the options to start from.
     */
    public static UdpOptions defaults()
    {
        return DEFAULTS;
    }

    /**
     * Changes the size of the receive buffer.
     *
     * @param bytes wanted; 0 leaves the kernel's own.
     * @return the changed copy.
     */
    public UdpOptions receiveBuffer(final int bytes)
    {
        return new UdpOptions(bytes, sendBuffer, pathMtuDiscovery, dualStack, segmentation, coalescing);
    }

    /**
     * Changes the size of the send buffer.
     *
     * @param bytes wanted; 0 leaves the kernel's own.
     * @return the changed copy.
     */
    public UdpOptions sendBuffer(final int bytes)
    {
        return new UdpOptions(receiveBuffer, bytes, pathMtuDiscovery, dualStack, segmentation, coalescing);
    }

    /**
     * Changes what is done about datagrams longer than the path takes.
     *
     * @param mode wanted.
     * @return the changed copy.
     */
    public UdpOptions pathMtuDiscovery(final PathMtuDiscovery mode)
    {
        return new UdpOptions(receiveBuffer, sendBuffer, mode, dualStack, segmentation, coalescing);
    }

    /**
     * Changes whether a socket bound to the IPv6 wildcard serves IPv4 too.
     *
     * @param both families if true; IPv6 alone if false.
     * @return the changed copy.
     */
    public UdpOptions dualStack(final boolean both)
    {
        return new UdpOptions(receiveBuffer, sendBuffer, pathMtuDiscovery, both, segmentation, coalescing);
    }

    /**
     * Changes whether the kernel cuts runs of datagrams (UDP_SEGMENT), where it can.
     *
     * @param wanted true to send with {@link SendBatch}es of several segments.
     * @return the changed copy.
     */
    public UdpOptions segmentation(final boolean wanted)
    {
        return new UdpOptions(
            receiveBuffer, sendBuffer, pathMtuDiscovery, dualStack, wanted, coalescing);
    }

    /**
     * Changes whether datagrams of one sender may arrive end to end as one message (UDP_GRO), where the kernel can.
     * Whoever asks for it receives with {@link ReceiveBatch}es whose slots have {@link ReceiveBatch#COALESCED_LENGTH},
     * and heeds {@link ReceiveBatch#segmentLength(int)}.
     *
     * @param wanted true for receive offload.
     * @return the changed copy.
     */
    public UdpOptions coalescing(final boolean wanted)
    {
        return new UdpOptions(
            receiveBuffer, sendBuffer, pathMtuDiscovery, dualStack, segmentation, wanted);
    }

    /**
     * Tells the size of the receive buffer.
     *
     * @return bytes wanted; 0 for the kernel's own.
     */
    public int receiveBuffer()
    {
        return receiveBuffer;
    }

    /**
     * Tells the size of the send buffer.
     *
     * @return bytes wanted; 0 for the kernel's own.
     */
    public int sendBuffer()
    {
        return sendBuffer;
    }

    /**
     * Tells what is done about datagrams longer than the path takes.
     *
     * @return the mode.
     */
    public PathMtuDiscovery pathMtuDiscovery()
    {
        return pathMtuDiscovery;
    }

    /**
     * Tells whether a socket bound to the IPv6 wildcard serves IPv4 too.
     *
     * @return true for both families.
     */
    public boolean dualStack()
    {
        return dualStack;
    }

    /**
     * Tells whether the kernel is to cut runs of datagrams.
     *
     * @return true if wanted.
     */
    public boolean segmentation()
    {
        return segmentation;
    }

    /**
     * Tells whether datagrams may arrive end to end.
     *
     * @return true if wanted.
     */
    public boolean coalescing()
    {
        return coalescing;
    }
}
