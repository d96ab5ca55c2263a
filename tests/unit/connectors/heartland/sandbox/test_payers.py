from streams.core.clock import iso
from tests.unit.connectors.heartland.sandbox.conftest import Gp


def payer(**more: object) -> dict[str, object]:
    return {
        "first_name": "James",
        "last_name": "Mason",
        "reference": "UK17850",
        "email": "james@example.com",
        **more,
    }


async def test_a_payer_comes_back_masked_and_is_known_by_its_reference(gp: Gp) -> None:
    methods = [{"id": "PMT_good", "default": "YES"}]
    created = (await gp.post("/payers", payer(payment_methods=methods))).body
    read = (await gp.get(f"/payers/{created['id']}")).body

    assert created["id"].startswith("PYR_")
    for shown in (created, read):
        assert (shown["first_name"], shown["last_name"]) == ("JXXXX", "MXXXX")
        assert shown["email"] == "XXXXX@example.com"
        assert shown["reference"] == "UK17850"
        assert shown["payment_methods"] == methods


async def test_an_edit_changes_what_it_names(gp: Gp) -> None:
    created = (await gp.post("/payers", payer(payment_methods=[{"id": "PMT_good"}]))).body
    path = f"/ucp/payers/{created['id']}"
    renamed = (await gp.call("PATCH", path, {"last_name": "Dean"})).body
    emptied = (await gp.call("PATCH", path, {"payment_methods": []})).body

    assert (renamed["first_name"], renamed["last_name"]) == ("JXXXX", "DXXX")
    assert renamed["payment_methods"] == [{"id": "PMT_good", "default": "NO"}]
    assert emptied["payment_methods"] == []


async def test_payers_are_polled_by_time_and_found_by_reference(gp: Gp) -> None:
    first = (await gp.post("/payers", payer())).body
    gp.clock.advance(1000)
    second = (await gp.post("/payers", payer(reference="UK13047"))).body
    since = iso(gp.clock.now_ms())

    newer = (await gp.get(f"/payers?from_time_created={since}")).body
    older = (await gp.get(f"/payers?to_time_created={first['time_created']}")).body
    named = (await gp.get("/payers?reference=UK17850")).body

    assert [p["id"] for p in newer["payers"]] == [second["id"]]
    assert [p["id"] for p in older["payers"]] == [first["id"]]
    assert [p["id"] for p in named["payers"]] == [first["id"]]


async def test_what_the_gateway_refuses(gp: Gp) -> None:
    nameless = await gp.post("/payers", {"last_name": "Mason"})
    unknown = await gp.call("PATCH", "/ucp/payers/PYR_x", {"last_name": "Dean"})
    no_id = await gp.call("PATCH", "/ucp/payers", {"last_name": "Dean"})
    odd = await gp.post("/payers", payer(payment_methods="PMT_good"))

    assert nameless.refusal == (400, "MANDATORY_DATA_MISSING", "40005")
    assert nameless.why == "Request expects the following fields first_name"
    assert unknown.refusal == (404, "RESOURCE_NOT_FOUND", "40008")
    assert no_id.refusal == (502, "SYSTEM_ERROR_DOWNSTREAM", "50046")
    assert odd.refusal == (400, "INVALID_REQUEST_DATA", "40213")
