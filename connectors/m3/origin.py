"""The BODID of what Tandem sends, by which M3's answer is known to be ours and finds its way home.

It has the form of another Infor product's (facts: LN's template); M3 gives it back as it was, in
`OriginalApplicationArea`.
"""

import re
from dataclasses import dataclass
from urllib.parse import quote, unquote

_FORM = re.compile(r"infor-nid:[^:?]*:[^:?]*::(?P<key>[^:?]+):(?P<command_id>[^:?]+)\?\w+&verb=\w+")


@dataclass(frozen=True)
class Origin:
    """Which command a BOD carries out.

    Attributes:
        key: the command's business key.
        command_id: the command's id, which is also the message's.
    """

    key: str
    command_id: str

    def bod_id(self, tenant: str, accounting_entity: str, noun: str) -> str:
        """The BODID: `infor-nid:TENANT:100_AAA::uk-536365:0a1b…?SalesOrder&verb=Process`."""
        parts = (tenant, accounting_entity, "", self.key, self.command_id)
        return f"infor-nid:{':'.join(quote(part, safe='') for part in parts)}?{noun}&verb=Process"


def origin(bod_id: str) -> Origin | None:
    """The command that a BODID names; None if Tandem did not make it."""
    found = _FORM.fullmatch(bod_id)
    return Origin(unquote(found["key"]), unquote(found["command_id"])) if found else None
