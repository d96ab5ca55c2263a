"""WooCommerce's REST v3 over HTTP, as far as Tandem uses it. It knows nothing of our messages."""

from collections.abc import Mapping, Sequence
from typing import Any

from connectors.elements import elements
from connectors.http import Call, HttpClient
from streams.core.errors import Unknown

API = "/wp-json/wc/v3"
BATCH = 100
"""Items that a batch or a page takes (facts: 1.3)."""

Record = dict[str, Any]

_STOCK = {"_fields": "id,sku,type,manage_stock,stock_quantity"}


class WooCommerce:
    """One shop's orders and products.

    Args:
        http: signs with the shop's key and judges by the error table.
    """

    def __init__(self, http: HttpClient) -> None:
        self._http = http

    async def change_order(self, id: int, body: Record) -> Record:
        """`PUT /orders/{id}`: changes what the body names; again, it changes nothing more."""
        answer = await self._json(
            "PUT /orders/{id}",
            "PUT",
            f"/orders/{id}",
            body,
            params={"_fields": "id"},
            repeatable=True,
        )
        return dict(answer)

    async def change_orders(self, updates: Sequence[Record]) -> list[Record]:
        """`POST /orders/batch`: as `change_products`, for orders."""
        return await self._batch("orders", updates)

    async def orders(self, params: Mapping[str, str]) -> list[bytes]:
        """`GET /orders`: the orders of a page, each in the exact bytes that it came in."""
        call = Call("GET /orders", "GET", f"{API}/orders", params=params, repeatable=True)
        body = (await self._http.call(call)).body
        try:
            return elements(body)
        except ValueError as error:
            raise Unknown(f"the shop answers GET /orders with no list: {error}") from error

    async def webhooks(self) -> list[Record]:
        """`GET /webhooks`: all of them."""
        found: list[Record] = []
        while True:
            page = await self._json(
                "GET /webhooks",
                "GET",
                "/webhooks",
                params={"per_page": str(BATCH), "offset": str(len(found)), "order": "asc"},
                repeatable=True,
            )
            found += page
            if len(page) < BATCH:
                return found

    async def activate_webhook(self, id: int) -> None:
        """`PUT /webhooks/{id}`: sets it active; again, it changes nothing more."""
        name, path = "PUT /webhooks/{id}", f"/webhooks/{id}"
        await self._json(name, "PUT", path, {"status": "active"}, repeatable=True)

    async def notes(self, id: int) -> list[Record]:
        """`GET /orders/{id}/notes`: all notes, newest first."""
        found = await self._json(
            "GET /orders/{id}/notes", "GET", f"/orders/{id}/notes", repeatable=True
        )
        return list(found)

    async def add_note(self, id: int, body: Record) -> None:
        """`POST /orders/{id}/notes`: again, it is a second note, and mails the customer again."""
        await self._json("POST /orders/{id}/notes", "POST", f"/orders/{id}/notes", body)

    async def refunds(self, id: int) -> list[Record]:
        """`GET /orders/{id}/refunds`: the newest hundred."""
        found = await self._json(
            "GET /orders/{id}/refunds",
            "GET",
            f"/orders/{id}/refunds",
            params={"per_page": str(BATCH)},
            repeatable=True,
        )
        return list(found)

    async def add_refund(self, id: int, body: Record) -> Record:
        """`POST /orders/{id}/refunds`: again, it is a second refund."""
        name, path = "POST /orders/{id}/refunds", f"/orders/{id}/refunds"
        return dict(await self._json(name, "POST", path, body))

    async def order(self, id: int) -> Record:
        """`GET /orders/{id}`: one order."""
        return dict(await self._json("GET /orders/{id}", "GET", f"/orders/{id}", repeatable=True))

    async def refund(self, id: int, refund_id: int) -> Record:
        """`GET /orders/{id}/refunds/{refund_id}`: one refund with its lines."""
        name, path = "GET /orders/{id}/refunds/{id}", f"/orders/{id}/refunds/{refund_id}"
        return dict(await self._json(name, "GET", path, repeatable=True))

    async def products(self, skus: Sequence[str]) -> list[Record]:
        """`GET /products`: `id`, `sku`, `parent_id` of products and variations of 100 SKUs at most.

        A product's `parent_id` is 0, a variation's is its product.
        """
        found = await self._json(
            "GET /products",
            "GET",
            "/products",
            params={"sku": ",".join(skus), "per_page": str(BATCH), "_fields": "id,sku,parent_id"},
            repeatable=True,
        )
        return list(found)

    async def stocked(self, offset: int) -> list[Record]:
        """`GET /products`: the page of products behind so many, and what they show of stock."""
        params = {"per_page": str(BATCH), "offset": str(offset), "orderby": "id", "order": "asc"}
        found = await self._json(
            "GET /products", "GET", "/products", params=params | _STOCK, repeatable=True
        )
        return list(found)

    async def stocked_variations(self, product: int) -> list[Record]:
        """`GET /products/{id}/variations`: all of them, with what they show of their stock."""
        name, path = "GET /products/{id}/variations", f"/products/{product}/variations"
        found: list[Record] = []
        while True:
            params = {"per_page": str(BATCH), "offset": str(len(found)), **_STOCK}
            page = await self._json(name, "GET", path, params=params, repeatable=True)
            found += page
            if len(page) < BATCH:
                return found

    async def change_products(self, updates: Sequence[Record]) -> list[Record]:
        """`POST /products/batch`: an answer an update, in their order; a refused one has `error`.

        100 at most. Again, it changes nothing more.
        """
        return await self._batch("products", updates)

    async def change_variations(self, product: int, updates: Sequence[Record]) -> list[Record]:
        """`POST /products/{id}/variations/batch`: as `change_products`, of one product."""
        name = "products/{id}/variations"
        return await self._batch(name, updates, f"products/{product}/variations")

    async def _batch(self, name: str, updates: Sequence[Record], path: str = "") -> list[Record]:
        body = {"update": list(updates)}
        found = await self._json(
            f"POST /{name}/batch", "POST", f"/{path or name}/batch", body, repeatable=True
        )
        return list(found["update"])

    async def _json(
        self,
        name: str,
        method: str,
        path: str,
        body: Record | None = None,
        **rest: Any,
    ) -> Any:
        answer = (await self._http.call(Call(name, method, API + path, body, **rest))).json()
        if not isinstance(answer, dict | list):
            raise Unknown(f"the shop answers {name} with something that is no JSON")
        return answer
