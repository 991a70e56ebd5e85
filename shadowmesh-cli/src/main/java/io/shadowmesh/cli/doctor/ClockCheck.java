package io.shadowmesh.cli.doctor;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * The clocks. The tunnel's own counts from the start of the machine and needs no setting; it is read once in each turn of
 * an agent, and so must be cheap. The calendar's matters to the log alone.
 */
public final class ClockCheck implements Check
{
    private static final Set<String> SLOW = Set.of("hpet", "acpi_pm", "jiffies", "pit", "refined-jiffies");
    private static final Instant EARLIEST = Instant.parse("2026-01-01T00:00:00Z");

    private final Path source;
    private final Instant now;

    /** Looks at this machine's. */
    public ClockCheck()
    {
        this(Path.of("/sys/devices/system/clocksource/clocksource0/current_clocksource"), Instant.now());
    }

    ClockCheck(final Path source, final Instant now)
    {
        this.source = source;
        this.now = now;
    }

    @Override
    public List<Finding> run()
    {
        final List<Finding> findings = new ArrayList<>();
        if (now.isBefore(EARLIEST))
        {
            findings.add(Finding.warning("clock", "says " + now + ": the log's times will be wrong",
                "set it (timedatectl set-ntp true)"));
        }
        String name = "unknown";
        try
        {
            name = Files.readString(source).strip();
        }
        catch (final IOException e)
        {
            // Containers often hide it.
        }
        findings.add(SLOW.contains(name) ? Finding.warning("clock", "the kernel reads " + name + ", which is slow",
            "boot with clocksource=tsc, if the processor's is stable") : Finding.ok("clock", "source " + name));
        return findings;
    }
}
