package io.shadowmesh.bindgen;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class HeaderParserTest
{
    @ParameterizedTest(name = "{0}")
    @CsvSource(delimiter = '|', value = {
        "char a; short b; int c; long d;              | 16 | 8 | a=0 b=2 c=4 d=8",
        "char a; long b; char c;                      | 24 | 8 | a=0 b=8 c=16",
        "char a[3]; short b; char c[5];               | 12 | 2 | a=0 b=4 c=6",
        "void *p; unsigned int n;                     | 16 | 8 | p=0 n=8",
        "unsigned short a, b[2], *c;                  | 16 | 8 | a=0 b=2 c=8",
        "char a; int m[2][3]; char b;                 | 32 | 4 | a=0 m=4 b=28",
        "char a; struct inner i; char b;              | 32 | 8 | a=0 i=8 b=24",
        "char a; union both u;                        | 24 | 8 | a=0 u=8",
        "short a; union both u[2];                    | 40 | 8 | a=0 u=8",
        "word w; unsigned long long l; _Bool b;       | 24 | 8 | w=0 l=8 b=16",
        "float f; double d; signed char s;            | 24 | 8 | f=0 d=8 s=16",
        "const char *name; char *const fixed;         | 16 | 8 | name=0 fixed=8",
        "unsigned a; long int b; short int c; long unsigned d; | 32 | 8 | a=0 b=8 c=16 d=24",
        "char a[SIZE + 1]; char b[sizeof(struct inner)];       | 21 | 1 | a=0 b=5",
    })
    void laysStructsOutAsCDoes(final String fields, final long size, final long alignment, final String offsets)
    {
        final Header header = HeaderParser.parse("t.h", """
            #define SIZE 4
            typedef unsigned int word;
            struct inner { long x; char y; };
            union both { char c[12]; long l; };
            struct tested { %s };
            """.formatted(fields));
        final CType.Aggregate tested = header.structs().get("tested");
        assertEquals(size, tested.size());
        assertEquals(alignment, tested.alignment());
        assertEquals(offsets, tested.fields().stream()
            .map(f -> f.name() + "=" + f.offset()).collect(Collectors.joining(" ")));
    }

    @Test
    void overlaysTheMembersOfUnions()
    {
        final CType.Aggregate union = HeaderParser.parse("t.h", "union u { char a[5]; short b; int c; };")
            .unions().get("u");
        assertEquals(8, union.size());
        assertEquals(4, union.alignment());
        assertEquals("[0, 0, 0]", union.fields().stream().map(CType.Field::offset).toList().toString());
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "int f(void);                                | int f(void)",
        "void g(int, const char *name);              | void g(int, const char *name)",
        "extern long h(unsigned int n, ...);         | long h(unsigned int n, ...)",
        "size_t k(struct later *a, void **b);        | size_t k(struct later *a, void **b)",
        "const char *m(char *const *argv, char const *s); | const char *m(char *const *argv, const char *s)",
    })
    void readsPrototypes(final String text, final String spelling)
    {
        final Header header = HeaderParser.parse("t.h", "typedef unsigned long size_t;\n" + text);
        assertEquals(spelling, header.functions().values().iterator().next().spelling());
    }

    @Test
    void looksThroughTypedefs()
    {
        final Header header = HeaderParser.parse("t.h", """
            typedef unsigned long size_t;
            typedef size_t length_t;
            typedef struct hidden handle_t;
            length_t f(const handle_t *h);
            """);
        final Header.Function function = header.functions().get("f");
        assertEquals(CType.Primitive.UNSIGNED_LONG, function.result().resolved());
        assertEquals("length_t", function.result().spelling());
        assertEquals("const handle_t *", function.parameters().get(0).type().spelling());
    }

    @Test
    void skipsCommentsAndJoinsLines()
    {
        final Header header = HeaderParser.parse("t.h", """
            /* one
             * struct no { int x; };
             */
            #ifndef GUARD_H // the guard
            #define GUARD_H
            #define ONE /* inline */ 1 // rest
            #define TWO \\
                2
            #
            int f(int /* a */ a);
            #endif /* GUARD_H */
            """);
        assertEquals("[ONE, TWO]", header.constants().keySet().toString());
        assertEquals(7, header.constants().get("TWO").line());
        assertEquals(10, header.functions().get("f").line());
    }
}
