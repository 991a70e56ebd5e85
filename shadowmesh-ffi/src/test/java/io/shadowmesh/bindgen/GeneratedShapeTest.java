package io.shadowmesh.bindgen;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.GroupLayout;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;
import java.lang.foreign.ValueLayout;
import java.lang.reflect.Field;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What generated classes look like and do: their public members, written by hand from jextract's output. */
class GeneratedShapeTest
{
    private static final String HEADER = """
        typedef unsigned long size_t;
        struct point { short x; long y; };
        union value { unsigned char bytes[9]; struct point at; double d; };
        struct shape
        {
            char kind;
            unsigned short grid[2][3];
            struct point corners[2];
            union value value;
            const char *name;
            _Bool closed;
            float weight;
        };
        int abs(int);
        size_t strlen(const char *text);
        int snprintf(char *out, size_t length, const char *format, ...);
        void not_in_any_library(void);
        typedef int (*absolute_t)(int value);
        #define SMALL 7
        #define HIGH 0x80000001
        #define WIDE 0x100000000
        #define TEXT "a \\"b\\" \\\\c"
        """;

    private static final String ARGUMENTS = """
        --target-package shape.test --header-class-name Lib
        --include-struct point --include-struct shape --include-union value
        --include-function abs --include-function strlen --include-function snprintf
        --include-function not_in_any_library --include-typedef absolute_t
        --include-constant SMALL --include-constant HIGH --include-constant WIDE --include-constant TEXT
        """;

    @TempDir
    private static Path folder;

    private static Map<String, String> sources;
    private static URLClassLoader loader;

    @BeforeAll
    static void generateAndCompile() throws IOException
    {
        final Header header = HeaderParser.parse("shapes.h", HEADER);
        final Selection selection = Selection.parse("shapes.args", ARGUMENTS);
        selection.check(header);
        sources = Main.generate(header, selection);
        OutputFolder.write(folder.resolve("src"), sources);
        final List<String> arguments = new ArrayList<>(List.of("--release", "22", "-d", folder.toString()));
        sources.keySet().forEach(name -> arguments.add(folder.resolve("src").resolve(name).toString()));
        assertEquals(0, ToolProvider.getSystemJavaCompiler()
            .run(null, null, null, arguments.toArray(String[]::new)), "the generated sources compile");
        loader = new URLClassLoader(new URL[]{folder.toUri().toURL()});
    }

    @AfterAll
    static void close() throws IOException
    {
        loader.close();
    }

    @Test
    void writesOneClassForTheHeaderAndOneForEachRecord()
    {
        assertEquals("[shape/test/Lib.java, shape/test/absolute_t.java, " +
            "shape/test/point.java, shape/test/shape.java, shape/test/value.java]",
            sources.keySet().toString());
    }

    @Test
    void callsThroughAPointerToAFunction() throws Exception
    {
        final Class<?> pointer = loader.loadClass("shape.test.absolute_t");
        final Object abs = loader.loadClass("shape.test.Lib").getMethod("abs$address").invoke(null);
        assertEquals(5, pointer.getMethod("invoke", MemorySegment.class, int.class).invoke(null, abs, -5));
        assertEquals("(i4)i4", pointer.getMethod("descriptor").invoke(null).toString());
    }

    @Test
    void givesTheHeaderClassLayoutsConstantsAndFunctions() throws Exception
    {
        assertEquals("""
            field AddressLayout C_POINTER
            field OfBoolean C_BOOL
            field OfByte C_CHAR
            field OfDouble C_DOUBLE
            field OfFloat C_FLOAT
            field OfInt C_INT
            field OfLong C_LONG
            field OfLong C_LONG_LONG
            field OfShort C_SHORT
            static FunctionDescriptor abs$descriptor()
            static FunctionDescriptor not_in_any_library$descriptor()
            static FunctionDescriptor strlen$descriptor()
            static MemorySegment TEXT()
            static MemorySegment abs$address()
            static MemorySegment not_in_any_library$address()
            static MemorySegment strlen$address()
            static MethodHandle abs$handle()
            static MethodHandle not_in_any_library$handle()
            static MethodHandle strlen$handle()
            static int HIGH()
            static int SMALL()
            static int abs(int)
            static long WIDE()
            static long strlen(MemorySegment)
            static void not_in_any_library()
            """, members(type("Lib")));
    }

    @Test
    void givesVariadicFunctionsAnInvokerClass() throws Exception
    {
        assertEquals("""
            FunctionDescriptor descriptor()
            MethodHandle handle()
            int apply(MemorySegment, long, MemorySegment, Object[])
            static MemorySegment address()
            static snprintf makeInvoker(MemoryLayout[])
            """, members(type("Lib$snprintf")));
        final Method apply = type("Lib$snprintf").getMethod("apply", MemorySegment.class, long.class,
            MemorySegment.class, Object[].class);
        assertTrue(apply.isVarArgs());
        assertTrue(type("Lib$snprintf").getMethod("makeInvoker", MemoryLayout[].class).isVarArgs());
    }

    @Test
    void givesStructsLayoutsOffsetsAndAccessors() throws Exception
    {
        assertEquals("""
            static AddressLayout name$layout()
            static GroupLayout layout()
            static GroupLayout value$layout()
            static MemorySegment allocate(SegmentAllocator)
            static MemorySegment allocateArray(long, SegmentAllocator)
            static MemorySegment asSlice(MemorySegment, long)
            static MemorySegment corners(MemorySegment)
            static MemorySegment corners(MemorySegment, long)
            static MemorySegment grid(MemorySegment)
            static MemorySegment name(MemorySegment)
            static MemorySegment reinterpret(MemorySegment, Arena, Consumer)
            static MemorySegment reinterpret(MemorySegment, long, Arena, Consumer)
            static MemorySegment value(MemorySegment)
            static OfBoolean closed$layout()
            static OfByte kind$layout()
            static OfFloat weight$layout()
            static SequenceLayout corners$layout()
            static SequenceLayout grid$layout()
            static boolean closed(MemorySegment)
            static byte kind(MemorySegment)
            static float weight(MemorySegment)
            static long closed$offset()
            static long corners$offset()
            static long grid$offset()
            static long kind$offset()
            static long name$offset()
            static long sizeof()
            static long value$offset()
            static long weight$offset()
            static long[] corners$dimensions()
            static long[] grid$dimensions()
            static short grid(MemorySegment, long, long)
            static void closed(MemorySegment, boolean)
            static void corners(MemorySegment, MemorySegment)
            static void corners(MemorySegment, long, MemorySegment)
            static void grid(MemorySegment, MemorySegment)
            static void grid(MemorySegment, long, long, short)
            static void kind(MemorySegment, byte)
            static void name(MemorySegment, MemorySegment)
            static void value(MemorySegment, MemorySegment)
            static void weight(MemorySegment, float)
            """, members(type("shape")));
    }

    @Test
    void writesLayoutsWithTheirPadding() throws Exception
    {
        final String shape = sources.get("shape/test/shape.java");
        assertTrue(shape.contains("""
                private static final GroupLayout $LAYOUT = MemoryLayout.structLayout(
                    Lib.C_CHAR.withName("kind"),
                    MemoryLayout.paddingLayout(1),
                    MemoryLayout.sequenceLayout(2, MemoryLayout.sequenceLayout(3, Lib.C_SHORT)).withName("grid"),
                    MemoryLayout.paddingLayout(2),
                    MemoryLayout.sequenceLayout(2, point.layout()).withName("corners"),
                    value.layout().withName("value"),
                    Lib.C_POINTER.withName("name"),
                    Lib.C_BOOL.withName("closed"),
                    MemoryLayout.paddingLayout(3),
                    Lib.C_FLOAT.withName("weight")
                ).withName("shape");
            """), shape);
        assertTrue(sources.get("shape/test/value.java").contains("""
                private static final GroupLayout $LAYOUT = MemoryLayout.unionLayout(
                    MemoryLayout.sequenceLayout(9, Lib.C_CHAR).withName("bytes"),
                    point.layout().withName("at"),
                    Lib.C_DOUBLE.withName("d")
                ).withName("value");
            """));
        final GroupLayout layout = (GroupLayout)call("shape", "layout");
        assertEquals(80, layout.byteSize());
        assertEquals(8, layout.byteAlignment());
        assertEquals(48L, call("shape", "value$offset"));
        assertEquals(76L, call("shape", "weight$offset"));
        assertEquals(16L, call("value", "sizeof"));
    }

    @Test
    void padsAUnionToItsAlignment()
    {
        final Header header = HeaderParser.parse("u.h", "union u { char c[5]; int i; };");
        final Selection selection = Selection.parse("u.args", "-t p --header-class-name L --include-union u");
        assertTrue(Main.generate(header, selection).get("p/u.java").contains("""
                    MemoryLayout.sequenceLayout(5, L.C_CHAR).withName("c"),
                    L.C_INT.withName("i"),
                    MemoryLayout.paddingLayout(8)
                ).withName("u");
            """));
    }

    @Test
    void writesFunctionsWithTheirDescriptors()
    {
        final String lib = sources.get("shape/test/Lib.java");
        assertTrue(lib.contains("""
                private static class strlen {
                    public static final FunctionDescriptor DESC = FunctionDescriptor.of(
                        Lib.C_LONG,
                        Lib.C_POINTER
                    );

                    public static final MemorySegment ADDR = findOrThrow("strlen");

                    public static final MethodHandle HANDLE = Linker.nativeLinker().downcallHandle(ADDR, DESC);
                }
            """), lib);
        assertTrue(lib.contains("    public static int abs(int x0) {\n"), "unnamed parameters are numbered");
        assertTrue(lib.contains("     * size_t strlen(const char *text)\n"), "the C declaration is quoted");
        assertTrue(lib.contains("FunctionDescriptor DESC = FunctionDescriptor.ofVoid();"));
        assertTrue(lib.contains("    private static final int HIGH = (int)2147483649L;\n"));
    }

    @Test
    void readsAndWritesFields() throws Exception
    {
        try (Arena arena = Arena.ofConfined())
        {
            final MemorySegment shapes = (MemorySegment)call("shape", "allocateArray", 2L, arena);
            assertEquals(160, shapes.byteSize());
            final MemorySegment shape = ((MemorySegment)call("shape", "asSlice", shapes, 1L)).asSlice(0, 80);
            call("shape", "kind", shape, (byte)3);
            call("shape", "closed", shape, true);
            call("shape", "weight", shape, 1.5f);
            call("shape", "name", shape, MemorySegment.ofAddress(4096));
            assertEquals((byte)3, shapes.get(ValueLayout.JAVA_BYTE, 80));
            assertEquals(true, call("shape", "closed", shape));
            assertEquals(1.5f, call("shape", "weight", shape));
            assertEquals(4096, shape.get(ValueLayout.JAVA_LONG, 64));

            call("shape", "grid", shape, 1L, 2L, (short)55);
            assertEquals((short)55, shape.get(ValueLayout.JAVA_SHORT, 2 + (3 + 2) * 2));
            assertEquals((short)55, call("shape", "grid", shape, 1L, 2L));
            assertEquals(12, ((MemorySegment)call("shape", "grid", shape)).byteSize());
            assertEquals("[2, 3]", Arrays.toString((long[])call("shape", "grid$dimensions")));

            final MemorySegment corner = (MemorySegment)call("shape", "corners", shape, 1L);
            call("point", "y", corner, 99L);
            assertEquals(99, shape.get(ValueLayout.JAVA_LONG, 16 + 16 + 8));
            final MemorySegment point = (MemorySegment)call("point", "allocate", arena);
            call("point", "x", point, (short)-1);
            call("shape", "corners", shape, 0L, point);
            assertEquals(-1, shape.get(ValueLayout.JAVA_SHORT, 16));

            final MemorySegment value = (MemorySegment)call("shape", "value", shape);
            call("value", "d", value, 2.0);
            assertEquals(2.0, call("value", "d", value));
            assertEquals(Double.doubleToRawLongBits(2.0), shape.get(ValueLayout.JAVA_LONG, 48));
        }
    }

    @Test
    void callsFunctions() throws Exception
    {
        assertEquals(3, call("Lib", "abs", -3));
        try (Arena arena = Arena.ofConfined())
        {
            assertEquals(4L, call("Lib", "strlen", arena.allocateFrom("four")));
            final Object invoker = method("Lib$snprintf", "makeInvoker", 1).invoke(null,
                (Object)new MemoryLayout[]{ValueLayout.JAVA_INT, ValueLayout.JAVA_LONG});
            final MemorySegment out = arena.allocate(32);
            assertEquals(7, method("Lib$snprintf", "apply", 4).invoke(invoker, out, 32L,
                arena.allocateFrom("%d-%ld"), new Object[]{12, 3456L}));
            assertEquals("12-3456", out.getString(0));
        }
    }

    @Test
    void failsOnlyTheCallersOfAMissingSymbol() throws Exception
    {
        final InvocationTargetException e = assertThrows(InvocationTargetException.class,
            () -> method("Lib", "not_in_any_library", 0).invoke(null));
        Throwable cause = e;
        while (cause.getCause() != null)
        {
            cause = cause.getCause();
        }
        assertTrue(cause.getMessage().contains("not_in_any_library"), cause.toString());
        assertEquals(7, call("Lib", "SMALL"));
    }

    @Test
    void typesConstantsByValueAsCDoes() throws Exception
    {
        assertEquals(7, call("Lib", "SMALL"));
        assertEquals(0x80000001, call("Lib", "HIGH"));
        assertEquals(0x100000000L, call("Lib", "WIDE"));
        assertEquals("a \"b\" \\c", ((MemorySegment)call("Lib", "TEXT")).getString(0));
    }

    private static Class<?> type(final String name) throws ClassNotFoundException
    {
        return loader.loadClass("shape.test." + name);
    }

    /** The public members that the class itself declares, a line each. */
    private static String members(final Class<?> type)
    {
        assertTrue(Modifier.isPublic(type.getModifiers()));
        final Stream<String> fields = Arrays.stream(type.getDeclaredFields())
            .filter(f -> Modifier.isPublic(f.getModifiers())).map(GeneratedShapeTest::line);
        final Stream<String> methods = Arrays.stream(type.getDeclaredMethods())
            .filter(m -> Modifier.isPublic(m.getModifiers())).map(GeneratedShapeTest::line);
        return Stream.concat(fields, methods).sorted().collect(Collectors.joining("\n", "", "\n"));
    }

    private static String line(final Field field)
    {
        return "field " + field.getType().getSimpleName() + " " + field.getName();
    }

    private static String line(final Method method)
    {
        return (Modifier.isStatic(method.getModifiers()) ? "static " : "") + method.getReturnType().getSimpleName() +
            " " + method.getName() + Arrays.stream(method.getParameterTypes()).map(Class::getSimpleName)
                .collect(Collectors.joining(", ", "(", ")"));
    }

    private static Method method(final String type, final String name, final int parameters)
        throws ClassNotFoundException
    {
        return Arrays.stream(type(type).getDeclaredMethods())
            .filter(m -> m.getName().equals(name) && m.getParameterCount() == parameters).findFirst().orElseThrow();
    }

    /** Calls the static method whose parameters take these arguments. */
    private static Object call(final String type, final String name, final Object... arguments) throws Exception
    {
        for (final Method method : type(type).getDeclaredMethods())
        {
            if (method.getName().equals(name) && takes(method.getParameterTypes(), arguments))
            {
                return method.invoke(null, arguments);
            }
        }
        throw new NoSuchMethodException(name);
    }

    private static boolean takes(final Class<?>[] parameters, final Object[] arguments)
    {
        boolean fits = parameters.length == arguments.length;
        for (int i = 0; fits && i < parameters.length; i++)
        {
            fits = parameters[i] == MemorySegment.class || parameters[i] == SegmentAllocator.class ?
                parameters[i].isInstance(arguments[i]) :
                java.lang.invoke.MethodType.methodType(parameters[i]).wrap().returnType().isInstance(arguments[i]);
        }
        return fits;
    }
}
