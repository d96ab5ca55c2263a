import pytest

from connectors.heartland.sandbox.app import SandboxSettings
from tests.unit.connectors.heartland.sandbox.conftest import Gp


async def test_an_authorization_holds_money_but_takes_none(gp: Gp) -> None:
    held = await gp.authorize("1400")

    assert held["id"].startswith("TRN_")
    assert (held["status"], held["amount"], held["currency"]) == ("PREAUTHORIZED", "1400", "GBP")
    assert held["batch_id"] == ""
    assert held["action"]["id"].startswith("ACT_")
    assert held["action"]["result_code"] == "SUCCESS"
    method = held["payment_method"]
    assert (method["result"], method["entry_mode"]) == ("00", "ECOM")
    assert method["card"]["masked_number_last4"] == "XXXXXXXXXXXX5262"
    assert method["card"]["brand"] == "VISA"
    assert method["card"]["authcode"].isdigit()
    assert method["card"]["brand_reference"]
    assert (await gp.books())["totals"]["GBP"]["captured"] == 0


async def test_a_sale_without_a_capture_mode_is_captured_at_once(gp: Gp) -> None:
    order = gp.order("1400")
    del order["capture_mode"]
    sale = (await gp.post("/transactions", order)).body

    assert (sale["status"], sale["capture_mode"]) == ("CAPTURED", "AUTO")
    assert sale["batch_id"].startswith("BAT_")
    assert (await gp.books())["orders"]["uk-536365"]["captured"] == 1400


async def test_capture_takes_the_money_once(gp: Gp) -> None:
    held = await gp.authorize("1400")
    captured = await gp.post(f"/transactions/{held['id']}/capture")
    again = await gp.post(f"/transactions/{held['id']}/capture")

    assert captured.body["id"] == held["id"]
    assert (captured.body["status"], captured.body["amount"]) == ("CAPTURED", "1400")
    assert again.refusal[:2] == (400, "INVALID_TRANSACTION_ACTION")
    assert (await gp.books())["totals"]["GBP"]["captured"] == 1400


@pytest.mark.parametrize(("amount", "accepted"), [("1", True), ("1150", True), ("1151", False)])
async def test_capture_is_limited_to_115_percent(gp: Gp, amount: str, accepted: bool) -> None:
    held = await gp.authorize("1000")
    answer = await gp.post(f"/transactions/{held['id']}/capture", {"amount": amount})
    book = (await gp.books())["orders"]["uk-536365"]

    if accepted:
        assert answer.body["amount"] == amount
        assert book["captured"] == int(amount)
    else:
        assert answer.refusal == (400, "INVALID_REQUEST_DATA", "50020")
        assert answer.why.startswith("Can't settle for more than 115% of that which you authorised")
        assert book["captured"] == 0


async def test_several_captures_of_one_authorization_add_up(gp: Gp) -> None:
    held = await gp.authorize("1000", capture_mode="MULTIPLE")
    path = f"/transactions/{held['id']}/capture"
    first = await gp.post(path, {"amount": "300"})
    second = await gp.post(path, {"amount": "500"})
    over = await gp.post(path, {"amount": "351"})
    rest = await gp.post(path)

    assert [a.body["amount"] for a in (first, second, rest)] == ["300", "500", "200"]
    assert over.refusal[2] == "50020"
    assert (await gp.books())["orders"]["uk-536365"]["captured"] == 1000


async def test_a_refund_is_a_transaction_of_its_own(gp: Gp) -> None:
    sale = await gp.authorize("1400", capture_mode="AUTO")
    refund = (await gp.post(f"/transactions/{sale['id']}/refund", {"amount": "400"})).body

    assert refund["id"].startswith("TRN_")
    assert refund["id"] != sale["id"]
    assert (refund["type"], refund["status"], refund["amount"]) == ("REFUND", "CAPTURED", "400")
    detail = (await gp.get(f"/transactions/{refund['id']}")).body
    assert detail["parent_resource_id"] == sale["id"]
    assert (await gp.get(f"/transactions/{sale['id']}")).body["status"] == "CAPTURED"
    book = (await gp.books())["orders"]["uk-536365"]
    assert (book["captured"], book["refunded"]) == (1400, 400)
    assert book["transactions"] == [sale["id"], refund["id"]]


async def test_refunds_together_stay_below_the_ceiling(gp: Gp) -> None:
    sale = await gp.authorize("1400", capture_mode="AUTO")
    path = f"/transactions/{sale['id']}/refund"
    await gp.post(path, {"amount": "1000"})
    over = await gp.post(path, {"amount": "401"})
    rest = await gp.post(path)
    nothing_left = await gp.post(path)

    assert over.refusal == (400, "INVALID_REQUEST_DATA", "40087")
    assert over.why.startswith("You may only refund up to 100% of the original amount")
    assert rest.body["amount"] == "400"
    assert nothing_left.refusal[1] == "INVALID_TRANSACTION_ACTION"
    assert (await gp.books())["totals"]["GBP"]["refunded"] == 1400


class TestOfAnAccountWith115Percent:
    @pytest.fixture
    def settings(self) -> SandboxSettings:
        return SandboxSettings(refund_ceiling_percent=115)

    async def test_a_refund_may_exceed_the_sale(self, gp: Gp) -> None:
        sale = await gp.authorize("1000", capture_mode="AUTO")
        path = f"/transactions/{sale['id']}/refund"

        assert (await gp.post(path, {"amount": "1150"})).body["amount"] == "1150"
        assert (await gp.post(path, {"amount": "1"})).refusal[2] == "40087"


async def test_what_was_never_captured_cannot_be_refunded(gp: Gp) -> None:
    held = await gp.authorize()
    answer = await gp.post(f"/transactions/{held['id']}/refund")

    assert answer.refusal == (400, "INVALID_REQUEST_DATA", "40087")
    assert answer.why.startswith("You can't refund a delayed transaction")


@pytest.mark.parametrize("capture_mode", ["LATER", "AUTO"])
async def test_a_reversal_undoes_the_sale(gp: Gp, capture_mode: str) -> None:
    sale = await gp.authorize("1400", capture_mode=capture_mode)
    path = f"/transactions/{sale['id']}/reversal"
    undone = await gp.post(path, {"amount": "1400", "reversal_reason": "CUSTOMER_CANCELLATION"})
    again = await gp.post(path)
    captured = await gp.post(f"/transactions/{sale['id']}/capture")

    assert (undone.body["id"], undone.body["status"]) == (sale["id"], "REVERSED")
    assert undone.body["amount"] == "1400"
    assert again.refusal[1] == captured.refusal[1] == "INVALID_TRANSACTION_ACTION"
    book = (await gp.books())["orders"]["uk-536365"]
    assert (book["captured"], book["reversed"], book["status"]) == (0, 1400, "REVERSED")


async def test_a_part_cannot_be_reversed(gp: Gp) -> None:
    sale = await gp.authorize("1400")
    answer = await gp.post(f"/transactions/{sale['id']}/reversal", {"amount": "400"})

    assert answer.refusal == (400, "INVALID_REQUEST_DATA", "40214")
    assert (await gp.get(f"/transactions/{sale['id']}")).body["status"] == "PREAUTHORIZED"


async def test_a_reversal_finds_the_sale_by_the_merchants_reference(gp: Gp) -> None:
    sale = await gp.authorize(reference="uk-536365-authorize")
    answer = await gp.post(
        "/transactions/uk-536365-authorize/reversal", {"reversal_reason": "TIMEOUT"}
    )

    assert (answer.body["id"], answer.body["status"]) == (sale["id"], "REVERSED")


async def test_neither_a_refund_nor_a_refunded_sale_can_be_reversed(gp: Gp) -> None:
    sale = await gp.authorize(capture_mode="AUTO")
    refund = (await gp.post(f"/transactions/{sale['id']}/refund", {"amount": "1"})).body

    for transaction in (sale, refund):
        answer = await gp.post(f"/transactions/{transaction['id']}/reversal")
        assert answer.refusal[1] == "INVALID_TRANSACTION_ACTION"


async def test_a_refund_without_a_sale_pays_out(gp: Gp) -> None:
    refund = await gp.authorize("700", type="REFUND")

    assert (refund["type"], refund["status"]) == ("REFUND", "CAPTURED")
    assert (await gp.books())["totals"]["GBP"]["refunded"] == 700


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", ""), ("POST", "/capture"), ("POST", "/refund"), ("POST", "/reversal")],
)
async def test_an_unknown_transaction_is_not_found(gp: Gp, method: str, path: str) -> None:
    answer = await gp.call(method, f"/ucp/transactions/TRN_nowhere{path}", {})

    assert answer.refusal == (404, "RESOURCE_NOT_FOUND", "40008")
    assert answer.why == "Transaction TRN_nowhere not found at this location."


async def test_a_decline_is_a_success_of_the_call(gp: Gp) -> None:
    poor = {"entry_mode": "ECOM", "id": "PMT_poor"}
    declined = await gp.authorize("1400", payment_method=poor)

    assert (declined["status"], declined["amount"], declined["currency"]) == ("DECLINED", "", "")
    assert declined["payment_method"]["result"] == "101"
    assert declined["payment_method"]["message"] == "Not sufficient fund"
    assert declined["payment_method"]["card"]["authcode"] == ""
    assert declined["action"]["result_code"] == "DECLINED"
    for action in ("capture", "refund", "reversal"):
        answer = await gp.post(f"/transactions/{declined['id']}/{action}")
        assert answer.refusal[1] == "INVALID_TRANSACTION_ACTION"
    totals = (await gp.books())["totals"]["GBP"]
    assert (totals["authorized"], totals["declined"]) == (0, 1400)
    assert totals["counts"]["declined"] == 1


class TestWithAnAmountThatIsDeclined:
    @pytest.fixture
    def settings(self) -> SandboxSettings:
        return SandboxSettings(decline_amounts={10_100: "103"})

    async def test_only_that_amount_is_declined(self, gp: Gp) -> None:
        unlucky = await gp.authorize("10100")
        lucky = await gp.authorize("10101")

        assert (unlucky["status"], unlucky["payment_method"]["result"]) == ("DECLINED", "103")
        assert lucky["status"] == "PREAUTHORIZED"


@pytest.mark.parametrize(
    "field", ["channel", "country", "amount", "currency", "reference", "payment_method"]
)
async def test_each_mandatory_field_is_named_when_it_is_missing(gp: Gp, field: str) -> None:
    order = gp.order()
    del order[field]
    answer = await gp.post("/transactions", order)

    assert answer.refusal == (400, "MANDATORY_DATA_MISSING", "40005")
    assert answer.why == f"Request expects the following fields {field}"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("amount", "14.00"),
        ("amount", "-1400"),
        ("amount", 1400),
        ("amount", "١٤"),
        ("currency", "XXY"),
        ("currency", "gbp"),
        ("country", "gb"),
        ("channel", "WEB"),
        ("type", "GIFT"),
        ("capture_mode", "SOON"),
        ("reference", "short"),
        ("reference", "r" * 51),
        ("description", "d" * 51),
    ],
)
async def test_a_field_that_is_not_as_it_must_be_is_named(
    gp: Gp, field: str, value: object
) -> None:
    answer = await gp.post("/transactions", {**gp.order(), field: value})

    assert answer.refusal == (400, "INVALID_REQUEST_DATA", "40213")
    assert answer.why == f"{field} contains unexpected data"
    assert (await gp.books())["totals"] == {}


async def test_nothing_costs_something(gp: Gp) -> None:
    answer = await gp.post("/transactions", gp.order("0"))

    assert answer.refusal == (400, "INVALID_REQUEST_DATA", "50020")


async def test_the_account_must_be_one_of_the_tokens(gp: Gp) -> None:
    foreign = await gp.post("/transactions", gp.order(account_name="somebody_elses"))
    unfit = await gp.post("/transactions", gp.order(account_name="tokenization"))
    none = await gp.post("/transactions", gp.order(account_name=""))

    assert foreign.refusal == unfit.refusal == (403, "ACTION_NOT_AUTHORIZED", "40003")
    assert none.refusal == (400, "INVALID_REQUEST_DATA", "40007")


async def test_an_unknown_payment_token_is_refused(gp: Gp) -> None:
    unknown = await gp.post("/transactions", gp.order(payment_method={"id": "PMT_unknown"}))
    malformed = await gp.post("/transactions", gp.order(payment_method={"id": "tok_1"}))
    nothing = await gp.post("/transactions", gp.order(payment_method={"name": "J. Mason"}))

    assert unknown.refusal == (404, "RESOURCE_NOT_FOUND", "40116")
    assert unknown.why == "payment_method PMT_unknown not found at this location."
    assert malformed.refusal == (400, "INVALID_REQUEST_DATA", "40213")
    assert nothing.refusal == (400, "MANDATORY_DATA_MISSING", "40005")


@pytest.mark.parametrize("raw", [b"{", b"[]", b"\xff\xfe", b'"text"', b"[" * 100_000])
async def test_a_body_that_is_no_object_is_refused(gp: Gp, raw: bytes) -> None:
    headers = {"X-GP-Version": "2021-03-22", "Authorization": f"Bearer {gp.token}"}
    async with gp.http.post("/ucp/transactions", data=raw, headers=headers) as response:
        body = await response.json()

    assert (response.status, body["detailed_error_code"]) == (400, "40213")
