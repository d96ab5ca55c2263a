"""The guide to the faults says what the registries say."""

from collections.abc import Iterable

from connectors.sandbox.faults import FAULTS
from connectors.sandbox.profiles import PROFILES, FaultProfile
from tests.brokers import ROOT

GUIDE = (ROOT / "docs/sandbox/faults.md").read_text("utf-8")


def table(*rows: Iterable[str]) -> str:
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def mix(chosen: FaultProfile) -> str:
    parts = [f"{rule.fault} {rule.per_1000}" for rule in chosen.rules]
    if chosen.token_ms:
        least, most = (ms // 1000 for ms in chosen.token_ms)
        parts.append(f"tokens live {least} to {most} s")
    if chosen.outages:
        down = chosen.outages
        parts.append(f"down {down.ms // 1000} s after about {down.every} requests, {down.most} x")
    return ", ".join(parts)


def test_every_fault_is_explained() -> None:
    rows = [(f"`{f.name}`", ", ".join(f.systems), f.what, f.tandem) for f in FAULTS]
    head = [("fault", "of", "what the sandbox does", "what Tandem does"), ("---",) * 4]
    assert table(*head, *rows) in GUIDE, f"the guide should have:\n{table(*head, *rows)}"


def test_every_profile_is_listed_with_its_shares() -> None:
    rows = [(f"`{p.name}`", p.about, mix(p)) for p in PROFILES]
    head = [("profile", "what it is", "of 1,000"), ("---",) * 3]
    assert table(*head, *rows) in GUIDE, f"the guide should have:\n{table(*head, *rows)}"
