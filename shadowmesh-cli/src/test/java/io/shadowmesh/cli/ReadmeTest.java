package io.shadowmesh.cli;

import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import static org.junit.jupiter.api.Assertions.assertTrue;

/** What the README shows is what the tests run. */
class ReadmeTest
{
    private static final Path ROOT = Path.of(System.getProperty("shadowmesh.root", ".."));

    @Test
    void showsTheLibraryAsTheConsumerProjectUsesIt() throws IOException
    {
        final String consumer = Files.readString(
            ROOT.resolve("shadowmesh-cli/src/it/consumer/src/main/java/org/example/consumer/Consumer.java"));
        final Matcher snippet = Pattern.compile("```java\n(.*?)```", Pattern.DOTALL)
            .matcher(Files.readString(ROOT.resolve("README.md")));

        assertTrue(snippet.find(), "the README has no Java in it");
        assertTrue(
            squeezed(consumer).contains(squeezed(snippet.group(1))),
            "the README's snippet is not what src/it/consumer compiles and runs");
    }

    private static String squeezed(final String text)
    {
        return text.replaceAll("\\s+", " ").strip();
    }
}
