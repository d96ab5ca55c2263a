"""`tandem sandbox`: what it is told is what its sandboxes do."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from click.testing import CliRunner

from connectors.sandbox.profiles import PROFILES
from streams.commands.sandbox import sandbox
from streams.core.errors import Misconfigured
from tests.product import started, tandem


@asynccontextmanager
async def serving(*arguments: object) -> AsyncIterator[dict[str, Any]]:
    """What it printed in its first lines, while it serves; then it is killed."""
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


async def pay(url: str, number: int, answered: asyncio.Queue[int]) -> None:
    """Pays an order as a shop's checkout does; `answered` if the sandbox lived to say so."""
    sale = {"order_number": f"uk-{number}", "amount": str(number), "currency": "GBP"}
    async with aiohttp.ClientSession() as http:
        with suppress(aiohttp.ClientError):
            sent = [sale | {"payment_action": "charge"}]
            async with http.post(f"{url}/_sandbox/transactions", json=sent) as answer:
                assert answer.status == 200, await answer.text()
                answered.put_nowait(number)


async def test_what_was_answered_outlives_a_kill_in_the_middle_of_everything(
    tmp_path: Path,
) -> None:
    answered: asyncio.Queue[int] = asyncio.Queue()
    options = ("heartland", "--json", "--state", tmp_path / "books")
    async with serving(*options) as facts:
        sales = [asyncio.create_task(pay(facts["url"], n, answered)) for n in range(100, 400)]
        async with asyncio.timeout(30):
            first = [await answered.get() for _ in range(50)]
    await asyncio.gather(*sales)
    rest = [answered.get_nowait() for _ in range(answered.qsize())]
    async with serving(*options) as facts:
        orders = (await ask(facts["url"], "books"))["orders"]
        await pay(facts["url"], 999, answered)
        again = (await ask(facts["url"], "books"))["orders"]

    assert {f"uk-{number}" for number in (*first, *rest)} <= orders.keys()
    assert len(orders) < 300
    assert all(f"uk-{order['captured']}" == cuor for cuor, order in orders.items())
    assert again.keys() == {*orders, "uk-999"}


async def test_all_three_keep_their_keys_in_a_directory_of_one_sandbox_each(
    tmp_path: Path,
) -> None:
    options = ("--json", "--state", tmp_path / "books", "--ionapi", tmp_path / "m3.ionapi")
    async with serving("all", *options) as facts:
        first = (tmp_path / "m3.ionapi").read_text()
        refused = await tandem("sandbox", "shop", *options, given={})
    async with serving("shop", *options) as shop, serving("m3", *options):
        second = (tmp_path / "m3.ionapi").read_text()

    assert refused.code != 0
    assert "shop.sqlite is in use by another sandbox" in refused.err
    assert shop["consumer_key"] == facts["shop"]["consumer_key"]
    assert shop["consumer_secret"] == facts["shop"]["consumer_secret"]
    assert [json.loads(text)["cs"] for text in (first, second)] == [json.loads(first)["cs"]] * 2


async def test_a_directory_that_cannot_be_made_is_said(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("a file")
    under = tmp_path / "taken" / "books"
    refused = await tandem("sandbox", "shop", "--state", under, given={})

    assert refused.code != 0
    assert "shop.sqlite cannot be made" in refused.err
