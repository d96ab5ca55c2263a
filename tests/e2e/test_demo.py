"""`tandem demo` as a user runs it: its report, its exit code, its plain lines."""

import asyncio
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import aiohttp

from tests.brokers import Cluster
from tests.e2e.expected import Expected, expected
from tests.product import SAMPLE_FILE, Answer, eventually, started, tandem

LIMIT = 70


def real(cluster: Cluster) -> dict[str, str]:
    return {
        "KAFKA_BOOTSTRAP_SERVERS": cluster.bootstrap_servers,
        "SCHEMA_REGISTRY_URL": cluster.registry_url,
    }


async def demo(report: Path, given: Mapping[str, str], *more: object) -> Answer:
    sample = ("--orders", SAMPLE_FILE, "--limit", LIMIT)
    return await tandem("demo", *sample, "--json", report, *more, given=given)


def assert_whole(answer: Answer, report: dict[str, Any], wanted: Expected) -> None:
    """Everything that the issue asks of a run without faults, against the file's own rows."""
    assert answer.code == 0, answer.err
    count, money = len(wanted.orders), wanted.ordered
    ended = {"placed": count, "closed": count, "declined": 0, "cancelled": 0, "open": 0}
    assert report["orders"] == ended
    assert report["money"] == {
        "GBP": {
            "ordered": money,
            "authorized": money,
            "captured": money,
            "refunded": wanted.refunded,
            "invoiced": money,
        }
    }
    assert wanted.refunded > 0, "the sample must hold returns of its own orders"
    assert_books(report["systems"], count, money, wanted.refunded)
    assert {each["key"]: each["minor_units"] for each in report["exceptions"]} == {
        f"uk-{number}": amount
        for number, amount in {**wanted.returns, **wanted.adjustments}.items()
    }
    for each in report["exceptions"]:
        assert each.keys() == {"key", "kind", "reason", "minor_units", "currency"}
        assert each["kind"] in ("return", "adjustment")
        assert each["reason"]
        assert each["currency"] == "GBP"
    assert report["dead_letters"] == 0
    assert 0 < report["latency_ms"]["p50"] <= report["latency_ms"]["p99"]
    assert 0 < report["m3_calls"] < 14 * count, "bulk calls carry many transactions"
    assert report["agree"] is True


def assert_books(systems: dict[str, Any], count: int, money: int, back: int) -> None:
    """What each sandbox's own books say."""
    shop, m3, heartland = (systems[name] for name in ("shop", "m3", "heartland"))
    ended = shop["counts"]["completed"] + shop["counts"].get("refunded", 0)
    assert shop["counts"]["orders"] == ended == count
    assert (shop["money"]["GBP"]["ordered"], shop["money"]["GBP"]["refunded"]) == (money, back)
    assert m3["counts"]["orders"] == m3["counts"]["invoices"] == count
    assert m3["money"]["GBP"] == {
        "ordered": money,
        "invoiced": money,
        "refunded": back,
        "outstanding": 0,
        "paid": money,
    }
    booked = heartland["money"]["GBP"]
    assert heartland["counts"]["authorized"] <= count
    assert booked["authorized"] == booked["captured"] + booked["reversed"] == money
    assert booked["refunded"] + booked["reversed"] == back
    assert booked["declined"] == 0


def assert_plain(out: str, wanted: Expected) -> None:
    assert "\x1b" not in out, "piped output has no colours and moves no cursor"
    lines = out.splitlines()
    assert any("orders placed" in line and "GBP ordered" in line for line in lines)
    assert any(f"{len(wanted.orders)} closed" in line for line in lines)
    assert "The shop, M3 and Heartland agree, order by order." in lines


async def test_the_story_on_a_real_cluster_and_once_more_on_the_same(
    cluster: Cluster, tmp_path: Path
) -> None:
    wanted, report = expected(SAMPLE_FILE, LIMIT), tmp_path / "report.json"

    first = await demo(report, real(cluster))

    assert_whole(first, json.loads(report.read_text()), wanted)
    assert_plain(first.out, wanted)
    assert "for demos, not for production" not in first.out

    again = await demo(report, real(cluster), "--seed", 2)

    assert_whole(again, json.loads(report.read_text()), wanted)


async def test_the_story_without_a_cluster_needs_nothing_but_python(tmp_path: Path) -> None:
    wanted, report = expected(SAMPLE_FILE, LIMIT), tmp_path / "report.json"

    answer = await demo(report, {})

    assert_whole(answer, json.loads(report.read_text()), wanted)
    assert_plain(answer.out, wanted)
    assert answer.out.splitlines()[0].endswith("for demos, not for production.")


async def test_half_a_cluster_is_refused(cluster: Cluster) -> None:
    given = {"KAFKA_BOOTSTRAP_SERVERS": cluster.bootstrap_servers}

    answer = await tandem("demo", "--limit", 1, given=given)

    assert answer.code == 2
    assert answer.err == (
        "tandem: set both KAFKA_BOOTSTRAP_SERVERS and SCHEMA_REGISTRY_URL, or neither\n"
    )


async def test_an_order_that_nobody_placed_makes_the_books_disagree(tmp_path: Path) -> None:
    report = tmp_path / "report.json"
    options = ("--limit", 12, "--rate", 4, "--json", report)
    async with started("demo", *options, given={"TMPDIR": str(tmp_path)}) as process:
        entered = asyncio.create_task(somebody_enters_an_order(tmp_path, "uk-999999", "12.34"))
        out, err = await asyncio.wait_for(process.communicate(), 120)
        number = await entered

    assert process.returncode == 1, err.decode()
    told = json.loads(report.read_text())
    assert told["agree"] is False
    assert told["differences"] == [
        {
            "key": "uk-999999",
            "system": "m3",
            "field": "order",
            "expected": "none",
            "found": "one",
        }
    ]
    wanted = expected(SAMPLE_FILE, 12)
    assert told["orders"]["closed"] == len(wanted.orders)
    assert told["systems"]["m3"]["money"]["GBP"]["ordered"] == wanted.ordered + 1234, number
    assert "The books do NOT agree; 1 differences" in out.decode()
    assert "uk-999999: m3 order is one, expected none" in out.decode()


async def test_a_bad_day_tells_what_was_injected_and_names_what_is_left(
    cluster: Cluster, tmp_path: Path
) -> None:
    path = tmp_path / "report.json"

    answer = await demo(path, real(cluster), "--faults", "declines", "--seed", 1)

    assert answer.code == 0, answer.out
    report = json.loads(path.read_text())
    declined = {each["key"]: each for each in report["cases"] if each["kind"] == "declined"}
    count = len(declined)
    assert count == report["orders"]["declined"] > 0
    assert report["faults"] == {
        "profile": "declines",
        "seed": 1,
        "injected": {"shop": {}, "m3": {}, "heartland": {"decline": count}},
    }
    amounts = expected(SAMPLE_FILE, LIMIT).orders
    for key, case in declined.items():
        assert case["minor_units"] == amounts[key.removeprefix("uk-")]
    lines = answer.out.splitlines()
    assert f"  heartland: {count} decline" in lines
    key, case = next(iter(declined.items()))
    pounds, pence = divmod(case["minor_units"], 100)
    assert f"  {key}: declined, {pounds:,}.{pence:02} GBP: {case['reason']}" in lines


async def test_a_profile_that_does_not_exist_is_refused_before_anything_starts() -> None:
    answer = await tandem("demo", "--faults", "drizzle", given={})
    assert answer.code == 2
    assert "no fault profile is called 'drizzle'; there are: none, calm, storm" in answer.err


async def somebody_enters_an_order(home: Path, cuor: str, price: str) -> str:
    """Enters an order in the demo's M3 by its real API, with the demo's own `.ionapi` file."""
    api = await eventually(lambda: asyncio.to_thread(ionapi, home))
    async with aiohttp.ClientSession() as http:
        token = await token_of(http, api)

        async def m3(transaction: str, **record: str) -> dict[str, str] | None:
            url = f"{api['iu']}/{api['ti']}/M3/m3api-rest/v2/execute/OIS100MI/{transaction}"
            headers = {"Authorization": f"Bearer {token}"}
            async with http.get(url, params=record, headers=headers) as answered:
                result = (await answered.json())["results"][0]
            return (result.get("records") or [{}])[0] if "errorMessage" not in result else None

        head = await m3("AddBatchHead", CUNO="GUEST", CUOR=cuor, ORTP="WEB")
        assert head
        entry = {"ORNO": head["ORNO"].strip()}
        line = {"ITNO": "FREIGHT", "ORQT": "1", "SAPR": price}
        await eventually(lambda: m3("AddBatchLine", **entry, **line))  # once the item is seeded
        confirmed = await m3("Confirm", **entry)
        assert confirmed
        return confirmed["ORNO"]


def ionapi(home: Path) -> dict[str, str] | None:
    for file in home.glob("tandem-demo-*/m3.ionapi"):
        if text := file.read_text():
            return dict(json.loads(text))
    return None


async def token_of(http: aiohttp.ClientSession, api: Mapping[str, str]) -> str:
    form = {
        "grant_type": "password",
        "username": api["saak"],
        "password": api["sask"],
        "client_id": api["ci"],
        "client_secret": api["cs"],
    }
    async with http.post(api["pu"] + api["ot"], data=form) as answered:
        return str((await answered.json())["access_token"])
