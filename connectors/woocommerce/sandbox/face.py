"""WooCommerce as the sandboxes' harness sees it; its troubles are those of the host's (facts: 1.3).

A write is known by its path and body: the shop has no idempotency key.
"""

from hashlib import blake2b

from aiohttp import web

from connectors.sandbox.face import Face, route_of
from connectors.sandbox.injector import Subject


def face() -> Face:
    """What the harness needs to know of a shop."""
    return Face(system="shop", paths=("/wp-json/",), subject=_subject)


def _subject(request: web.Request, body: bytes) -> Subject:
    if request.method == "GET":
        return Subject(route_of(request))
    digest = blake2b(body, digest_size=8).hexdigest()
    return Subject(route_of(request), (f"{request.path} {digest}",))
