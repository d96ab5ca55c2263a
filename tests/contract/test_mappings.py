"""Every mapping file of every connector loads, passes its tests, and cuts no text by accident."""

import re
from decimal import Decimal
from functools import cache
from pathlib import Path

import pytest

import connectors
from connectors.mapping.catalogue import Catalogue
from connectors.mapping.check import check
from connectors.mapping.convert import CONVERSIONS
from connectors.mapping.document import HEAD, ORDER
from connectors.mapping.edit import MappingFile
from connectors.mapping.examples import examples
from connectors.mapping.folder import examples_path, load_mappings, load_tables, mapping_paths
from connectors.mapping.mapping import Mapping, load_mapping
from streams.messages.m3 import CreateOrder
from streams.messages.parts import Address, Charge, Line

ROOT = Path(connectors.__file__).parent
CONNECTORS = tuple(ROOT / name for name in ("m3", "heartland", "woocommerce"))
PATHS = tuple(path for connector in CONNECTORS for path in mapping_paths(connector))


@cache
def loaded(connector: Path) -> dict[str, Mapping]:
    return load_mappings(connector)


every_mapping = pytest.mark.parametrize(
    "path", PATHS, ids=lambda path: f"{path.parent.parent.name}/{path.stem}"
)


def test_every_target_of_the_story_is_mapped() -> None:
    targets = {
        mapping.target.name for connector in CONNECTORS for mapping in loaded(connector).values()
    }
    assert targets == {
        "OIS100MI/AddBatchHead",
        "OIS100MI/AddBatchLine",
        "OIS100MI/AddBatchAddress",
        "OIS100MI/AddBatchText",
        "OIS100MI/Confirm",
        "CRS610MI/GetBasicData",
        "CRS610MI/Add",
        "Process.SalesOrder/SalesOrderHeader",
        "Process.SalesOrder/SalesOrderLine",
        "Process.SalesOrder/Note",
        "Process.CustomerPartyMaster/CustomerPartyMaster",
        "ARS040MI/AddBatchHead",
        "ARS040MI/AddBatchLine",
        "ARS040MI/ControlBatch",
        "OIS100MI/DelHead",
        "OIS100MI/DelLine",
        "OIS100MI/CloLine",
        "OIS100MI/AddOrderLine",
        "OIS100MI/UpdPriceInfo",
        "OIS390MI/AddHead",
        "OIS390MI/AddLine",
        "POST /transactions/{id}/refund",
        "POST /transactions",
        "POST /transactions/{id}/capture",
        "POST /transactions/{id}/incremental",
        "POST /transactions/{id}/reversal",
        "PUT /orders/{id}",
        "POST /orders/{id}/notes",
        "POST /orders/{id}/refunds",
        "POST /products/batch",
    }


@every_mapping
def test_nothing_is_wrong(path: Path) -> None:
    assert check([path]) == []


@every_mapping
def test_a_program_can_edit_it(path: Path) -> None:
    file = MappingFile.open(path)
    text = path.read_text(encoding="utf-8")
    assert file.text() == text
    file.set_version(999)
    lines = zip(text.splitlines(), file.text().splitlines(), strict=True)
    assert [new for old, new in lines if old != new] == ["version: 999"]


@every_mapping
def test_keys_are_in_the_languages_order(path: Path) -> None:
    for field in loaded(path.parent.parent)[path.stem].fields:
        keys = list(field.block)
        assert keys == sorted(keys, key=ORDER.index), f"{field.name}, line {field.line}"


@every_mapping
def test_it_has_tests_of_success_and_of_refusal(path: Path) -> None:
    tests = examples(examples_path(path))
    assert any(test.expect for test in tests)
    assert any(test.refused for test in tests)


@every_mapping
def test_an_unchanged_record_gives_the_same_again(path: Path) -> None:
    mapping = loaded(path.parent.parent)[path.stem]
    record = examples(examples_path(path))[0].record
    before = repr(record)
    assert mapping.many(record) == mapping.many(record)
    assert repr(record) == before


def test_a_message_gives_an_order_of_the_same_money() -> None:
    address = Address(last_name="Hopper", address_1="12 High Street", country="GB")
    order = CreateOrder(
        id="0a1b2c3d4e5f60718293a4b5c6d7e8f9",
        key="uk-536365",
        occurred_at=1291191960000,
        received_at=1291191960000,
        source="flow/order",
        correlation_id="uk-536365",
        shop="uk",
        order_id="536365",
        order_number="536365",
        customer_number="UK17850",
        currency="GBP",
        total=1530 + 371 + 395,
        ordered_at=1291191960000,
        lines=(
            Line(line_id="1", item="85123A", quantity=6, unit_price="2.55", amount=1530),
            Line(line_id="2", item="22423", quantity=2, unit_price="2", discount=29, amount=371),
        ),
        charges=(Charge(kind="freight", code="POST", amount=395),),
        bill_to=address,
        ship_to=address,
    )
    mappings = loaded(ROOT / "m3")
    record = {**order.model_dump(), "ORNO": "0000000042"}
    lines = mappings["order_line"].many(record) + mappings["order_charge"].many(record)
    amounts = [
        Decimal(line["ORQT"]) * Decimal(line["SAPR"]) - Decimal(line.get("DIA1", "0"))
        for line in lines
    ]
    assert sum(amounts) == Decimal("22.96")
    assert mappings["order_head"](record)["CUOR"] == order.key
    assert mappings["order_address"](record)["CUNM"] == "Hopper"
    assert mappings["order_note"].many(record) == []


def test_the_guides_example_is_a_mapping(tmp_path: Path) -> None:
    guide = (ROOT.parent / "docs" / "mappings.md").read_text(encoding="utf-8")
    path = tmp_path / "guide.yaml"
    path.write_text(re.findall(r"```yaml\n(.*?)```", guide, re.DOTALL)[0], encoding="utf-8")
    mapping = load_mapping(
        path, Catalogue.load(ROOT / "m3" / "catalogue.json"), load_tables(ROOT / "m3")
    )
    record = {"key": "uk-1", "shop": "uk", "customer_number": "UK1", "ordered_at": 1291191960000}
    made = {"CUOR": "uk-1", "CUNO": "UK1", "ORTP": "WEB", "ORDT": "20101201"}
    assert mapping(record) == made


def test_the_guide_names_every_word_of_the_language() -> None:
    guide = (ROOT.parent / "docs" / "mappings.md").read_text(encoding="utf-8")
    words = {*HEAD, *ORDER, *CONVERSIONS}
    assert not [word for word in words if f"`{word}" not in guide and f"{word}:`" not in guide]
