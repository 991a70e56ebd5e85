package io.shadowmesh.dataplane.handshake;

import java.security.GeneralSecurityException;

/** The other side's static key is well-formed but not one that the {@link StaticKeyCheck} accepts. */
public final class PeerRefusedException extends GeneralSecurityException
{
    private static final long serialVersionUID = 1L;

    PeerRefusedException()
    {
        super("the peer's static key is not accepted");
    }
}
