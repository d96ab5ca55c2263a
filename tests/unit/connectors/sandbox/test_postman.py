"""The guide's Postman collection, run by Postman's own runner against all three sandboxes."""

import asyncio
import json
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from connectors.heartland.sandbox import app as heartland
from connectors.m3.sandbox import app as m3
from connectors.woocommerce.sandbox import app as shop
from tests.brokers import ROOT
from tests.npm import MODULES, node_with

COLLECTION = ROOT / "docs/sandbox/tandem.postman_collection.json"


@pytest.fixture(scope="module")
def node() -> str:
    return node_with("newman", "6.2.2")


async def test_each_request_is_answered_as_the_collection_says(node: str, tmp_path: Path) -> None:
    gateway = await heartland.serve(heartland.SandboxSettings(), 0)
    erp = await m3.serve(m3.SandboxSettings(ionapi_path=tmp_path / "m3.ionapi"), 0)
    store = await shop.serve(shop.SandboxSettings(), 0)
    api = json.loads(erp.ionapi.read_text("utf-8"))
    try:
        variables = {
            "heartland_url": gateway.url,
            "app_id": gateway.app_id,
            "app_key": gateway.app_key,
            "shop_url": store.url,
            "consumer_key": store.consumer_key,
            "consumer_secret": store.consumer_secret,
            **{f"m3_{name}": api[name] for name in M3},
        }
        report = await asyncio.to_thread(run, node, tmp_path / "report.json", variables)
    finally:
        for sandbox in (gateway, erp, store):
            await sandbox.close()

    assert [(each["source"]["name"], each["error"]["message"]) for each in report["failures"]] == []
    requests = [*requests_of(json.loads(COLLECTION.read_text("utf-8")))]
    assert [each["item"]["name"] for each in report["executions"]] == requests
    assert report["stats"]["assertions"]["total"] > len(requests)


M3 = ("iu", "pu", "ot", "ti", "ci", "cs", "saak", "sask")


def run(node: str, report: Path, variables: Mapping[str, str]) -> dict[str, Any]:
    """The report of a run; each variable takes the place of the collection's own."""
    newman = MODULES / "newman/bin/newman.js"
    given = [part for pair in variables.items() for part in ("--env-var", "=".join(pair))]
    kept = ["--reporters", "json", "--reporter-json-export", report]
    command = map(str, (node, newman, "run", COLLECTION, *given, *kept))
    ended = subprocess.run([*command], capture_output=True, text=True)
    assert report.exists(), ended.stderr
    told: dict[str, Any] = json.loads(report.read_text("utf-8"))["run"]
    return told


def requests_of(folder: dict[str, Any]) -> Iterator[str]:
    for item in folder["item"]:
        if "item" in item:
            yield from requests_of(item)
        else:
            yield item["name"]
