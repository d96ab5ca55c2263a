"""Country names of order files as ISO 3166-1 alpha-2 codes."""

from functools import cache

from babel import Locale

ODD_NAMES = {
    "EIRE": "IE",
    "RSA": "ZA",
    "USA": "US",
    "Czech Republic": "CZ",
    "Hong Kong": "HK",
    "Channel Islands": "JE",
    "European Community": "BE",
    "Unspecified": "GB",
}
"""The file's own names that no list of countries has.

ISO has no code for the Channel Islands as one (Jersey stands for them) nor a country code for the
European Community (Belgium does); an unspecified country is the shop's own.
"""


def alpha2(name: str) -> str:
    """The ISO 3166-1 alpha-2 code of a country's English name; "" for a name that nobody knows."""
    return ODD_NAMES.get(name) or _english().get(name.casefold(), "")


@cache
def _english() -> dict[str, str]:
    territories = Locale("en").territories
    return {name.casefold(): code for code, name in territories.items() if len(code) == 2}
