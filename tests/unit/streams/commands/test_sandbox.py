"""`tandem sandbox`: what it is told is what its sandboxes do."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from click.testing import CliRunner

from connectors.sandbox.profiles import PROFILES
from streams.commands.sandbox import sandbox
from streams.core.errors import Misconfigured
from tests.product import started


@asynccontextmanager
async def serving(*arguments: object) -> AsyncIterator[dict[str, Any]]:
    """What it printed in its first lines, while it serves."""
    async with started("sandbox", *arguments, given={}) as process:
        assert process.stdout
        text = (await process.stdout.readline()).decode()
        while "--json" not in arguments and not text.endswith("}\n"):
            text += (await process.stdout.readline()).decode()
        yield json.loads(text)


async def ask(url: str, path: str) -> Any:
    async with aiohttp.ClientSession() as http, http.get(f"{url}/_sandbox/{path}") as answer:
        return await answer.json()


async def test_all_three_misbehave_by_one_profile_and_seed(tmp_path: Path) -> None:
    ionapi = tmp_path / "m3.ionapi"
    chosen = ("--faults", "storm", "--seed", 7, "--speed", 60)
    async with serving("all", "--json", "--ionapi", ionapi, *chosen) as facts:
        for system in ("m3", "heartland", "shop"):
            shown = await ask(facts[system]["url"], "faults")
            assert (shown["armed"], shown["profile"], shown["seed"]) == (True, "storm", 7)
            assert (await ask(facts[system]["url"], "clock"))["speed"] == 60
            assert "--log" in (await ask(facts[system]["url"], "requests"))["error"]


async def test_for_machines_nothing_is_in_the_way_unless_it_is_asked_for() -> None:
    async with serving("heartland", "--json") as facts:
        assert (await ask(facts["url"], "faults"))["armed"] is False
        assert "error" in await ask(facts["url"], "requests")
    async with serving("heartland", "--json", "--log") as facts:
        assert await ask(facts["url"], "requests") == {"requests": []}


async def test_for_people_faults_can_be_set_and_requests_are_kept() -> None:
    async with serving("shop") as facts:
        shown = await ask(facts["url"], "faults")
        assert (shown["armed"], shown["profile"]) == (True, "none")
        assert await ask(facts["url"], "requests") == {"requests": []}


def test_an_unknown_profile_says_which_there_are() -> None:
    with pytest.raises(Misconfigured) as refused:
        CliRunner().invoke(sandbox, ["m3", "--faults", "strom"], catch_exceptions=False)
    assert all(each.name in str(refused.value) for each in PROFILES)


def test_help_has_an_example_with_faults() -> None:
    shown = CliRunner().invoke(sandbox, ["--help"]).output
    assert "tandem sandbox all --faults storm --seed 7" in shown
