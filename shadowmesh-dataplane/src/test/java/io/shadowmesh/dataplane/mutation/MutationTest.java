package io.shadowmesh.dataplane.mutation;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import java.io.IOException;
import java.nio.file.Files;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** The list of guards to break keeps up with the sources. */
class MutationTest
{
    static List<Mutation> all() throws IOException
    {
        return Mutation.all();
    }

    @ParameterizedTest
    @MethodSource("all")
    void everyMutationStillAppliesToTheSources(final Mutation mutation) throws IOException
    {
        assertTrue(mutation.edits().stream().noneMatch(edit -> edit.from().isEmpty()));
        for (final var changed : mutation.changedSources().entrySet())
        {
            assertNotEquals(Files.readString(Mutation.SOURCES.resolve(changed.getKey())), changed.getValue());
        }
    }

    @Test
    void everyGuardIsNamedOnce() throws IOException
    {
        final Set<String> names = new HashSet<>();
        all().forEach(mutation -> names.add(mutation.guard()));
        assertEquals(all().size(), names.size());
    }
}
