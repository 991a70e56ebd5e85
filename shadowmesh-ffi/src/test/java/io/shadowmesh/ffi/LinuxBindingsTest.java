package io.shadowmesh.ffi;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.shadowmesh.ffi.linux.Linux;
import io.shadowmesh.ffi.linux.ifreq;
import io.shadowmesh.ffi.linux.mmsghdr;
import io.shadowmesh.ffi.linux.sockaddr_in6;
import io.shadowmesh.ffi.linux.virtio_net_hdr;
import java.io.IOException;
import java.lang.foreign.GroupLayout;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/**
 * The generated classes say what check.c asserts against the system's headers: so what the compiler approved is what
 * Java uses, whichever generator ran.
 */
class LinuxBindingsTest
{
    private static final Path CHECK = Path.of("target", "bindings", "linux", "check.c");
    private static final Pattern STRUCT_SIZE = Pattern.compile("\\(sizeof\\(struct (\\w+)\\) == (\\d+),");
    private static final Pattern UNION_SIZE = Pattern.compile("== (\\d+), \"size of union (\\w+)\"");
    private static final Pattern OFFSET = Pattern.compile("offsetof\\(struct (\\w+), (\\w+)\\) == (\\d+),");
    private static final Pattern FIELD_SIZE =
        Pattern.compile("== (\\d+), \"size of (?:struct|union) (\\w+)\\.(\\w+)\"");
    private static final Pattern CONSTANT = Pattern.compile("\\(unsigned long\\)\\((\\w+)\\) == (\\d+)UL");
    private static final Pattern PROTOTYPE = Pattern.compile("_Generic\\(&(\\w+), .*\\(\\*\\)\\((.*)\\): 1,");

    @Test
    void haveTheSizesThatWereChecked() throws Exception
    {
        final List<Matcher> sizes = matches(STRUCT_SIZE);
        assertTrue(sizes.size() >= 20, "structs checked: " + sizes.size());
        for (final Matcher size : sizes)
        {
            assertEquals(Long.parseLong(size.group(2)), layout(size.group(1)).byteSize(), size.group(1));
        }
        for (final Matcher size : matches(UNION_SIZE))
        {
            assertEquals(Long.parseLong(size.group(1)), layout(size.group(2)).byteSize(), size.group(2));
        }
    }

    @Test
    void haveTheFieldsThatWereChecked() throws Exception
    {
        for (final Matcher offset : matches(OFFSET))
        {
            final long expected = Long.parseLong(offset.group(3));
            assertEquals(expected, type(offset.group(1)).getMethod(offset.group(2) + "$offset").invoke(null),
                offset.group());
        }
        final List<Matcher> sizes = matches(FIELD_SIZE);
        assertTrue(sizes.size() >= 100, "fields checked: " + sizes.size());
        for (final Matcher size : sizes)
        {
            final Object layout = type(size.group(2)).getMethod(size.group(3) + "$layout").invoke(null);
            assertEquals(Long.parseLong(size.group(1)), ((java.lang.foreign.MemoryLayout)layout).byteSize(),
                size.group());
        }
    }

    @Test
    void haveTheConstantsThatWereChecked() throws Exception
    {
        final List<Matcher> constants = matches(CONSTANT);
        assertTrue(constants.size() >= 200, "constants checked: " + constants.size());
        for (final Matcher constant : constants)
        {
            final Object value = Linux.class.getMethod(constant.group(1)).invoke(null);
            final long expected = Long.parseUnsignedLong(constant.group(2));
            assertEquals(value instanceof Integer ? (int)expected : expected, ((Number)value).longValue(),
                constant.group());
        }
    }

    @Test
    void haveTheFunctionsThatWereChecked() throws Exception
    {
        final List<Matcher> prototypes = matches(PROTOTYPE);
        assertTrue(prototypes.size() >= 29, "functions checked: " + prototypes.size());
        for (final Matcher prototype : prototypes)
        {
            final String name = prototype.group(1);
            if (prototype.group(2).endsWith(", ..."))
            {
                final Class<?> invoker = type("Linux$" + name);
                assertTrue(((MemorySegment)invoker.getMethod("address").invoke(null)).address() != 0, name);
                continue;
            }
            final Object descriptor = Linux.class.getMethod(name + "$descriptor").invoke(null);
            final int parameters = prototype.group(2).split(", ").length;
            assertEquals(parameters,
                ((java.lang.foreign.FunctionDescriptor)descriptor).argumentLayouts().size(), name);
            final Object address = Linux.class.getMethod(name + "$address").invoke(null);
            assertTrue(((MemorySegment)address).address() != 0, name);
        }
    }

    @Test
    void matchWhatTheManualPagesSay()
    {
        assertEquals(10, virtio_net_hdr.sizeof());
        assertEquals(40, ifreq.sizeof());
        assertEquals(28, sockaddr_in6.sizeof());
        assertEquals(64, mmsghdr.sizeof());
        assertEquals(56, mmsghdr.msg_len$offset());
        assertEquals(0x400454ca, Linux.TUNSETIFF());
        assertEquals(0x800454d2, Linux.TUNGETIFF());
        assertEquals(Errno.EADDRINUSE, Linux.EADDRINUSE());
    }

    private static List<Matcher> matches(final Pattern pattern) throws IOException
    {
        final List<Matcher> matches = new ArrayList<>();
        for (final String line : Files.readAllLines(CHECK))
        {
            final Matcher matcher = pattern.matcher(line);
            if (matcher.find())
            {
                matches.add(matcher);
            }
        }
        return matches;
    }

    private static GroupLayout layout(final String tag) throws Exception
    {
        return (GroupLayout)type(tag).getMethod("layout").invoke(null);
    }

    private static Class<?> type(final String name) throws ClassNotFoundException
    {
        return Class.forName(Linux.class.getPackageName() + "." + name);
    }
}
