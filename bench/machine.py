"""What the figures were measured on."""

import os
import platform
from importlib.metadata import version
from pathlib import Path

PACKAGES = ("faust-streaming", "aiokafka", "confluent-kafka", "fastavro", "pydantic")


def machine() -> str:
    """Processor, cores that we may use, memory."""
    usable = getattr(os, "sched_getaffinity", lambda _: range(os.cpu_count() or 1))
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return f"{_processor()}, {len(usable(0))} cores, {memory / 2**30:.0f} GiB"


def versions() -> str:
    """Tandem, Python and the libraries that the figures depend on."""
    named = ", ".join(f"{name} {version(name)}" for name in PACKAGES)
    return f"Tandem {version('tandem')}, {_python()}, {named}, {platform.system()}"


def cpu_seconds(pid: int) -> float | None:
    """CPU time of a process so far, all its threads; None where the system does not tell (proc(5)).

    The name in parentheses may hold anything; user and system time are the 12th and 13th after it.
    """
    stat = Path(f"/proc/{pid}/stat")
    if not stat.exists():
        return None
    values = stat.read_text().rpartition(")")[2].split()
    return (int(values[11]) + int(values[12])) / os.sysconf("SC_CLK_TCK")


def _python() -> str:
    return f"{platform.python_implementation()} {platform.python_version()}"


def _processor() -> str:
    listed = Path("/proc/cpuinfo")
    if listed.exists():
        for line in listed.read_text().splitlines():
            name, _, value = line.partition(":")
            if name.strip() == "model name":
                return value.strip()
    return platform.processor() or platform.machine()
