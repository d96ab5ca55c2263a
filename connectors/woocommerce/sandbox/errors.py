"""What the shop refuses, with WordPress' error body (facts: 1.4)."""

from typing import Any


class RestError(Exception):
    """An error answer `{code, message, data: {status, ...}}`.

    Args:
        status: HTTP status of the answer.
        code: WordPress' error code, e.g. `woocommerce_rest_shop_order_invalid_id`.
        message: text for people.
        data: further members of `data`.
    """

    def __init__(self, status: int, code: str, message: str, **data: Any) -> None:
        super().__init__(f"{status} {code}: {message}")
        self.status = status
        self.code = code
        self.message = message
        self.data = data

    def body(self) -> dict[str, Any]:
        """The answer's JSON."""
        return {
            "code": self.code,
            "message": self.message,
            "data": {"status": self.status, **self.data},
        }


def invalid_param(name: str, why: str, code: str = "rest_invalid_type") -> RestError:
    """A parameter that the schema refuses: 400 `rest_invalid_param`."""
    return RestError(
        400,
        "rest_invalid_param",
        f"Invalid parameter(s): {name}",
        params={name: why},
        details={name: {"code": code, "message": why, "data": None}},
    )


def invalid_id(resource: str, status: int) -> RestError:
    """An unknown `shop_order`, `product` or `shop_webhook`: 404 when read, 400 when written."""
    return RestError(status, f"woocommerce_rest_{resource}_invalid_id", "Invalid ID.")


def not_simulated(what: str) -> RestError:
    """Real shops do it, the sandbox does not yet: said loudly rather than ignored."""
    return RestError(501, "tandem_sandbox_not_simulated", f"{what} is not simulated.")
