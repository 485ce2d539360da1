"""Who may talk to the studio.

A page of another site can make a browser send requests to this machine (CSRF), or point a name of its own at
it (DNS rebinding). So the Host header must be the address that the studio listens on, and whatever changes
something must come from its own page. Beyond the loopback address every request needs the token as well,
which a browser keeps in a cookie after the first visit.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders, QueryParams
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_SAFE = ("GET", "HEAD")
_COOKIE_SECONDS = 30 * 24 * 3600
_HEADERS = {
    # the page cannot load anything from elsewhere, nor be shown inside another
    "content-security-policy": "default-src 'self'; img-src 'self' blob: data:; media-src 'self' blob:; "
    "style-src 'self' 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
}


def new_token() -> str:
    """A random access token."""
    return secrets.token_urlsafe(24)


@dataclass(frozen=True)
class Access:
    """The rules.

    hosts: names and addresses, in lower case, by which the page may be called; None for any, where a token is
    asked for. token: None where none is needed.
    """

    hosts: frozenset[str] | None
    token: str | None = None


class Guard:
    """Middleware that turns away whoever may not talk to the studio."""

    def __init__(self, app: ASGIApp, access: Access) -> None:
        self._app = app
        self._access = access

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            # nothing here speaks over web sockets
            if scope["type"] == "lifespan":
                await self._app(scope, receive, send)
            return
        refused = self._refusal(scope)
        if refused is not None:
            await refused(scope, receive, send)
            return

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in _HEADERS.items():
                    headers.setdefault(name, value)
                headers.setdefault("cache-control", "no-store")
            await send(message)

        await self._app(scope, receive, with_headers)

    def _refusal(self, scope: Scope) -> Response | None:
        headers = Headers(scope=scope)
        host = headers.get("host", "")
        name = (urlsplit(f"//{host}").hostname or "").lower()
        if self._access.hosts is not None and name not in self._access.hosts:
            return _refused("This address does not belong to the studio; open the one that it printed.")
        if scope["method"] not in _SAFE and not _own_page(headers, host):
            return _refused("This request came from another page.")
        return self._without_token(scope, headers)

    def _without_token(self, scope: Scope, headers: Headers) -> Response | None:
        token = self._access.token
        if token is None:
            return None
        port = (scope.get("server") or ("", 0))[1]
        cookie = f"anybokeh-{port}"
        if _equal(_cookies(headers).get(cookie, ""), token):
            return None
        if scope["method"] == "GET" and _equal(QueryParams(scope["query_string"]).get("token", ""), token):
            answer = RedirectResponse(scope["path"], 303)
            answer.set_cookie(cookie, token, _COOKIE_SECONDS, httponly=True, samesite="strict")
            return answer
        return _refused("The access token is missing or wrong; open the address that the studio printed.")


def _own_page(headers: Headers, host: str) -> bool:
    origin = headers.get("origin")
    if origin is not None:
        return urlsplit(origin).netloc.lower() == host.lower() != ""
    # browsers say where a request comes from; other programs need not
    return headers.get("sec-fetch-site", "same-origin") in ("same-origin", "none")


def _cookies(headers: Headers) -> dict[str, str]:
    pairs = (part.strip().partition("=") for part in headers.get("cookie", "").split(";"))
    return {name: value for name, _, value in pairs}


def _equal(given: str, token: str) -> bool:
    return secrets.compare_digest(given.encode(), token.encode())


def _refused(sentence: str) -> Response:
    return PlainTextResponse(sentence, 403)
