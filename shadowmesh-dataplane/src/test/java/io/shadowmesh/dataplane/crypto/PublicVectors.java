package io.shadowmesh.dataplane.crypto;

import org.junit.jupiter.api.Assumptions;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The published vectors, which lie beside the project and not in it: in the folder that the system property
 * {@code shadowmesh.vectors} names, or else in the first {@code ../shared/vectors} on the way up.
 */
public final class PublicVectors
{
    private static final Pattern JSON_OBJECT = Pattern.compile("\\{([^{}]*)}");
    private static final Pattern JSON_FIELD = Pattern.compile("\"(\\w+)\"\\s*:\\s*\"(\\w*)\"");

    private PublicVectors()
    {
    }

    /** The text of a vector file; skips the test where there is none. */
    public static String text(final String file) throws IOException
    {
        final Path folder = folder();
        Assumptions.assumeTrue(
            null != folder && Files.isReadable(folder.resolve(file)),
            "no " + file + ": set -Dshadowmesh.vectors to the folder of the public vectors");
        return Files.readString(folder.resolve(file));
    }

    /** The objects of a flat JSON array whose values are all hex strings. */
    public static List<Map<String, byte[]>> hexObjects(final String file) throws IOException
    {
        final List<Map<String, byte[]>> objects = new ArrayList<>();
        final Matcher object = JSON_OBJECT.matcher(text(file));
        while (object.find())
        {
            final Map<String, byte[]> fields = new LinkedHashMap<>();
            final Matcher field = JSON_FIELD.matcher(object.group(1));
            while (field.find())
            {
                fields.put(field.group(1), HexFormat.of().parseHex(field.group(2)));
            }
            objects.add(fields);
        }
        return objects;
    }

    private static Path folder()
    {
        final String named = System.getProperty("shadowmesh.vectors");
        if (null != named)
        {
            return Path.of(named);
        }
        for (Path p = Path.of("").toAbsolutePath(); null != p; p = p.getParent())
        {
            final Path candidate = p.resolveSibling("shared").resolve("vectors");
            if (null != p.getFileName() && Files.isDirectory(candidate))
            {
                return candidate;
            }
        }
        return null;
    }
}
