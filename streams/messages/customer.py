"""Events of customers. Key: the customer, `{shop}-{customer_id}`, unless said otherwise."""

from typing import ClassVar

from streams.core.message import Message
from streams.messages.parts import Address


class CustomerNeeded(Message):
    """An order waits for its customer's number in M3.

    Attributes:
        order_key: the order that waits.
        shop: the shop's code; `customer_id` its own id of the customer.
        address: the billing address, from which an unknown customer is created.
    """

    type: ClassVar[str] = "customer.needed"
    schema_file: ClassVar[str] = "events/customer/needed.v1.avsc"

    order_key: str
    shop: str
    customer_id: str
    currency: str
    address: Address


class CustomerKnown(Message):
    """The answer to `customer.needed`. Key: the order that waits.

    Attributes:
        customer_number: M3's CUNO; empty if M3 refused the customer, then `reason` says why.
    """

    type: ClassVar[str] = "customer.known"
    schema_file: ClassVar[str] = "events/customer/known.v1.avsc"

    customer_number: str
    reason: str = ""


class CustomerSynced(Message):
    """M3 told of a customer (Sync.CustomerPartyMaster). Key: `m3-{CUNO}` or the shop's customer.

    Attributes:
        customer_number: M3's CUNO.
        name: M3's CUNM.
    """

    type: ClassVar[str] = "customer.synced"
    schema_file: ClassVar[str] = "events/customer/synced.v1.avsc"

    customer_number: str
    name: str = ""
    variation: int = 0


class CustomerAcknowledged(Message):
    """M3's answer to a customer that was sent as BOD (Acknowledge.CustomerPartyMaster).

    Attributes:
        command_id: the `m3.ensure_customer` that asked for it.
        customer_number: M3's CUNO; empty if M3 refused the customer, then `reason` and `code` say
            why.
    """

    type: ClassVar[str] = "customer.acknowledged"
    schema_file: ClassVar[str] = "events/customer/acknowledged.v1.avsc"

    command_id: str
    customer_number: str = ""
    reason: str = ""
    code: str = ""
