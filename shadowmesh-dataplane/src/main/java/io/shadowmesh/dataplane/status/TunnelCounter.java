package io.shadowmesh.dataplane.status;

/**
 * The counters of a tunnel, in the order of their ids. The drop reasons follow them, one counter each: see
 * {@link io.shadowmesh.dataplane.frame.DropReason}.
 */
public enum TunnelCounter
{
    /** System calls that read a packet or a super-packet from the TUN device. */
    TUN_READ_CALLS("system calls that read from the TUN device"),
    /** System calls that wrote a packet or a super-packet to the TUN device. */
    TUN_WRITE_CALLS("system calls that wrote to the TUN device"),
    /** Packets read from the TUN device, each segment of a super-packet one; one that goes nowhere is not cut. */
    TUN_PACKETS_READ("packets read from the TUN device"),
    /** Bytes of the packets read from the TUN device, super-packets not yet cut. */
    TUN_BYTES_READ("bytes read from the TUN device"),
    /** Packets written to the TUN device, each one that was joined to others one. */
    TUN_PACKETS_WRITTEN("packets written to the TUN device"),
    /** Bytes of the packets written to the TUN device, super-packets joined already. */
    TUN_BYTES_WRITTEN("bytes written to the TUN device"),
    /** Datagrams handed to the UDP socket, handshakes not among them. */
    UDP_DATAGRAMS_SENT("datagrams sent"),
    /** Bytes of the datagrams handed to the UDP socket. */
    UDP_BYTES_SENT("bytes of datagrams sent"),
    /** Datagrams taken from the UDP socket. */
    UDP_DATAGRAMS_RECEIVED("datagrams received"),
    /** Bytes of the datagrams taken from the UDP socket. */
    UDP_BYTES_RECEIVED("bytes of datagrams received"),
    /** System calls that sent a batch of datagrams. */
    UDP_SEND_CALLS("system calls that sent datagrams"),
    /** System calls that received a batch of datagrams. */
    UDP_RECEIVE_CALLS("system calls that received datagrams"),
    /** Packets larger than a standard frame, which went out without the don't-fragment mark. */
    OVERSIZED_FRAMES("frames larger than the standard payload"),
    /** Datagrams larger than the path, which went out without the don't-fragment mark. */
    FRAGMENTED_DATAGRAMS("datagrams larger than the path"),
    /** ICMP messages to inner senders whose packets were too big for the path. */
    TOO_BIG_ANSWERS("inner senders told that a packet was too big"),
    /** Keepalives received. */
    KEEPALIVES_RECEIVED("keepalives received"),
    /** Keepalives sent. */
    KEEPALIVES_SENT("keepalives sent"),
    /** Echo requests and replies sent. */
    ECHOES_SENT("echo requests and replies sent"),
    /** CLOSE frames received. */
    CLOSES_RECEIVED("sessions closed by the peer"),
    /** Handshake datagrams sent. */
    HANDSHAKE_DATAGRAMS_SENT("handshake datagrams sent"),
    /** Handshake datagrams received. */
    HANDSHAKE_DATAGRAMS_RECEIVED("handshake datagrams received"),
    /** Half-open handshakes now. */
    HANDSHAKES_HALF_OPEN("handshakes half-open"),
    /** First handshake messages of which fragments are missing now. */
    FIRST_MESSAGES_INCOMPLETE("first handshake messages incomplete"),
    /** 1 while handshakes are under load, so that the first message must carry a cookie, else 0. */
    HANDSHAKES_UNDER_LOAD("handshakes under load"),
    /** Cookie replies sent. */
    COOKIES_SENT("cookie replies sent"),
    /** Cookie replies received and made use of. */
    COOKIES_TAKEN("cookie replies taken"),
    /** Sessions that became current: first handshakes and rekeys. */
    SESSIONS_ESTABLISHED("sessions established"),
    /** Sessions alive now, previous ones included. */
    SESSIONS_LIVE("sessions alive"),
    /** Packets that may be in the ring between device and sender now: the link's bandwidth-delay product. */
    RING_LIMIT("packets that the ring may hold"),
    /** Packets in the ring between device and sender, as last looked at. */
    RING_FILL("packets in the ring"),
    /** The rate that datagrams are paced to, in bit/s; 0 for none. */
    PACING_RATE("bit/s that datagrams are paced to"),
    /** Packets marked, instead of dropped, because the queue stood. */
    AQM_MARKS("outbound packets marked because the queue stood"),
    /** Moves of a peer to another address or port. */
    ENDPOINT_MOVES("peers that moved to another address"),
    /** Times that an agent went to sleep in the kernel. */
    AGENT_WAITS("times an agent waited in the kernel"),
    /** 1 while the TUN device brings and takes super-packets, else 0. */
    TUN_OFFLOADS_ON("TUN offloads in use"),
    /** 1 while packets are joined before they are written to the TUN device, else 0. */
    JOINING_ON("joining of received packets in use"),
    /** 1 while the kernel cuts runs of datagrams (UDP_SEGMENT), else 0. */
    UDP_SEGMENTATION_ON("UDP segmentation offload in use"),
    /** 1 while the kernel may bring datagrams end to end (UDP_GRO), else 0. */
    UDP_COALESCING_ON("UDP receive offload in use"),
    /** Heap bytes that the data path's agents have allocated since the tunnel was ready. */
    AGENT_HEAP_BYTES("heap bytes allocated by the agents"),
    /** Runs of the garbage collector since the tunnel was ready. */
    COLLECTOR_RUNS("runs of the garbage collector"),
    /** Reads of the TUN device that brought an error, or less than a packet. */
    TUN_READ_FAILURES("reads of the TUN device that failed"),
    /** Calls that should have received datagrams and brought an error. */
    UDP_RECEIVE_FAILURES("receives that failed"),
    /** Waits of an agent that ended with an error. */
    WAIT_FAILURES("waits in the kernel that failed");

    private final String text;

    TunnelCounter(final String text)
    {
        this.text = text;
    }

    /**
     * The counter in words, for people.
     *
     * @return what is counted, in the plural.
     */
    public String text()
    {
        return text;
    }
}
