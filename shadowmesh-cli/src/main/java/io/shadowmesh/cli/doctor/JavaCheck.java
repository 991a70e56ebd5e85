package io.shadowmesh.cli.doctor;

import io.shadowmesh.ffi.SystemCalls;

import java.lang.foreign.Arena;
import java.security.NoSuchAlgorithmException;
import java.util.List;

import javax.crypto.KEM;

/** The JDK: its release, ML-KEM, and the right to call native functions. */
public final class JavaCheck implements Check
{
    /** What the finding about native functions is called. Where it is a problem, the checks that call some cannot run. */
    public static final String NATIVE_ACCESS = "native access";

    private static final int BEST = 25;

    private final Runtime.Version version;
    private final String kem;
    private final boolean nativeAccess;
    private final boolean nativeCalls;

    /** Looks at the JDK that this runs on. */
    public JavaCheck()
    {
        this(Runtime.version(), "ML-KEM", SystemCalls.class.getModule().isNativeAccessEnabled(), canCall());
    }

    JavaCheck(final Runtime.Version version, final String kem, final boolean nativeAccess, final boolean nativeCalls)
    {
        this.version = version;
        this.kem = kem;
        this.nativeAccess = nativeAccess;
        this.nativeCalls = nativeCalls;
    }

    /** By a call that does nothing. */
    private static boolean canCall()
    {
        try (Arena arena = Arena.ofConfined())
        {
            new SystemCalls(arena).close(-1);
            return true;
        }
        catch (final IllegalCallerException | LinkageError e)
        {
            return false;
        }
    }

    @Override
    public List<Finding> run()
    {
        return List.of(jdk(), access());
    }

    private Finding jdk()
    {
        try
        {
            KEM.getInstance(kem);
        }
        catch (final NoSuchAlgorithmException e)
        {
            return Finding.problem("JDK", version + " has no " + kem,
                "run on JDK 24 or newer (set JAVA_HOME), or add a security provider with " + kem);
        }
        return version.feature() < BEST ?
            Finding.warning("JDK", version + " works", "JDK " + BEST + " starts faster and needs less memory") :
            Finding.ok("JDK", version.toString());
    }

    private Finding access()
    {
        final String advice = "start with --enable-native-access=ALL-UNNAMED, as bin/shadowmesh does";
        return !nativeCalls ? Finding.problem(NATIVE_ACCESS, "refused: neither device nor socket can be had", advice) :
            nativeAccess ? Finding.ok(NATIVE_ACCESS, "allowed") :
            Finding.warning(NATIVE_ACCESS, "not declared: the JVM warns now, and will refuse it one day", advice);
    }
}
