package io.shadowmesh.dataplane.ring;

/**
 * Is given the packets of a {@link PacketRing}, or of {@link WaitingPackets}, one at a time.
 */
@FunctionalInterface
public interface PacketHandler
{
    /**
     * Takes one packet. Its memory stays as it is until the batch that it belongs to is released.
     *
     * @param address of the packet's first byte; {@link PacketRing#HEADROOM} writable bytes lie before it and
     *                {@link PacketRing#TAILROOM} behind it.
     * @param length  of the packet in bytes.
     */
    void onPacket(long address, int length);
}
