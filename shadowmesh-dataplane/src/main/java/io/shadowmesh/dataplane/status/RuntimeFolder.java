package io.shadowmesh.dataplane.status;

import io.shadowmesh.dataplane.host.ProcessUser;

import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;

/**
 * The folder for the files by which others see a running node and talk to it: {@code TUN.status}, and what lies beside
 * it.
 *
 * <pre>
 *   root       /run/shadowmesh, else /dev/shm/shadowmesh
 *   others     /run/shadowmesh where it is theirs to write, $XDG_RUNTIME_DIR/shadowmesh, /dev/shm/shadowmesh-UID
 *   services   /run/shadowmesh/INSTANCE, by $SHADOWMESH_STATUS_DIR
 *   by choice  the folder that was given, or $SHADOWMESH_STATUS_DIR
 * </pre>
 *
 * <p>What is kept in memory (tmpfs) comes before what is kept on a disk: a page of a mapped file that the kernel is just
 * writing to a disk stalls the thread that counts in it. A folder that belongs to another user, or that others may write
 * to, is passed over; what lies in one that is not, a service's own folder, was put there by its owner, root or this user,
 * and is looked into whoever it belongs to.
 *
 * <p><b>Threading:</b> immutable.
 */
public final class RuntimeFolder
{
    /** The environment variable that names the folder. */
    public static final String VARIABLE = "SHADOWMESH_STATUS_DIR";

    private static final Set<String> MEMORY = Set.of("tmpfs", "ramfs");
    private static final Set<PosixFilePermission> MODE = PosixFilePermissions.fromString("rwxr-xr-x");
    private static final int ROOT = 0;
    private static final int UNKNOWN = -1;
    private static final Logger LOGGER = System.getLogger(RuntimeFolder.class.getName());

    private final boolean required;
    private final List<Path> candidates;
    private final Predicate<Path> isInMemory;
    private final int uid;

    private RuntimeFolder(
        final boolean required, final List<Path> candidates, final Predicate<Path> isInMemory, final int uid)
    {
        this.required = required;
        this.candidates = List.copyOf(candidates);
        this.isInMemory = isInMemory;
        this.uid = uid;
    }

    /**
     * A folder of somebody's choice.
     *
     * @param folder to take, and to make where it is missing.
     * @return it alone.
     */
    public static RuntimeFolder at(final Path folder)
    {
        return new RuntimeFolder(true, List.of(folder), RuntimeFolder::isInMemory, ROOT);
    }

    /**
     * The folder that a node takes and others look into where nobody says another.
     *
     * @param environment of the process.
     * @return the folder of {@link #VARIABLE} alone, or the usual ones.
     */
    public static RuntimeFolder usual(final Map<String, String> environment)
    {
        final String chosen = environment.get(VARIABLE);
        if (null != chosen && !chosen.isEmpty())
        {
            return at(Path.of(chosen));
        }

        final int uid = ownUid();
        return new RuntimeFolder(
            false, candidates(uid, environment.get("XDG_RUNTIME_DIR")), RuntimeFolder::isInMemory, uid);
    }

    /** The usual folders of a user. In /dev/shm everybody may take a name: root's is for root alone. */
    static List<Path> candidates(final int uid, final String runtime)
    {
        final List<Path> candidates = new ArrayList<>(List.of(Path.of("/run/shadowmesh")));
        if (ROOT != uid && null != runtime && !runtime.isEmpty())
        {
            candidates.add(Path.of(runtime, "shadowmesh"));
        }
        candidates.add(Path.of(ROOT == uid ? "/dev/shm/shadowmesh" : "/dev/shm/shadowmesh-" + uid));
        return candidates;
    }

    /** For tests: the usual way with other folders, another user, and another opinion of what lies in memory. */
    static RuntimeFolder among(final List<Path> candidates, final Predicate<Path> isInMemory, final int uid)
    {
        return new RuntimeFolder(false, candidates, isInMemory, uid);
    }

    /**
     * Tells whether the folder was chosen, so that a node must not do without it.
     *
     * @return false where the usual places are tried.
     */
    public boolean isRequired()
    {
        return required;
    }

    /**
     * The folder to put files into. It is made, with mode 0755, where it is missing.
     *
     * @return the folder.
     * @throws IOException when there is none that can be used; the message says why.
     */
    public Path make() throws IOException
    {
        if (required)
        {
            return madeAsWanted(candidates.getFirst());
        }

        Path onDisk = null;
        final StringBuilder reasons = new StringBuilder();
        for (final Path candidate : candidates)
        {
            final boolean inMemory = isInMemory.test(Files.exists(candidate) ? candidate : candidate.getParent());
            if (!inMemory && null != onDisk)
            {
                continue;
            }
            final String why = unusable(candidate, inMemory);
            if (null == why && inMemory)
            {
                return candidate;
            }
            if (null == why)
            {
                onDisk = candidate;
            }
            else
            {
                reasons.append(reasons.isEmpty() ? "" : "; ").append(why);
            }
        }
        final String why = null == onDisk ? reasons.toString() : unusable(onDisk, true);
        if (null != why)
        {
            throw new IOException("no folder for a status file: " + why);
        }
        return onDisk;
    }

    /**
     * The folders that nodes may have put files into: of the usual ones those that are there and that only this user or
     * root can have filled, and the folders that they hold, of whatever owner.
     *
     * @return any number of folders.
     */
    public List<Path> readable()
    {
        final List<Path> found = new ArrayList<>();
        for (final Path candidate : candidates)
        {
            if (Files.isDirectory(candidate) && (required || null == mistrusted(candidate)))
            {
                found.add(candidate);
                if (!required)
                {
                    addServices(candidate, found);
                }
            }
        }
        return found;
    }

    /** The folders that root has made for services that run under other users. */
    private static void addServices(final Path folder, final List<Path> found)
    {
        try (DirectoryStream<Path> inside = Files.newDirectoryStream(folder, RuntimeFolder::isOpenFolder))
        {
            final List<Path> services = new ArrayList<>();
            inside.forEach(services::add);
            services.sort(null);
            found.addAll(services);
        }
        catch (final IOException | DirectoryIteratorException e)
        {
            LOGGER.log(Level.DEBUG, "{0} cannot be listed: {1}", folder, e.getMessage());
        }
    }

    private static boolean isOpenFolder(final Path path)
    {
        return !path.getFileName().toString().startsWith(".") &&
            Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS) && Files.isReadable(path) && Files.isExecutable(path);
    }

    /**
     * Tells whether files in a folder are kept in memory alone.
     *
     * @param folder that exists.
     * @return true for tmpfs and ramfs, false for all others and where it cannot be told.
     */
    public static boolean isInMemory(final Path folder)
    {
        try
        {
            return MEMORY.contains(Files.getFileStore(folder).type());
        }
        catch (final IOException | SecurityException e)
        {
            return false;
        }
    }

    private static Path madeAsWanted(final Path folder) throws IOException
    {
        try
        {
            if (!Files.isDirectory(folder))
            {
                Files.createDirectories(folder, PosixFilePermissions.asFileAttribute(MODE));
            }
            return folder;
        }
        catch (final IOException e)
        {
            throw new IOException("cannot make the status folder " + folder + ": " + e.getMessage() +
                "; give a folder that can be made or written to", e);
        }
    }

    /** Why a folder cannot be used, or null. It is made if that is wanted. */
    private String unusable(final Path folder, final boolean make)
    {
        try
        {
            if (Files.exists(folder, LinkOption.NOFOLLOW_LINKS))
            {
                final String why = mistrusted(folder);
                return null == why && !Files.isWritable(folder) ? folder + " is not writable" : why;
            }
            if (null == folder.getParent() || !Files.isWritable(folder.getParent()))
            {
                return folder + " cannot be made";
            }
            if (make)
            {
                Files.createDirectory(folder, PosixFilePermissions.asFileAttribute(MODE));
                Files.setPosixFilePermissions(folder, MODE);
            }
            return null;
        }
        catch (final IOException e)
        {
            return folder + " cannot be made (" + e.getMessage() + ")";
        }
    }

    /** Why a folder that exists is not trusted, or null. */
    private String mistrusted(final Path folder)
    {
        try
        {
            if (!Files.isDirectory(folder, LinkOption.NOFOLLOW_LINKS))
            {
                return folder + " is no folder";
            }
            final int owner = (int)Files.getAttribute(folder, "unix:uid", LinkOption.NOFOLLOW_LINKS);
            if (ROOT != owner && uid != owner)
            {
                return folder + " belongs to another user";
            }
            final Set<PosixFilePermission> mode =
                Files.getPosixFilePermissions(folder, LinkOption.NOFOLLOW_LINKS);
            return mode.contains(PosixFilePermission.OTHERS_WRITE) || mode.contains(PosixFilePermission.GROUP_WRITE) ?
                folder + " is writable for others" : null;
        }
        catch (final IOException e)
        {
            return folder + " cannot be looked at (" + e.getMessage() + ")";
        }
    }

    /** Without /proc nobody is root here. */
    private static int ownUid()
    {
        try
        {
            return ProcessUser.effective();
        }
        catch (final IOException e)
        {
            return UNKNOWN;
        }
    }
}
