"""M3's messages: their seven-character ids, their texts, and the refusal that carries one.

Seen in public material: WCU0203, WIT0102, WIT0103, WOR0303, XAU0008, XIM0002. The others are
made by the pattern of those (suffix 01 invalid, 02 must be entered, 03 does not exist, 04
already exists) and are marked in the guide as by analogy. SBX0001 is this sandbox's own.
"""

MESSAGES = {
    "SBX0001": "The record is in use (a fault of the sandbox's)",
    "WAD0101": "Address type {} is invalid",
    "WAM0101": "Amount {} is invalid",
    "WAM0105": "Amount {} is more than what is outstanding",
    "WBL0101": "Customer {} is blocked",
    "WBO0103": "Batch type {} does not exist",
    "WCR0105": "Credit limit of customer {} is exceeded",
    "WCS0403": "Country {} does not exist",
    "WCU0203": "Customer {} does not exist",
    "WCU0204": "Customer {} already exists",
    "WCU0403": "Customer template {} does not exist",
    "WCUCD03": "Currency {} does not exist",
    "WDA0101": "Date {} is invalid",
    "WDI0103": "Division {} does not exist",
    "WDI0201": "Discount {} is invalid",
    "WFI0103": "File {} does not exist",
    "WIN0103": "Invoice {} does not exist",
    "WIT0102": "Item number must be entered",
    "WIT0103": "Item number {} does not exist",
    "WIT0104": "Item number {} already exists",
    "WIT0105": "Item number {} has no stock accounting",
    "WOR0301": "Order {} has a status that does not allow this",
    "WOR0302": "Order must be entered",
    "WOR0303": "Order {} does not exist",
    "WOR0304": "Order {} is already confirmed",
    "WOR0305": "Order {} is of another customer",
    "WOT0103": "Order type {} does not exist",
    "WPB0101": "Payment batch {} has a status that does not allow this",
    "WPB0102": "Payment batch must be entered",
    "WPB0103": "Payment batch {} does not exist",
    "WPB0104": "Payment batch {} already exists",
    "WPO0102": "Order {} has no order line",
    "WPO0103": "Order line {} does not exist",
    "WPO0104": "Order line {} already exists",
    "WPO0301": "Order line {} has a status that does not allow this",
    "WQR0101": "Query {} is invalid",
    "WQT0101": "Quantity {} is invalid",
    "WQT0105": "Quantity {} is less than what is allocated",
    "WRP0103": "Return {} does not exist",
    "WRP0104": "Return {} already exists",
    "WRQ0105": "Quantity {} is more than what was delivered and is not returned",
    "WSA0101": "Sales price {} is invalid",
    "WSA0201": "Sales price quantity {} is invalid",
    "WTR0103": "Transaction {} does not exist",
    "WTR0104": "Transaction {} already exists",
    "WWH0103": "Warehouse {} does not exist",
    "XAU0008": "User is not authorized for company {}",
    "XIN0001": "{}",
    "XNU0001": "{} is not a whole number",
}


class Refused(Exception):
    """M3's logic says no (HTTP 200, errorType `ServerReturnedNOK`).

    Attributes:
        code: the message id, seven characters.
        field: the input field that is to blame, or "".
    """

    def __init__(self, code: str, field: str = "", value: object = ""):
        self.code = code
        self.field = field
        self.text = MESSAGES[code].format(value)
        super().__init__(f"{code} {field}: {self.text}")

    @property
    def padded(self) -> str:
        """The fixed-width text that MI programs answer with: text, field and id, padded."""
        return f"{self.text:<200}{self.field:<10}{self.code:<7}"
