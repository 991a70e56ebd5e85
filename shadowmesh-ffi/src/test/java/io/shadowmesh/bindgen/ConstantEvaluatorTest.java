package io.shadowmesh.bindgen;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ConstantEvaluatorTest
{
    @ParameterizedTest
    @CsvSource(delimiter = ';', quoteCharacter = '`', value = {
        "0; int; 0",
        "2147483647; int; 2147483647",
        "2147483648; long; 2147483648",
        "0x7fffffff; int; 2147483647",
        "0x80000000; unsigned int; 2147483648",
        "0x800454d2; unsigned int; 2147767506",
        "0xffffffff; unsigned int; 4294967295",
        "0x100000000; long; 4294967296",
        "0xffffffffffffffff; unsigned long; -1",
        "04000; int; 2048",
        "0b101; int; 5",
        "1u; unsigned int; 1",
        "1L; long; 1",
        "1ull; unsigned long; 1",
        "4294967296u; unsigned long; 4294967296",
        "'A'; int; 65",
        "'\\n'; int; 10",
    })
    void typesLiteralsAsCDoes(final String expression, final String type, final long value)
    {
        assertConstant(expression, type, value);
    }

    @ParameterizedTest
    @CsvSource(delimiter = ';', quoteCharacter = '`', value = {
        "1 + 2 * 3; int; 7",
        "(1 + 2) * 3; int; 9",
        "7 - 2 - 1; int; 4",
        "-7 / 2; int; -3",
        "-7 % 2; int; -1",
        "1 << 4 | 3; int; 19",
        "6 & 3 ^ 1; int; 3",
        "~0; int; -1",
        "~0u; unsigned int; 4294967295",
        "-1u; unsigned int; 4294967295",
        "!5; int; 0",
        "1u - 2; unsigned int; 4294967295",
        "-1 < 1u; int; 0",
        "-1L < 1u; int; 1",
        "1 ? 2 : 3L; long; 2",
        "0 || 2 && 0; int; 0",
        "-8 >> 1; int; -4",
        "0x80000000 >> 31; unsigned int; 1",
        "1UL << 63; unsigned long; -9223372036854775808",
        "0xffffffffffffffff / 2; unsigned long; 9223372036854775807",
    })
    void followsPrecedenceAndTheUsualConversions(final String expression, final String type, final long value)
    {
        assertConstant(expression, type, value);
    }

    @ParameterizedTest
    @CsvSource(delimiter = ';', quoteCharacter = '`', value = {
        "sizeof(int); unsigned long; 4",
        "sizeof(char *); unsigned long; 8",
        "sizeof(struct pair); unsigned long; 16",
        "sizeof(struct pair) << 16; unsigned long; 1048576",
        "(unsigned int)-1; unsigned int; 4294967295",
        "(int)0xffffffff; int; -1",
        "(long)1; long; 1",
        "(word)-1 > 0; int; 1",
        "(1U << 30) | (('T') << 8) | 202 | (sizeof(int) << 16); unsigned long; 1074025674",
    })
    void castsAndMeasuresTypes(final String expression, final String type, final long value)
    {
        assertConstant(expression, type, value);
    }

    @Test
    void replacesMacrosByTheirTokens()
    {
        final Header header = HeaderParser.parse("t.h", """
            #define SUM 1 + 2
            #define PRODUCT SUM * 2
            #define LATER (AFTER | 1)
            #define AFTER 4
            """);
        assertEquals(5, header.constants().get("PRODUCT").value());
        assertEquals(5, header.constants().get("LATER").value());
    }

    @Test
    void joinsStringLiterals()
    {
        final Header header = HeaderParser.parse("t.h", """
            #define FOLDER "/dev/net"
            #define DEVICE FOLDER "/tun\\n"
            """);
        assertEquals("/dev/net/tun\n", header.constants().get("DEVICE").string());
    }

    @ParameterizedTest
    @CsvSource(delimiter = ';', quoteCharacter = '`', value = {
        "1 / 0; division by zero",
        "1 << 32; shift by 32 bits",
        "1 << -1; shift by -1 bits",
        "1 << 31; signed overflow in a shift",
        "2147483647 + 1; signed overflow in a constant expression",
        "18446744073709551615; '18446744073709551615' does not fit in a long",
        "18446744073709551616u; '18446744073709551616u' is not an integer of at most 64 bits",
        "1.5; '1.5' is not an integer of at most 64 bits",
        "08; '08' is not an integer of at most 64 bits",
        "1 +; constant expression ends too early",
        "(1; ')' expected in a constant expression",
        "1 2; unexpected '2' in a constant expression",
        "NOWHERE; unknown name 'NOWHERE' in a constant expression",
        "(char)1; a cast to anything but int or long is not supported in a constant expression",
        "(char *)0; a cast to anything but int or long is not supported in a constant expression",
        "sizeof(struct hidden); struct hidden has no size",
        "sizeof(void); void has no size",
        "'ab'; 'ab' is not one ASCII character",
        "1 \"s\"; unexpected '\"s\"' in a constant expression",
        "A; constant A is defined by itself",
    })
    void refusesWhatHasNoConstantValue(final String expression, final String reason)
    {
        final Refusal refusal = assertThrows(Refusal.class, () -> HeaderParser.parse("t.h", header(expression)));
        assertEquals("t.h:4: " + reason, refusal.getMessage());
    }

    private static void assertConstant(final String expression, final String type, final long value)
    {
        final Header.Constant constant = HeaderParser.parse("t.h", header(expression)).constants().get("A");
        assertEquals(type, constant.type().spelling(), expression);
        assertEquals(value, constant.value(), expression);
    }

    private static String header(final String expression)
    {
        return """
            typedef unsigned int word;
            struct hidden;
            struct pair { char a; long b; };
            #define A %s
            """.formatted(expression);
    }
}
