"""What stands before the bridges' doors: requests as the shop, Heartland and ION send them."""

import base64
import hashlib
import hmac
import json

import aiohttp

from tests.product import Scene

TENANT = "TANDEM_TST"
SHOP, HEARTLAND, ION = "/hooks/shop/uk", "/hooks/heartland", "/ims/service/v3/multipartMessage"
_BOUNDARY = "tandem-test"


def shop_headers(scene_: Scene, body: bytes, **more: str) -> dict[str, str]:
    """A webhook's headers, signed as the shop does."""
    secret = scene_.stage.systems.webhook_secret.encode()
    signature = base64.b64encode(hmac.digest(secret, body, "sha256")).decode()
    return {
        "Content-Type": "application/json",
        "X-WC-Webhook-Topic": "order.created",
        "X-WC-Webhook-Signature": signature,
    } | more


def heartland_headers(scene_: Scene, body: bytes) -> dict[str, str]:
    """A notification's headers, signed as GP API does."""
    key = scene_.stage.environment["TANDEM_HEARTLAND_APP_KEY"].encode()
    signature = hashlib.sha512(body + key).hexdigest()
    return {"Content-Type": "application/json", "X-GP-Signature": signature}


def bod_body(document: bytes, name: str = "Sync.Invoice") -> bytes:
    """A BOD as ION posts it: multipart."""
    parameters = json.dumps({"documentName": name, "messageId": "m1", "encoding": "NONE"}).encode()
    parts = (("ParameterRequest", parameters), ("MessagePayload", document))
    body = b"".join(
        f'--{_BOUNDARY}\r\nContent-Disposition: form-data; name="{part}"\r\n\r\n'.encode()
        + content
        + b"\r\n"
        for part, content in parts
    )
    return body + f"--{_BOUNDARY}--\r\n".encode()


def bod_headers(scene_: Scene, *, secret: str = "", tenant: str = TENANT) -> dict[str, str]:
    """ION's headers."""
    password = secret or scene_.stage.systems.bod_secret
    return {
        "Content-Type": f"multipart/form-data; boundary={_BOUNDARY}",
        "X-TenantId": tenant,
        "Authorization": aiohttp.encode_basic_auth("ion", password),
    }
