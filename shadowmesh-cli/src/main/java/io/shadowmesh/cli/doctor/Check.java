package io.shadowmesh.cli.doctor;

import java.util.List;

/** Looks at one thing that a tunnel needs. */
@FunctionalInterface
public interface Check
{
    /**
     * Looks.
     *
     * @return what was found; nothing where there was nothing to look at.
     */
    List<Finding> run();
}
