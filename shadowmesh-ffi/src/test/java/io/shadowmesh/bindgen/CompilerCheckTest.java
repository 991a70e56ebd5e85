package io.shadowmesh.bindgen;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The check finds what is wrong in a header: shown by headers that are wrong in one place each. */
class CompilerCheckTest
{
    private static final Path HEADERS = Path.of("..", "native-headers");

    @TempDir
    private Path work;

    private final ByteArrayOutputStream said = new ByteArrayOutputStream();
    private final PrintStream out = new PrintStream(said, true);
    private String header;
    private CheckPlan plan;

    @BeforeEach
    void read() throws IOException
    {
        header = Files.readString(HEADERS.resolve("linux.h"));
        plan = CheckPlan.parse("linux.check", Files.readString(HEADERS.resolve("linux.check")));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', value = {
        "#define TUNSETIFF 0x400454ca | #define TUNSETIFF 0x400454cb",
        "#define EMSGSIZE 90          | #define EMSGSIZE 91",
        "unsigned int msg_namelen;    | unsigned short msg_namelen;",
        "char __ss_padding[118];      | char __ss_padding[110];",
        "unsigned short gso_size;     | unsigned short gso_size, more;",
        "short ifru_flags;            | int ifru_flags;",
        "char ifrn_name[16];          | char ifrn_name[15];",
        "int close(int fd);           | long close(int fd);",
        "int unshare(int flags);      | int unshare(long flags);",
        "int fcntl(int fd, int command, ...); | int fcntl(int fd, int command, int argument);",
        "int bind(int fd, const struct sockaddr *address | int bind(int fd, struct sockaddr *address",
        "const sigset_t *signals      | sigset_t *signals",
    })
    void findsOneWrongDeclaration(final String right, final String wrong) throws IOException
    {
        assumeTrue(Tool.find("cc", System.getenv("PATH")) != null, "skipped: there is no cc here");
        final String changed = header.replace(right, wrong);
        assertNotEquals(header, changed);
        final IOException e =
            assertThrows(IOException.class, () -> ownCompiler().run(checkFile(changed), plan, work));
        assertEquals("the header differs from the system's for this (see the messages above)", e.getMessage());
        assertTrue(said.toString().contains("check.c:"), "the compiler's messages name the line");
    }

    @Test
    void passesTheHeaderAsItIs() throws IOException
    {
        assumeTrue(Tool.find("cc", System.getenv("PATH")) != null, "skipped: there is no cc here");
        final Path file = checkFile(header);
        assertDoesNotThrow(() -> ownCompiler().run(file, plan, work));
    }

    @Test
    void leavesOutAnArchitectureThatTheHeadersAreNotFor() throws IOException
    {
        final CheckPlan only = CheckPlan.parse("t.check", "only vax\ninclude <not-there.h>");
        final List<CompilerCheck.Target> other =
            List.of(new CompilerCheck.Target("pdp11", List.of("pdp11-cc")));
        assertDoesNotThrow(
            () -> new CompilerCheck(other, true, "/nowhere", out).run(checkFile(header), only, work));
        assertEquals("", said.toString());
    }

    @Test
    void skipsWithoutACompilerUnlessRequired() throws IOException
    {
        final Path file = checkFile(header);
        final List<CompilerCheck.Target> nobody =
            List.of(new CompilerCheck.Target("pdp11", List.of("pdp11-cc", "pdp11-gcc")));
        assertDoesNotThrow(() -> new CompilerCheck(nobody, false, "/nowhere", out).run(file, plan, work));
        assertEquals("bindings: not checked for pdp11: there is no pdp11-cc or pdp11-gcc\n", said.toString());
        assertEquals("the check for pdp11 is required, but there is no pdp11-cc or pdp11-gcc",
            assertThrows(IOException.class,
                () -> new CompilerCheck(nobody, true, "/nowhere", out).run(file, plan, work)).getMessage());
    }

    @Test
    void countsACompilerWithoutTheHeadersAsMissing() throws IOException
    {
        final Path compiler = work.resolve("bare-cc");
        Files.writeString(compiler, "#!/bin/sh\necho 'no errno.h'\nexit 1\n");
        assertTrue(compiler.toFile().setExecutable(true));
        final CompilerCheck check = new CompilerCheck(
            List.of(new CompilerCheck.Target("bare", List.of(compiler.toString()))), true, null, out);
        assertEquals("the check for bare is required, but " + compiler + " does not find the headers: no errno.h",
            assertThrows(IOException.class, () -> check.run(checkFile(header), plan, work)).getMessage());
    }

    @Test
    void isRequiredInContinuousIntegration()
    {
        assertTrue(CompilerCheck.ofEnvironment(Map.of("CI", "true"), "").required());
        assertTrue(CompilerCheck.ofEnvironment(Map.of(), "true").required());
        assertEquals(false, CompilerCheck.ofEnvironment(Map.of(), null).required());
        assertEquals(false, CompilerCheck.ofEnvironment(Map.of("CI", "true"), "false").required());
        assertEquals(List.of("x86-64", "arm64"), CompilerCheck.ofEnvironment(Map.of(), "").targets().stream()
            .map(CompilerCheck.Target::architecture).toList());
    }

    private CompilerCheck ownCompiler()
    {
        return new CompilerCheck(
            List.of(new CompilerCheck.Target("this", List.of("cc"))), true, System.getenv("PATH"), out);
    }

    private Path checkFile(final String text) throws IOException
    {
        final Path file = work.resolve("check.c");
        Files.writeString(file, CheckWriter.write(plan, HeaderParser.parse("linux.h", text)));
        return file;
    }
}
