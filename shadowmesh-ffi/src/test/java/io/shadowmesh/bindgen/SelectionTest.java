package io.shadowmesh.bindgen;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SelectionTest
{
    private static final String NAMES = "--target-package p.q --header-class-name Lib ";

    @Test
    void readsOptionsAndComments()
    {
        final Selection selection = Selection.parse("t.args", """
            # a comment with 'quotes'
            -t p.q
            --header-class-name Lib   # behind
            --include-function f --include-function g
            --include-struct s
            --include-union u
            --include-constant C
            """);
        assertEquals("p.q", selection.targetPackage());
        assertEquals("Lib", selection.headerClass());
        assertEquals("{f=4, g=4}", selection.functions().toString());
        assertEquals("{s=5}", selection.structs().toString());
        assertEquals("{u=6}", selection.unions().toString());
        assertEquals("{C=7}", selection.constants().toString());
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "--include-var v              | t.args:1: unknown option --include-var",
        "--include-function           | t.args:1: --include-function needs a value",
        "--include-struct s --include-struct s | t.args:1: s is included twice",
    })
    void refusesWhatItDoesNotKnow(final String options, final String message)
    {
        assertEquals(message,
            assertThrows(Refusal.class, () -> Selection.parse("t.args", NAMES + options)).getMessage());
    }

    @Test
    void needsPackageAndClass()
    {
        assertEquals("t.args:1: --target-package and --header-class-name are needed",
            assertThrows(Refusal.class, () -> Selection.parse("t.args", "-t p.q")).getMessage());
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "--include-function f --include-function g | t.args:2: function g is not in t.h",
        "--include-struct s | t.h:2: function f is not in t.args: add --include-function f",
    })
    void holdsHeaderAndSelectionAgainstEachOther(final String options, final String message)
    {
        final Header header = HeaderParser.parse("t.h", "struct s { int a; };\nint f(struct s *p);\n");
        final String more = options.contains("struct") ? "" : " --include-struct s";
        final Selection selection = Selection.parse("t.args", NAMES + "\n" + options + more);
        assertEquals(message, assertThrows(Refusal.class, () -> selection.check(header)).getMessage());
    }
}
