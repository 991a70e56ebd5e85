package io.shadowmesh.dataplane;

import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.Dependency;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.methods;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.junit.jupiter.api.Assertions.assertEquals;

/** The package table of the architecture, held by a machine: dependencies point one way. */
final class ArchitectureTest
{
    private static final String ROOT = "io.shadowmesh.dataplane";
    private static final String FFI = "io.shadowmesh.ffi";
    private static final String AGRONA = "org.agrona";
    private static final String HDR_HISTOGRAM = "org.HdrHistogram";
    private static final String EVERYTHING = "everything";

    /** Package (below the root; "" is the root itself) to what it may use beside the JDK and itself. */
    private static final Map<String, Set<String>> MAY_USE = Map.ofEntries(
        Map.entry("address", Set.of()),
        Map.entry("identity", Set.of("crypto", "address", "host")),
        Map.entry("frame", Set.of("address", AGRONA)),
        Map.entry("device", Set.of(FFI, "address", AGRONA)),
        Map.entry("host", Set.of(FFI, "address", "device")),
        Map.entry("ring", Set.of(AGRONA)),
        Map.entry("crypto", Set.of(FFI, AGRONA)),
        Map.entry("handshake", Set.of("crypto", "frame", "address", "identity", AGRONA)),
        Map.entry("session", Set.of("crypto", "frame", "address", "identity", AGRONA, HDR_HISTOGRAM)),
        Map.entry("status", Set.of("frame", "host", AGRONA)),
        Map.entry("request", Set.of()),
        Map.entry("capture", Set.of(FFI, "device", AGRONA)),
        Map.entry("agent", Set.of("address", "identity", "frame", "device", "host", "ring", "crypto", "handshake",
            "session", "status", "capture", FFI, AGRONA, HDR_HISTOGRAM)),
        Map.entry("", Set.of(EVERYTHING)));

    private static JavaClasses dataplane;

    @BeforeAll
    static void importMainClasses()
    {
        dataplane = new ClassFileImporter().withImportOption(new ImportOption.DoNotIncludeTests())
            .importPackages(ROOT);
    }

    static Stream<String> packages()
    {
        return MAY_USE.keySet().stream().sorted();
    }

    @ParameterizedTest(name = "package \"{0}\"")
    @MethodSource("packages")
    void packageUsesOnlyWhatTheTableAllows(final String name)
    {
        classes().that().resideInAPackage(full(name)).should(useOnly(name, MAY_USE.get(name))).allowEmptyShould(true)
            .check(dataplane);
    }

    @Test
    void everyPackageIsInTheTable()
    {
        final Set<String> found = new TreeSet<>();
        for (final JavaClass type : dataplane)
        {
            found.add(below(type.getPackageName()));
        }
        found.removeAll(MAY_USE.keySet());
        assertEquals(Set.of(), found);
    }

    @Test
    void packagesHaveNoCycles()
    {
        slices().matching(ROOT + ".(*)..").should().beFreeOfCycles().check(dataplane);
    }

    @Test
    void onlyTheFfiModuleLinksNativeFunctions()
    {
        noClasses().should().dependOnClassesThat(isOneOf(
            "java.lang.foreign.Linker", "java.lang.foreign.SymbolLookup", "java.lang.foreign.FunctionDescriptor"))
            .check(dataplane);
    }

    @Test
    void classesAreNamedForTheirRoles()
    {
        classes().should().haveNameNotMatching(".*(Manager|Helper|Helpers|Util|Utils|Impl)(\\$.*)?").check(dataplane);
    }

    @Test
    void nothingPrintsOrLogsExceptThroughSystemLogger()
    {
        noClasses().should().dependOnClassesThat().resideInAPackage("java.util.logging..").check(dataplane);
        noClasses().should().accessField(System.class, "out").orShould().accessField(System.class, "err")
            .check(dataplane);
    }

    @Test
    void agronaStaysOutOfThePublicApi()
    {
        methods().that().areDeclaredInClassesThat().resideInAPackage(ROOT).and().arePublic()
            .should().notHaveRawReturnType(isIn(AGRONA)).andShould().notHaveRawParameterTypes(anyIn(AGRONA))
            .allowEmptyShould(true).check(dataplane);
    }

    private static ArchCondition<JavaClass> useOnly(final String name, final Set<String> allowed)
    {
        return new ArchCondition<>("use only the JDK, itself and " + new TreeSet<>(allowed))
        {
            @Override
            public void check(final JavaClass type, final ConditionEvents events)
            {
                for (final Dependency dependency : type.getDirectDependenciesFromSelf())
                {
                    final JavaClass target = dependency.getTargetClass().getBaseComponentType();
                    final boolean fine = allowed.contains(EVERYTHING) || target.isPrimitive() ||
                        isAllowed(name, target.getPackageName(), allowed);
                    events.add(new SimpleConditionEvent(dependency, fine, dependency.getDescription()));
                }
            }
        };
    }

    private static boolean isAllowed(final String name, final String target, final Set<String> allowed)
    {
        if (isBelow(target, ROOT))
        {
            return below(target).equals(name) || allowed.contains(below(target));
        }
        return isBelow(target, "java") || isBelow(target, "javax.crypto") || isBelow(target, "jdk.jfr") ||
            isBelow(target, "com.sun.management") ||
            allowed.stream().anyMatch(other -> isBelow(target, other));
    }

    private static DescribedPredicate<JavaClass> isOneOf(final String... names)
    {
        return DescribedPredicate.describe("are one of " + List.of(names),
            type -> List.of(names).contains(type.getName()));
    }

    private static DescribedPredicate<JavaClass> isIn(final String packageName)
    {
        return DescribedPredicate.describe("is of " + packageName, type -> isBelow(type.getPackageName(), packageName));
    }

    private static DescribedPredicate<List<JavaClass>> anyIn(final String packageName)
    {
        return DescribedPredicate.describe("one is of " + packageName,
            types -> types.stream().anyMatch(type -> isBelow(type.getPackageName(), packageName)));
    }

    private static String full(final String name)
    {
        return name.isEmpty() ? ROOT : ROOT + "." + name;
    }

    private static String below(final String packageName)
    {
        return packageName.equals(ROOT) ? "" : packageName.substring(ROOT.length() + 1);
    }

    private static boolean isBelow(final String packageName, final String parent)
    {
        return packageName.equals(parent) || packageName.startsWith(parent + ".");
    }
}
