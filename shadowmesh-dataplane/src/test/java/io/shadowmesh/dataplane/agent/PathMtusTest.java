package io.shadowmesh.dataplane.agent;

import io.shadowmesh.dataplane.address.Endpoint;
import io.shadowmesh.dataplane.device.SuperPackets;
import io.shadowmesh.dataplane.identity.PeerId;
import io.shadowmesh.dataplane.session.Peer;
import io.shadowmesh.dataplane.session.PeerSettings;
import io.shadowmesh.dataplane.session.SessionTable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

import static org.junit.jupiter.api.Assertions.assertEquals;

class PathMtusTest
{
    private static final int DEVICE_MTU = 1400;
    private static final int LONGEST = 1480;
    private static final long SECOND_NS = 1_000_000_000L;
    private static final long START_NS = 5 * SECOND_NS;
    private static final Endpoint HERE = Endpoint.ofIpv4(0xC0000202, 9443);
    private static final Endpoint THERE = Endpoint.ofIpv4(0xC0000203, 9443);
    private static final Endpoint IPV6 = Endpoint.ofIpv6(0x20010DB800000000L, 2, 0, 9443);

    private final Arena arena = Arena.ofConfined();
    private final Peer alice = peer(0);
    private final Peer bob = peer(1);
    private final Map<Endpoint, Integer> kernel = new HashMap<>(Map.of(HERE, 1500, THERE, 1500, IPV6, 1500));
    private final PathMtus paths = new PathMtus(
        this::ask, new ForwardingState(new Peer[]{alice, bob}, null, SessionTable.EMPTY), DEVICE_MTU);
    private final long withDf = packet(SuperPackets.of(false, SuperPackets.TCP, 1360, 1360, 1), true);
    private final long withoutDf = packet(SuperPackets.of(false, SuperPackets.TCP, 1360, 1360, 1), false);
    private final long ipv6 = packet(SuperPackets.of(true, SuperPackets.TCP, 1340, 1340, 1), true);
    private int asked;

    private static Peer peer(final int number)
    {
        final byte[] hash = new byte[PeerId.LENGTH];
        hash[0] = (byte)(number + 1);
        return new Peer(
            new PeerSettings(PeerId.ofHash(hash), "peer" + number, null, 0, List.of(), false, 0, null),
            PeerId.ofHash(new byte[PeerId.LENGTH]), number);
    }

    private long packet(final byte[] bytes, final boolean dontFragment)
    {
        final byte[] packet = SuperPackets.withoutHeader(bytes);
        if (packet[0] >>> 4 == 4)
        {
            packet[6] = (byte)(dontFragment ? 0x40 : 0);
        }
        final MemorySegment memory = arena.allocate(packet.length, 8);
        memory.copyFrom(MemorySegment.ofArray(packet));
        return memory.get(ValueLayout.JAVA_BYTE, 0) == packet[0] ? memory.address() : 0;
    }

    private int ask(final Endpoint endpoint)
    {
        asked++;
        return kernel.get(endpoint);
    }

    private int rule(final long packet, final int length)
    {
        return length <= paths.fitting(0) ? PathMtus.FITS : paths.rule(0, alice.endpoint(), packet, 1400, length);
    }

    @BeforeEach
    void aPathThatIsLongEnough()
    {
        alice.endpoint(HERE);
        bob.endpoint(THERE);
        paths.begin(START_NS);
    }

    @AfterEach
    void free()
    {
        arena.close();
    }

    @Test
    void knowsNothingUntilADatagramIsRefused()
    {
        kernel.put(HERE, 1300);
        assertEquals(LONGEST, paths.fitting(0));
        assertEquals(PathMtus.FITS, rule(withDf, 1400));
        assertEquals(PathMtus.FITS, rule(withDf, 9000), "longer than any standard frame, and nothing known");
        assertEquals(0, asked);
    }

    @ParameterizedTest
    @CsvSource({"1500,1433", "1547,1480", "1400,1333", "1300,1233", "576,509", "68,1", "60,0"})
    void fitsWhatThePathLeavesBesideTheHeaders(final int pathMtu, final int fitting)
    {
        kernel.put(HERE, pathMtu);
        paths.onTooLong(HERE);
        assertEquals(fitting, paths.fitting(0));
        assertEquals(LONGEST, paths.fitting(1), "another peer's path");
        assertEquals(1, asked);
    }

    @Test
    void takesTheLongerHeadersOfIpv6IntoAccount()
    {
        kernel.put(IPV6, 1400);
        alice.endpoint(IPV6);
        paths.onTooLong(IPV6);
        assertEquals(1400 - 48 - 39, paths.fitting(0));
    }

    @Test
    void sendsBackWhatIsTooLongAndCanBeShorter()
    {
        kernel.put(HERE, 1400);
        paths.onTooLong(HERE);
        assertEquals(PathMtus.FITS, rule(withDf, 1333));
        assertEquals(PathMtus.TOO_BIG, rule(withDf, 1334));
        assertEquals(PathMtus.TOO_BIG, rule(ipv6, 1334));
        assertEquals(PathMtus.WITHOUT_DF, rule(withoutDf, 1334));
        assertEquals(1333, paths.toldMtu(0));
    }

    @Test
    void letsPassWhatIsNoLongerThan1280Bytes()
    {
        kernel.put(HERE, 1000);
        paths.onTooLong(HERE);
        assertEquals(PathMtus.FITS, rule(withDf, 933));
        assertEquals(PathMtus.WITHOUT_DF, rule(withDf, 934));
        assertEquals(PathMtus.WITHOUT_DF, rule(withDf, 1280));
        assertEquals(PathMtus.WITHOUT_DF, rule(ipv6, 1280));
        assertEquals(PathMtus.TOO_BIG, rule(withDf, 1281));
        assertEquals(PathMtus.TOO_BIG, rule(ipv6, 1281));
        assertEquals(1280, paths.toldMtu(0), "a host that is told less sends no packets of 1280 bytes");
    }

    @Test
    void looksAgainOnceASecondWhileThePathIsShort()
    {
        kernel.put(HERE, 1400);
        paths.onTooLong(HERE);
        kernel.put(HERE, 1500);
        paths.begin(START_NS + SECOND_NS - 1);
        for (int i = 0; i < 100; i++)
        {
            assertEquals(PathMtus.TOO_BIG, rule(withDf, 1400));
        }
        assertEquals(1, asked);
        paths.begin(START_NS + SECOND_NS);
        assertEquals(PathMtus.FITS, rule(withDf, 1400));
        assertEquals(2, asked);
        assertEquals(1400, paths.innerMtu(null));
    }

    @Test
    void followsAPathThatGetsShorterStill()
    {
        kernel.put(HERE, 1450);
        paths.onTooLong(HERE);
        kernel.put(HERE, 1400);
        paths.onTooLong(HERE);
        assertEquals(1450 - 67, paths.fitting(0), "asked a moment ago");
        paths.begin(START_NS + SECOND_NS / 100);
        paths.onTooLong(HERE);
        assertEquals(1400 - 67, paths.fitting(0));
    }

    @Test
    void forgetsAPathThatThePeerHasLeft()
    {
        kernel.put(HERE, 1400);
        paths.onTooLong(HERE);
        alice.endpoint(THERE);
        assertEquals(PathMtus.FITS, rule(withDf, 1400));
        assertEquals(1433, paths.fitting(0));
        kernel.put(THERE, 1300);
        paths.begin(START_NS + SECOND_NS);
        paths.onTooLong(THERE);
        assertEquals(1233, paths.fitting(0));
        assertEquals(1233, paths.fitting(1), "two peers behind one address share its path");
    }

    @Test
    void cutsWhatIsTooLongWhereTheOperatorWantsPacketsLongerThanAnyFrame()
    {
        final PathMtus jumbo = new PathMtus(
            this::ask, new ForwardingState(new Peer[]{alice, bob}, null, SessionTable.EMPTY), 9000);
        kernel.put(HERE, 1400);
        jumbo.begin(START_NS);
        jumbo.onTooLong(HERE);
        assertEquals(PathMtus.WITHOUT_DF, jumbo.rule(0, HERE, withDf, 1400, 1400));
        assertEquals(PathMtus.WITHOUT_DF, jumbo.rule(0, HERE, ipv6, 1400, 9000));
        assertEquals(9000, jumbo.innerMtu(null));
    }

    @Test
    void keepsWhatItKnowsWhenTheKernelDoesNotAnswer()
    {
        kernel.put(HERE, -101);
        paths.onTooLong(HERE);
        assertEquals(LONGEST, paths.fitting(0));
        kernel.put(HERE, 1400);
        paths.begin(START_NS + SECOND_NS);
        paths.onTooLong(HERE);
        kernel.put(HERE, -101);
        paths.begin(START_NS + 2 * SECOND_NS);
        assertEquals(PathMtus.TOO_BIG, rule(withDf, 1400));
        assertEquals(1333, paths.fitting(0));
    }
}
