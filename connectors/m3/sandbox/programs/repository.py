"""MRS001MI and GENERAL: what programs, transactions and fields there are, and the server itself.

By analogy: FRPO and TOPO put the fields one after the other, and LMTS is milliseconds.
"""

from connectors.m3.sandbox.catalogue import programs
from connectors.m3.sandbox.company import Company
from connectors.m3.sandbox.messages import MESSAGES, Refused
from connectors.m3.sandbox.mi import Handler, Record
from streams.core.clock import utc

_USER = "TANDEM"


def list_programs(_company: Company, _fields: Record) -> list[Record]:
    """All programs of the catalogue."""
    return [{"MINM": program.name, "MIDS": program.description} for program in programs().values()]


def list_transactions(_company: Company, fields: Record) -> list[Record]:
    """A program's transactions; INCG 1 adds those of GENERAL."""
    program = programs().get(fields["MINM"])
    if program is None:
        raise Refused("WTR0103", "MINM", fields["MINM"])
    names = program.transactions if fields.get("INCG") == "1" else program.own
    return [{"MINM": program.name, "TRNM": name, "STAT": "20"} for name in names]


def list_fields(_company: Company, fields: Record) -> list[Record]:
    """The input (TRTP I) or output (TRTP O) fields of a transaction, in their order."""
    program = programs().get(fields["MINM"])
    transaction = program.transactions.get(fields["TRNM"]) if program else None
    if transaction is None:
        raise Refused("WTR0103", "TRNM", fields["TRNM"])
    side = {"I": transaction.inputs, "O": transaction.outputs}.get(fields["TRTP"])
    if side is None:
        raise Refused("WTR0103", "TRTP", fields["TRTP"])
    rows, position = [], 1
    for field in side.values():
        rows.append(
            {
                "MINM": transaction.program,
                "TRNM": transaction.name,
                "TRTP": fields["TRTP"],
                "FLNM": field.name,
                "LENG": str(field.length),
                "TYPE": field.type,
                "MAND": str(int(field.mandatory)),
                "FRPO": str(position),
                "TOPO": str(position + field.length - 1),
            }
        )
        position += field.length
    return rows


def server_time(company: Company, _fields: Record) -> list[Record]:
    """The server's time, UTC."""
    now = company.now_ms()
    return [{"DATE": f"{utc(now):%Y%m%d}", "TIME": f"{utc(now):%H%M%S}", "LMTS": str(now)}]


def time_zone(_company: Company, _fields: Record) -> list[Record]:
    """The server's time zone."""
    return [{"TMTZ": "UTC", "UTCT": "+00:00"}]


def user_info(company: Company, _fields: Record) -> list[Record]:
    """The service user and the company it works in."""
    settings = company.settings
    return [
        {
            "ZZUSID": _USER,
            "ZDCONO": str(settings.cono),
            "ZDDIVI": settings.divi,
            "ZDFACI": settings.facility,
            "ZZWHLO": settings.warehouse,
            "ZDLANC": "GB",
            "ZDDTFM": "YMD",
            "DSEP": ".",
            "TIZO": "UTC",
            "USFN": "Tandem",
        }
    ]


def current_user(company: Company, _fields: Record) -> list[Record]:
    """The service user."""
    return [{"TEID": company.settings.tenant, "USER": _USER}]


def message_text(_company: Company, fields: Record) -> list[Record]:
    """The text of a message id."""
    text = MESSAGES.get(fields["MSID"], "")
    return [{"MSGT": text.format(fields.get("PARM", "").strip())}]


HANDLERS: dict[tuple[str, str], Handler] = {
    ("MRS001MI", "LstPrograms"): list_programs,
    ("MRS001MI", "LstTransactions"): list_transactions,
    ("MRS001MI", "LstFields"): list_fields,
    ("MRS001MI", "LstAdtFieldInf"): list_fields,
    ("GENERAL", "GetServerTime"): server_time,
    ("GENERAL", "ServerTimeZone"): time_zone,
    ("GENERAL", "GetUserInfo"): user_info,
    ("GENERAL", "GetCurrentUser"): current_user,
    ("GENERAL", "GetMessageText"): message_text,
}
