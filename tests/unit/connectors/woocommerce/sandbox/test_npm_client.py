"""Another client that we did not write: npm's official one drives the shop by OAuth."""

import asyncio
import json
import subprocess
from pathlib import Path

import pytest

from connectors.woocommerce.sandbox.app import SandboxSettings, serve
from tests.npm import MODULES, node_with

SCRIPT = Path(__file__).with_name("npm_client.js")


@pytest.fixture(scope="module")
def node() -> str:
    return node_with("@woocommerce/woocommerce-rest-api", "1.0.2")


async def test_the_javascript_client_works_a_day_in_the_shop(node: str) -> None:
    sandbox = await serve(SandboxSettings(basic_on_http=False))
    client = await asyncio.create_subprocess_exec(
        node,
        str(SCRIPT),
        sandbox.url,
        sandbox.consumer_key,
        sandbox.consumer_secret,
        env={"NODE_PATH": str(MODULES)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    told, complaint = await client.communicate()
    await sandbox.close()
    assert client.returncode == 0, complaint.decode()
    assert json.loads(told) == {
        "duplicate": "product_invalid_sku",
        "total": "24.00",
        "withGateway": [500, "woocommerce_rest_cannot_create_order_refund"],
        "refunded": "10.00",
        "listed": ["1", "-10.00"],
        "stock": 4,
        "customer": [404, "woocommerce_rest_invalid_id"],
        "trashed": 200,
        "again": [410, "woocommerce_rest_already_trashed"],
    }
