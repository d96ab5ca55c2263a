"""The request log: bounded, without secrets and card data, only when asked."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.sandbox.harness import Options
from connectors.sandbox.log import KEPT
from connectors.sandbox.masking import EXCERPT, masked
from tests.unit.connectors.sandbox.conftest import LOST, Open, always

LOGGING = Options(faults="none", log=True)


async def test_requests_and_answers_are_kept_with_what_befell_them(opened: Open) -> None:
    till = await opened(LOGGING)
    await till.pay("uk-1")
    till.injector.set(always("lost-reply", per_command=1), seed=1)
    assert await till.pay("uk-2") == LOST
    await till.call("GET", "/api/nowhere")
    await till.admin("faults")
    lost_again, lost, paid = (await till.admin("requests"))["requests"]
    assert lost_again["path"] == "/api/nowhere"
    assert (lost["status"], lost["fault"]) == (None, "lost-reply")
    assert (paid["method"], paid["path"], paid["status"], paid["fault"]) == (
        "POST",
        "/api/pay",
        200,
        "",
    )
    assert paid["at"] == "2023-11-14T22:13:20.000Z"
    assert paid["ms"] >= 0
    assert paid["request"] == '{"id": "uk-1", "amount": 100}'
    assert paid["answer"] == '{"paid": 100, "secret": "***"}'


async def test_unknown_routes_are_logged_with_their_status(opened: Open) -> None:
    till = await opened(LOGGING)
    assert await till.call("GET", "/api/nowhere?token=abc&page=2") == 404
    [entry] = (await till.admin("requests"))["requests"]
    assert (entry["status"], entry["path"]) == (404, "/api/nowhere?token=***&page=2")


async def test_only_the_latest_are_kept_newest_first(opened: Open) -> None:
    till = await opened(LOGGING)
    for number in range(KEPT + 3):
        await till.pay(f"uk-{number}")
    kept = (await till.admin("requests"))["requests"]
    assert len(kept) == KEPT
    ids = [json.loads(entry["request"])["id"] for entry in kept]
    assert (ids[0], ids[-1]) == (f"uk-{KEPT + 2}", "uk-3")
    few = (await till.admin("requests?limit=2"))["requests"]
    assert few == kept[:2]
    assert "error" in await till.admin("requests?limit=some")


async def test_without_being_asked_nothing_is_kept(opened: Open) -> None:
    till = await opened(Options())
    await till.pay("uk-1")
    assert "--log" in (await till.admin("requests"))["error"]


@pytest.mark.parametrize(
    ("body", "shown"),
    [
        ('{"secret": "a\\"b", "amount": "1400"}', '{"secret": "***", "amount": "1400"}'),
        (
            '{"card":{"number":"4263970000005262","cvv":"123"}}',
            '{"card":{"number":"***5262","cvv":"***"}}',
        ),
        ('{"app_key":12345,"x":1}', '{"app_key":"***","x":1}'),
        ('{"note": "my card is 4263 9700 0000 5262!"}', '{"note": "my card is ***5262!"}'),
        ("grant_type=password&password=c&x=1", "grant_type=password&password=***&x=1"),
        ("<CardNumber>4263970000005262</CardNumber>", "<CardNumber>***5262</CardNumber>"),
        ('{"id": "PMT_good",\n  "last4": "5262"}', '{"id": "PMT_good", "last4": "5262"}'),
    ],
)
def test_secrets_and_card_numbers_are_masked(body: str, shown: str) -> None:
    assert masked(body) == masked(body.encode()) == shown


@given(st.integers(0, 10**16 - 1), st.text(max_size=600), st.sampled_from(["", " ", "-"]))
def test_no_card_number_is_ever_shown(number: int, before: str, between: str) -> None:
    digits = f"{number:016}"
    written = between.join(digits[start : start + 4] for start in range(0, 16, 4))
    assert digits[:12] not in masked(before + written).replace(between or "\0", "")


@pytest.mark.parametrize("spaces", range(3_980, 4_001))
def test_nor_the_beginning_of_one_where_reading_stops(spaces: int) -> None:
    shown = masked(" " * spaces + "4263970000005262")
    assert "426397" not in shown


def test_a_secret_that_the_excerpt_cuts_is_masked_all_the_same() -> None:
    body = '{"note": "' + "x" * (EXCERPT - 25) + '", "password": "open sesame"}'
    assert "open" not in masked(body)
    assert len(masked(body)) == EXCERPT
