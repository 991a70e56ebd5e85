package io.shadowmesh.cli;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Path;
import java.util.List;

import static org.junit.jupiter.api.Assertions.assertEquals;

final class RunningNodeTest
{
    @TempDir
    private Path folder;

    @Test
    void passesOverTheSocketOfAKilledNode() throws IOException
    {
        final Path dead = dead("sm0.sock");
        try (ServerSocketChannel live = bound("sm1.sock"))
        {
            final Path socket = path(live);
            assertEquals(List.of(socket), RunningNode.candidates(List.of(dead, socket), null));
            assertEquals(List.of(dead), RunningNode.candidates(List.of(dead, socket), "sm0"), "it was asked for");
        }
        assertEquals(List.of(dead), RunningNode.candidates(List.of(dead), null), "there is nothing else to speak of");
    }

    @Test
    void leavesTheChoiceBetweenNodesThatLive() throws IOException
    {
        try (ServerSocketChannel one = bound("sm0.sock"); ServerSocketChannel other = bound("sm1.sock"))
        {
            final List<Path> both = List.of(path(one), path(other));
            assertEquals(both, RunningNode.candidates(both, null));
            assertEquals(List.of(path(other)), RunningNode.candidates(both, "sm1"));
            assertEquals(List.of(), RunningNode.candidates(both, "sm"));
        }
    }

    @Test
    void findsANodeWhoseDeviceHadAnothersNameByEither() throws IOException
    {
        final Path dead = dead("sm0.sock");
        try (ServerSocketChannel second = bound("sm0-123.sock"))
        {
            assertEquals(List.of(path(second)), RunningNode.candidates(List.of(path(second)), "sm0"));
            assertEquals(List.of(path(second)), RunningNode.candidates(List.of(dead, path(second)), "sm0"));
            assertEquals(List.of(path(second)), RunningNode.candidates(List.of(dead, path(second)), "sm0-123"));
        }
        try (ServerSocketChannel first = bound("sm1.sock"); ServerSocketChannel second = bound("sm1-123.sock"))
        {
            assertEquals(List.of(path(first)), RunningNode.candidates(List.of(path(first), path(second)), "sm1"));
        }
    }

    @Test
    void namesTheSocketAfterTheStatusFile()
    {
        assertEquals(folder.resolve("sm0-123.sock"), RunningNode.socketBeside(folder.resolve("sm0-123.status")));
    }

    private Path dead(final String name) throws IOException
    {
        try (ServerSocketChannel socket = bound(name))
        {
            return path(socket);
        }
    }

    private ServerSocketChannel bound(final String name) throws IOException
    {
        return ServerSocketChannel.open(StandardProtocolFamily.UNIX).bind(UnixDomainSocketAddress.of(folder.resolve(name)));
    }

    private static Path path(final ServerSocketChannel socket) throws IOException
    {
        return ((UnixDomainSocketAddress)socket.getLocalAddress()).getPath();
    }
}
