package io.shadowmesh.bindgen;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What bindgen does not understand, it names with file, line and reason. */
class RefusalTest
{
    static Stream<Arguments> headers()
    {
        return Stream.of(
            arguments("\n#include <stdio.h>", "2: #include is not supported: the header must be self-contained"),
            arguments("#ifdef X\n#endif", "1: #ifdef is not supported"),
            arguments("int f(void);\n#if 1\n#endif", "2: #if is not supported"),
            arguments("#pragma once", "1: #pragma is not supported"),
            arguments("#undef X", "1: #undef is not supported"),
            arguments("int f(void);\n#ifndef X\n#endif", "2: #ifndef is supported as the include guard alone"),
            arguments("#endif", "1: #endif without the include guard's #ifndef"),
            arguments("#ifndef G\n#define G\n", "3: the include guard is not closed by #endif"),
            arguments("#ifndef G\n#define G\n#endif\nint f(void);", "4: declaration after the include guard's #endif"),
            arguments("#define X", "1: #define X has no value"),
            arguments("#define X(a) a", "1: macro X with parameters is not supported"),
            arguments("#define X 1\n#define X 2", "2: X is defined twice"),
            arguments("#define 5 1", "1: #define needs a name, not '5'"),
            arguments("#define B A\n#define A 1\nchar c[B];\nint B;",
                "3: macro B used in a declaration is not a plain number"),

            arguments("struct s {\n  int a : 3;\n};", "2: bit-field a is not supported"),
            arguments("struct s { int (*f)(void); };", "1: function pointers are not supported"),
            arguments("typedef int (*f)(int a, ...);", "1: a pointer to a variadic function is not supported"),
            arguments("typedef int (*f)(void);\ntypedef int (*f)(void);", "2: f is defined twice"),
            arguments("typedef int (*f)(void);\nstruct s { f g; };", "2: unknown type 'f'"),
            arguments("int f(int (*g)(void));", "1: function pointers are not supported"),
            arguments("struct s {\n union { int a; } u;\n};",
                "2: anonymous union is not supported: give it a tag"),
            arguments("struct s {\n struct { int a; };\n};",
                "2: anonymous struct is not supported: give it a tag"),
            arguments("typedef struct { int a; } t;", "1: anonymous struct is not supported: give it a tag"),
            arguments("struct s {\n union u { int a; } m;\n};",
                "2: union u is defined inside another declaration: define it at file level"),
            arguments("struct s { int; };", "1: a field without a name is not supported"),
            arguments("struct s { char c[]; };", "1: array c has no length"),
            arguments("struct s { char c[0]; };", "1: array c has length 0"),
            arguments("struct s { char c[-1]; };", "1: array c has length -1"),
            arguments("struct s { void v; };", "1: field v cannot be void"),
            arguments("struct s { struct t m; };", "1: struct t is not defined before field m"),
            arguments("struct s { int a; int a; };", "1: field a is there twice"),
            arguments("struct s { };", "1: struct s has no fields"),
            arguments("struct s { int a; };\nstruct s { int b; };", "2: struct s is defined twice"),
            arguments("struct s { int a; };\nunion s { int b; };", "2: s is both a struct and a union"),
            arguments("struct s { int a; } v;",
                "1: ';' expected after struct s, not 'v' (variables and attributes are not supported)"),
            arguments("struct s { int a; } __attribute__((packed));",
                "1: ';' expected after struct s, not '__attribute__' (variables and attributes are not supported)"),
            arguments("struct s { int class; };", "1: 'class' is a keyword in Java or C"),
            arguments("enum e { A };", "1: 'enum' is not supported"),

            arguments("int f();", "1: f() has no prototype: write (void) for no parameters"),
            arguments("int f(a) int a; {}", "1: unknown type 'a'"),
            arguments("int f(int a) { }", "1: the body of f is not supported"),
            arguments("int f(unknown_t a);", "1: unknown type 'unknown_t'"),
            arguments("\n\nsize_t f(int a);", "3: unknown type 'size_t'"),
            arguments("int f(int a[4]);", "1: an array parameter is not supported: write a pointer"),
            arguments("int f(void, int);", "1: a parameter cannot be void"),
            arguments("int f(...);", "1: a variadic function needs a parameter before '...'"),
            arguments("struct s { int a; };\nint f(struct s a);", "2: passing struct s by value is not supported"),
            arguments("struct s { int a; };\nstruct s f(void);", "2: passing struct s by value is not supported"),
            arguments("int f(char *restrict p);", "1: 'restrict' is not supported"),
            arguments("static int f(void);", "1: 'static' is not supported"),
            arguments("int f(volatile int *p);", "1: 'volatile' is not supported"),
            arguments("int f(long double d);", "1: unknown type 'long double'"),
            arguments("int f(unsigned float d);", "1: unknown type 'unsigned float'"),
            arguments("int f(void);\nint f(void);", "2: f is declared twice"),
            arguments("int f(void)", "1: ';' expected, not end of file"),
            arguments("int v;", "1: variable v is not supported"),
            arguments("typedef int t;\ntypedef int t;", "2: t is defined twice"),
            arguments("typedef int t[4];", "1: a typedef of an array is not supported"),
            arguments("struct s { int a;", "1: a declaration is expected, not end of file"),
            arguments("struct s { char c[4", "1: the declaration is not finished"),

            arguments("int f(void);\n/* open", "2: comment is not closed"),
            arguments("#define S \"open\n", "1: literal is not closed"),
            arguments("int @f(void);", "1: unexpected character '@'"));
    }

    @ParameterizedTest
    @MethodSource("headers")
    void namesFileLineAndReason(final String text, final String lineAndReason)
    {
        final Refusal refusal = assertThrows(Refusal.class, () -> HeaderParser.parse("bad.h", text));
        assertEquals("bad.h:" + lineAndReason, refusal.getMessage());
    }
}
