package io.shadowmesh.dataplane.mutation;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** The list of guards to break keeps up with the sources. */
class MutationTest
{
    private static final Path TESTS = Path.of("src/test/java");

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

    @ParameterizedTest
    @MethodSource("all")
    void everyMutationNamesATestThatThereIs(final Mutation mutation) throws IOException
    {
        assertFalse(mutation.tests().isEmpty());
        for (final String test : mutation.tests())
        {
            try (Stream<Path> files = Files.walk(TESTS))
            {
                assertTrue(files.anyMatch(file -> file.endsWith(test + ".java")), test);
            }
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
