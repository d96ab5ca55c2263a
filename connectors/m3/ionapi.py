"""The `.ionapi` file and the tokens that it is good for."""

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode

import aiohttp
from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError

from connectors.auth import BearerToken, Signed, Token, with_query
from connectors.http import Answer, Call, HttpClient, retry_after
from streams.core.clock import Clock
from streams.core.errors import Failure, Misconfigured, Transient, Unknown
from streams.core.metrics import Metrics


class IonApi(BaseModel):
    """The fields of an `.ionapi` file that Tandem uses (facts: Infor OS, ION API administration).

    Attributes:
        ti: tenant id.
        ci, cs: OAuth client id and secret.
        iu: ION API's address; the tenant id is the first part of every path.
        pu, ot: the authorization server's address and the token's path, joined as they are.
        saak, sask: the service account's keys; absent for a client-credentials app.
        sc: scopes, if the tenant enforces them.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    ti: str = Field(min_length=1)
    ci: str = Field(min_length=1)
    cs: SecretStr
    iu: str = Field(pattern="^https?://")
    pu: str = Field(pattern="^https?://")
    ot: str = Field(min_length=1)
    saak: SecretStr | None = None
    sask: SecretStr | None = None
    sc: tuple[str, ...] = ()

    def grant(self) -> dict[str, str]:
        """The form of a token request: password with a service account, else client credentials."""
        scope = " ".join(self.sc)
        if self.saak and self.sask:
            account, secret = self.saak.get_secret_value(), self.sask.get_secret_value()
            return {
                "grant_type": "password",
                "username": account,
                "password": secret,
                "scope": scope,
            }
        return {"grant_type": "client_credentials", **({"scope": scope} if scope else {})}


def read_ionapi(path: Path) -> IonApi:
    """Reads an `.ionapi` file.

    Raises:
        Misconfigured: it cannot be read, or lacks a field; the values are not repeated.
    """
    try:
        return IonApi.model_validate(json.loads(path.read_text(encoding="utf-8")))
    except OSError as error:
        raise Misconfigured(
            f"TANDEM_M3_IONAPI: {path} cannot be read ({error.strerror}); download it in ION API: "
            "Authorized Apps, Backend Service, Download Credentials"
        ) from error
    except ValidationError as error:
        wrong = ", ".join(f"{'.'.join(map(str, e['loc']))} ({e['msg']})" for e in error.errors())
        raise Misconfigured(f"TANDEM_M3_IONAPI: {path}: {wrong}") from None
    except ValueError:
        raise Misconfigured(f"TANDEM_M3_IONAPI: {path} is not JSON") from None


@dataclass(frozen=True)
class ClientBasic:
    """Proves who asks by the client's id and secret in an HTTP Basic header."""

    ionapi: IonApi

    async def sign(self, method: str, url: str, params: Mapping[str, str]) -> Signed:
        """The address with its query, and `Authorization: Basic`."""
        pair = f"{self.ionapi.ci}:{self.ionapi.cs.get_secret_value()}".encode()
        basic = f"Basic {base64.b64encode(pair).decode()}"
        return Signed(with_query(url, params), {"Authorization": basic})

    async def refused(self, signed: Signed) -> bool:
        """The file's client is not going to be another: no further try."""
        return False


def bearer(
    ionapi: IonApi, session: aiohttp.ClientSession, clock: Clock, metrics: Metrics
) -> BearerToken:
    """Tokens of the `.ionapi` file's account, one for all calls until it ends.

    ION API allows few token requests (facts: 20 a minute a tenant, 100 a day a client).
    """
    server = HttpClient("m3", ionapi.pu, session, ClientBasic(ionapi), _judge, metrics)
    call = Call(
        name="POST token",
        method="POST",
        path=f"/{ionapi.ot}",
        body=urlencode(ionapi.grant()).encode(),
        headers={"Content-Type": "application/x-www-form-urlencoded"},
        tries=1,
    )

    async def fetch() -> Token:
        try:
            answer = await server.call(call)
        except Unknown as failure:
            raise Transient(failure.reason) from failure
        return _token(answer, clock.now_ms())

    return BearerToken(fetch, clock)


def _token(answer: Answer, now_ms: int) -> Token:
    body = answer.json()
    try:
        return Token.lasting(str(body["access_token"]), now_ms, int(body["expires_in"]))
    except (TypeError, KeyError, ValueError):
        raise Transient("ION API's authorization server gave no token") from None


def _judge(call: Call, answer: Answer) -> Failure | None:
    if answer.status == 200:
        return None
    if answer.status == 429:
        return Transient("ION API's quota of token requests is used up", retry_after(answer))
    if answer.status >= 500:
        reason = f"ION API's authorization server answers {answer.status}"
        return Transient(reason, retry_after(answer))
    body = answer.json()
    why = body.get("error", "") if isinstance(body, dict) else ""
    return Misconfigured(
        f"ION API gives no token ({answer.status} {why}): the .ionapi file's client or service "
        "account is not known there; download the file again and set TANDEM_M3_IONAPI"
    )
