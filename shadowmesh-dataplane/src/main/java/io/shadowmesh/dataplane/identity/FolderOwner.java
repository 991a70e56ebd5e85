package io.shadowmesh.dataplane.identity;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;

/**
 * Gives what root makes in another user's folder to that user, as in the folder of a service that runs under a name of
 * its own: it could not read files that are root's alone.
 *
 * <p>It is done only where the kernel lets nobody link to files of others ({@code fs.protected_hardlinks}), so that the
 * folder's owner cannot put somebody else's file in the place of the one that was made.
 */
public final class FolderOwner
{
    private static final Path PROTECTED_LINKS = Path.of("/proc/sys/fs/protected_hardlinks");
    private static final String UID = "unix:uid";

    private FolderOwner()
    {
    }

    /**
     * Gives a new file or folder to the owner of the folder that it is in. Where that is not allowed nothing happens.
     *
     * @param made just now.
     */
    public static void give(final Path made)
    {
        try
        {
            final Path folder = made.toAbsolutePath().getParent();
            final Object owner = Files.getAttribute(folder, UID);
            if (!owner.equals(Files.getAttribute(made, UID, LinkOption.NOFOLLOW_LINKS)) &&
                "1".equals(Files.readString(PROTECTED_LINKS).strip()))
            {
                Files.setAttribute(made, UID, owner, LinkOption.NOFOLLOW_LINKS);
            }
        }
        catch (final IOException | UnsupportedOperationException ex)
        {
            // Only root can give away what is its own; everybody else keeps it.
        }
    }
}
