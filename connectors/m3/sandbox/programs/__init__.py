"""The MI programs that are simulated: program and transaction to what it does."""

from connectors.m3.sandbox.mi import Handler
from connectors.m3.sandbox.programs import (
    ars040,
    crs610,
    exportmi,
    invbod,
    invoices,
    items,
    ois100,
    ois100_change,
    ois100_read,
    ois390,
    prices,
    repository,
    stock,
)

HANDLERS: dict[tuple[str, str], Handler] = {
    **ars040.HANDLERS,
    **crs610.HANDLERS,
    **exportmi.HANDLERS,
    **invbod.HANDLERS,
    **invoices.HANDLERS,
    **items.HANDLERS,
    **ois100.HANDLERS,
    **ois100_change.HANDLERS,
    **ois100_read.HANDLERS,
    **ois390.HANDLERS,
    **prices.HANDLERS,
    **repository.HANDLERS,
    **stock.HANDLERS,
}
