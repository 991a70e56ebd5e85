package io.shadowmesh.cli.doctor;

import io.shadowmesh.ffi.SystemCalls;

import java.security.NoSuchAlgorithmException;
import java.util.List;

import javax.crypto.KEM;

/** The JDK: its release, ML-KEM, and the right to call native functions. */
public final class JavaCheck implements Check
{
    private static final int BEST = 25;

    private final Runtime.Version version;
    private final String kem;
    private final boolean nativeAccess;

    /** Looks at the JDK that this runs on. */
    public JavaCheck()
    {
        this(Runtime.version(), "ML-KEM", SystemCalls.class.getModule().isNativeAccessEnabled());
    }

    JavaCheck(final Runtime.Version version, final String kem, final boolean nativeAccess)
    {
        this.version = version;
        this.kem = kem;
        this.nativeAccess = nativeAccess;
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
        return nativeAccess ? Finding.ok("native access", "allowed") :
            Finding.warning("native access", "not declared: the JVM warns now, and will refuse it one day",
                "start with --enable-native-access=ALL-UNNAMED, as bin/shadowmesh does");
    }
}
