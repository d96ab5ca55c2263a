"""What a sandbox of M3 can be told when it starts."""

from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True)
class OrderType:
    """A customer order type (M3: OIS010).

    Attributes:
        prices_include_vat: SAPR is gross; otherwise net.
        back_orders: what is on hand is delivered, the rest when stock comes; otherwise the order
            waits whole.
    """

    ORTP: str
    TX40: str
    prices_include_vat: bool
    back_orders: bool = False


ORDER_TYPES = (
    OrderType("WEB", "Web shop, prices include VAT", prices_include_vat=True),
    OrderType("WBO", "Web shop, back orders", prices_include_vat=True, back_orders=True),
    OrderType("STD", "Standard, prices exclude VAT", prices_include_vat=False),
    OrderType("SBO", "Standard, back orders", prices_include_vat=False, back_orders=True),
)

DOCUMENTS = (
    "Sync.SalesOrder",
    "Sync.Shipment",
    "Sync.Invoice",
    "Sync.InventoryCount",
    "Sync.CustomerPartyMaster",
)

PAYMENT_BATCH_TYPES = {"CRD": "Card payments", "BNK": "Bank payments"}


@dataclass(frozen=True)
class SandboxSettings:
    """The tenant that is simulated and how it behaves.

    Attributes:
        tenant: the tenant id, first part of every path (at most 22 characters).
        cono: the only company; any other is refused with XAU0008.
        vat_percent: the VAT rate of every item, in whole percent.
        bod_url: where BODs go: the base that stands before `/service/v3/multipartMessage`.
            None: they are kept until a target is set by the admin API.
        documents: the Sync documents that ION's connection point routes to the application. M3
            has Sync.ItemMaster too.
        ims: how BODs are handed over: one of `ims_forms.FORMS`, or "discovered": ION asks the
            application for its protocol, else its versions.
        bod_secret: password of the HTTP Basic header (user `ion`) that goes with each BOD, as
            "Target endpoint security" of ION's API suite would send it.
        token_seconds: life of an access token.
        token_per_minute, token_per_day: token requests allowed of the tenant in a minute, of a
            client in a day; None: no quota. Infor's table has 20 and 100.
        calls_per_minute: calls of ION API allowed in a minute (answered 429 beyond); None: no
            quota.
        retry_after: whether a 429 says when to come again.
        step_ms: milliseconds between confirmation, allocation, delivery and invoice.
        back_orders: back orders are allowed for every order, whatever its type.
        split_percent: share of the orders that are delivered in two parts although everything is
            on hand; `seed` and the order's CUOR choose them.
        return_ms: milliseconds from a return's first line to its receipt.
        process_ms: milliseconds from a Process BOD's acceptance by ION until M3 works it off.
        coalesce_ms: balances that change within this time travel in one Inventory BOD, each
            item once with its latest balance.
        ionapi_path: where `serve` writes the `.ionapi` file.
    """

    tenant: str = "TANDEM_TST"
    cono: int = 100
    divi: str = "AAA"
    warehouse: str = "001"
    facility: str = "A01"
    currency: str = "GBP"
    vat_percent: int = 20
    bod_url: str | None = None
    ims: str = "v3/multipartMessage"
    bod_secret: str = "sandbox-ion-secret"  # noqa: S105 - a sandbox's published default
    documents: tuple[str, ...] = DOCUMENTS
    bod_to: str = "lid://infor.ims.tandem"
    token_seconds: int = 7200
    token_per_minute: int | None = None
    token_per_day: int | None = None
    calls_per_minute: int | None = None
    retry_after: bool = True
    step_ms: int = 50
    back_orders: bool = False
    split_percent: int = 0
    seed: int = 1
    return_ms: int = 200
    process_ms: int = 0
    coalesce_ms: int = 200
    ionapi_path: Path = Path("tandem-m3-sandbox.ionapi")
    order_types: tuple[OrderType, ...] = field(default=ORDER_TYPES)

    @property
    def accounting_entity(self) -> str:
        """Company and division as BODs name them, e.g. `100_AAA`."""
        return f"{self.cono}_{self.divi}"
