import pytest

from connectors.heartland.sandbox.app import SandboxSettings
from tests.unit.connectors.heartland.sandbox.conftest import Gp

MONEY = ("authorized", "captured", "reversed", "held", "lapsed")


async def money(gp: Gp, order: str = "uk-536365") -> tuple[int, ...]:
    book = (await gp.books())["orders"][order]
    assert book["authorized"] == sum(book[name] for name in MONEY[1:])
    return tuple(book[name] for name in MONEY)


async def test_the_last_capture_lets_the_rest_go(gp: Gp) -> None:
    held = await gp.authorize("1000", capture_mode="MULTIPLE")
    path = f"/transactions/{held['id']}/capture"
    await gp.post(path, {"amount": "300", "capture_sequence": "FIRST"})
    assert await money(gp) == (1000, 300, 0, 700, 0)

    await gp.post(path, {"amount": "200", "capture_sequence": "SUBSEQUENT"})
    last = await gp.post(path, {"amount": "100", "capture_sequence": "LAST"})
    late = await gp.post(path, {"amount": "1"})

    assert (last.body["status"], last.body["amount"]) == ("CAPTURED", "100")
    assert late.refusal == (400, "INVALID_TRANSACTION_ACTION", "40042")
    assert await money(gp) == (1000, 600, 0, 0, 400)


async def test_as_many_captures_as_were_announced_end_the_authorization(gp: Gp) -> None:
    held = await gp.authorize("1000", capture_mode="MULTIPLE", total_capture_count=2)
    path = f"/transactions/{held['id']}/capture"
    await gp.post(path, {"amount": "300"})
    await gp.post(path, {"amount": "500", "total_capture_count": "2"})
    third = await gp.post(path, {"amount": "1"})

    assert third.refusal[1] == "INVALID_TRANSACTION_ACTION"
    assert await money(gp) == (1000, 800, 0, 0, 200)


@pytest.mark.parametrize(
    ("done", "body", "field"),
    [
        (0, {"capture_sequence": "SUBSEQUENT"}, "capture_sequence"),
        (1, {"capture_sequence": "FIRST"}, "capture_sequence"),
        (0, {"capture_sequence": "2"}, "capture_sequence"),
        (1, {"total_capture_count": 1}, "total_capture_count"),
        (0, {"total_capture_count": 0}, "total_capture_count"),
        (0, {"total_capture_count": "many"}, "total_capture_count"),
    ],
)
async def test_a_capture_that_contradicts_the_others_is_refused(
    gp: Gp, done: int, body: dict[str, object], field: str
) -> None:
    held = await gp.authorize("1000", capture_mode="MULTIPLE")
    path = f"/transactions/{held['id']}/capture"
    for _ in range(done):
        await gp.post(path, {"amount": "100"})
    answer = await gp.post(path, {"amount": "100", **body})

    assert answer.refusal == (400, "INVALID_REQUEST_DATA", "40213")
    assert answer.why == f"{field} contains unexpected data"
    assert (await money(gp))[1] == done * 100


class TestOfAnAccountWithOneCaptureOnly:
    @pytest.fixture
    def settings(self) -> SandboxSettings:
        return SandboxSettings(multiple_captures=False, capture_ceiling_percent=100)

    async def test_multiple_is_refused_and_later_is_not(self, gp: Gp) -> None:
        refused = await gp.post("/transactions", gp.order(capture_mode="MULTIPLE"))
        held = await gp.authorize("1000")
        over = await gp.post(f"/transactions/{held['id']}/capture", {"amount": "1001"})

        assert refused.refusal == (400, "INVALID_REQUEST_DATA", "40041")
        assert over.refusal == (400, "INVALID_REQUEST_DATA", "50020")
        assert await money(gp) == (1000, 0, 0, 1000, 0)


async def test_a_captured_sale_is_reversed_until_its_batch_closes(gp: Gp) -> None:
    first = await gp.authorize("1400", capture_mode="AUTO", order={"reference": "uk-1"})
    undone = await gp.post(f"/transactions/{first['id']}/reversal")
    second = await gp.authorize("900", capture_mode="AUTO", order={"reference": "uk-2"})
    await gp.later()
    path = f"/transactions/{second['id']}"
    late = await gp.post(f"{path}/reversal", {"reversal_reason": "CUSTOMER_CANCELLATION"})
    back = await gp.post(f"{path}/refund", {"reference": "uk-2-refund-1"})

    assert undone.body["status"] == "REVERSED"
    assert late.refusal == (400, "INVALID_TRANSACTION_ACTION", "40042")
    assert "its batch is closed" in late.why
    assert (back.body["type"], back.body["reference"]) == ("REFUND", "uk-2-refund-1")
    assert back.body["batch_id"] != second["batch_id"]
    assert (await gp.books())["orders"]["uk-2"]["refunded"] == 900


async def test_one_parcel_in_a_closed_batch_keeps_the_whole_from_being_reversed(gp: Gp) -> None:
    held = await gp.authorize("1000", capture_mode="MULTIPLE")
    path = f"/transactions/{held['id']}"
    first = await gp.post(f"{path}/capture", {"amount": "300"})
    await gp.later()
    second = await gp.post(f"{path}/capture", {"amount": "200"})
    answer = await gp.post(f"{path}/reversal")

    assert first.body["batch_id"] != second.body["batch_id"]
    assert answer.refusal[1] == "INVALID_TRANSACTION_ACTION"
    assert await money(gp) == (1000, 500, 0, 500, 0)


class TestOfAnAccountThatReversesParts:
    @pytest.fixture
    def settings(self) -> SandboxSettings:
        return SandboxSettings(partial_reversals=True)

    async def test_a_part_of_what_is_held_is_let_go(self, gp: Gp) -> None:
        held = await gp.authorize("1000")
        path = f"/transactions/{held['id']}"
        part = await gp.post(f"{path}/reversal", {"amount": "400"})
        rest = await gp.post(f"{path}/capture")

        assert (part.body["status"], part.body["amount"]) == ("PREAUTHORIZED", "400")
        assert rest.body["amount"] == "600"
        assert await money(gp) == (1000, 600, 400, 0, 0)

    async def test_the_rest_after_a_parcel_is_let_go(self, gp: Gp) -> None:
        held = await gp.authorize("1000", capture_mode="MULTIPLE")
        path = f"/transactions/{held['id']}"
        await gp.post(f"{path}/capture", {"amount": "300"})
        too_much = await gp.post(f"{path}/reversal", {"amount": "701"})
        rest = await gp.post(f"{path}/reversal", {"amount": "700"})
        more = await gp.post(f"{path}/capture", {"amount": "1"})

        assert too_much.refusal[2] == "40214"
        assert (rest.body["status"], rest.body["amount"]) == ("CAPTURED", "700")
        assert more.refusal[1] == "INVALID_TRANSACTION_ACTION"
        assert await money(gp) == (1000, 300, 700, 0, 0)

    async def test_a_part_of_what_was_captured_leaves_the_open_batch(self, gp: Gp) -> None:
        sale = await gp.authorize("1000", capture_mode="AUTO")
        path = f"/transactions/{sale['id']}/reversal"
        part = await gp.post(path, {"amount": "250"})

        assert (part.body["status"], part.body["amount"]) == ("CAPTURED", "250")
        assert await money(gp) == (1000, 750, 250, 0, 0)
        await gp.later()
        assert (await gp.post(path, {"amount": "50"})).refusal[1] == "INVALID_TRANSACTION_ACTION"


async def test_refunds_in_parts_of_a_sale_in_parcels_stop_at_what_was_captured(gp: Gp) -> None:
    held = await gp.authorize("1000", capture_mode="MULTIPLE")
    path = f"/transactions/{held['id']}"
    await gp.post(f"{path}/capture", {"amount": "300"})
    await gp.post(f"{path}/refund", {"amount": "100"})
    over = await gp.post(f"{path}/refund", {"amount": "201"})
    await gp.post(f"{path}/capture", {"amount": "400", "capture_sequence": "LAST"})
    later = await gp.post(f"{path}/refund", {"amount": "600"})

    assert over.refusal[2] == "40087"
    assert later.body["amount"] == "600"
    assert (await gp.books())["orders"]["uk-536365"]["refunded"] == 700


async def test_an_authorization_can_be_raised(gp: Gp) -> None:
    held = await gp.authorize("5000")
    path = f"/transactions/{held['id']}"
    raised = await gp.post(f"{path}/incremental", {"amount": "1000"})
    nothing = await gp.post(f"{path}/incremental", {"amount": "0"})
    unsaid = await gp.post(f"{path}/incremental")
    await gp.post(f"{path}/capture")
    late = await gp.post(f"{path}/incremental", {"amount": "1"})

    assert (raised.body["status"], raised.body["amount"]) == ("PREAUTHORIZED", "6000")
    assert nothing.body["amount"] == "6000"
    assert unsaid.refusal == (400, "MANDATORY_DATA_MISSING", "40005")
    assert late.refusal == (400, "INVALID_ACTION", "40290")
    assert await money(gp) == (6000, 6000, 0, 0, 0)


async def test_an_amount_can_be_adjusted_before_settlement(gp: Gp) -> None:
    held = await gp.authorize("1000", order={"reference": "uk-1"})
    lower = await gp.post(f"/transactions/{held['id']}/adjustment", {"amount": "800"})
    sale = await gp.authorize("1000", capture_mode="AUTO", order={"reference": "uk-2"})
    path = f"/transactions/{sale['id']}/adjustment"
    higher = await gp.post(path, {"amount": "1150"})
    over = await gp.post(path, {"amount": "1151"})
    unsaid = await gp.post(path)
    gratuity = await gp.post(path, {"gratuity_amount": "100"})
    await gp.later()
    late = await gp.post(path, {"amount": "1000"})

    assert (lower.body["status"], lower.body["amount"]) == ("PREAUTHORIZED", "800")
    assert await money(gp, "uk-1") == (800, 0, 0, 800, 0)
    assert (higher.body["status"], higher.body["amount"]) == ("CAPTURED", "1150")
    assert over.refusal[2] == "50020"
    assert unsaid.refusal == (400, "MANDATORY_DATA_MISSING", "40005")
    assert gratuity.body["amount"] == "1150"
    assert late.refusal[1] == "INVALID_TRANSACTION_ACTION"
    assert (await gp.books())["orders"]["uk-2"]["captured"] == 1150


async def test_a_reversed_sale_can_be_authorized_again(gp: Gp) -> None:
    held = await gp.authorize("1000")
    path = f"/transactions/{held['id']}"
    early = await gp.post(f"{path}/reauthorization")
    await gp.post(f"{path}/reversal")
    again = (await gp.post(f"{path}/reauthorization", {"amount": "700"})).body
    captured = await gp.post(f"/transactions/{again['id']}/capture")
    detail = (await gp.get(f"/transactions/{again['id']}")).body

    assert early.refusal == (400, "INVALID_REQUEST_DATA", "40044")
    assert again["id"] != held["id"]
    assert (again["status"], again["amount"]) == ("PREAUTHORIZED", "700")
    assert detail["parent_resource_id"] == held["id"]
    assert captured.body["status"] == "CAPTURED"
    assert await money(gp) == (1700, 700, 1000, 0, 0)


async def test_a_refund_cannot_be_authorized_again(gp: Gp) -> None:
    refund = await gp.authorize("500", type="REFUND")
    answer = await gp.post(f"/transactions/{refund['id']}/reauthorization")

    assert answer.refusal == (400, "INVALID_REQUEST_DATA", "40213")


async def test_an_authorization_that_nobody_captures_expires(gp: Gp) -> None:
    held = await gp.authorize("1000", order={"reference": "uk-1"})
    parcels = await gp.authorize("800", capture_mode="MULTIPLE", order={"reference": "uk-2"})
    await gp.post(f"/transactions/{parcels['id']}/capture", {"amount": "300"})
    await gp.later(7 * 24 * 60 * 60 * 1000 - 1)
    assert await money(gp, "uk-1") == (1000, 0, 0, 1000, 0)

    gp.clock.advance(1)
    late = await gp.post(f"/transactions/{held['id']}/capture")
    more = await gp.post(f"/transactions/{parcels['id']}/capture", {"amount": "1"})
    renewed = await gp.post(f"/transactions/{held['id']}/reauthorization")

    assert late.refusal == more.refusal == (400, "INVALID_TRANSACTION_ACTION", "40042")
    assert (await gp.get(f"/transactions/{held['id']}")).body["status"] == "REVERSED"
    assert renewed.body["status"] == "PREAUTHORIZED"
    assert await money(gp, "uk-1") == (2000, 0, 0, 1000, 1000)
    assert await money(gp, "uk-2") == (800, 300, 0, 0, 500)
