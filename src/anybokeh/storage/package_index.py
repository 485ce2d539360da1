"""Where the wheel of a package is: at the index that pip is set up for."""

from __future__ import annotations

import ast
import base64
import netrc
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from html import unescape
from urllib.parse import unquote, urldefrag, urljoin, urlsplit, urlunsplit

from anybokeh.storage.downloading import Access, NotReached, open_url, reason_of

_USUAL = "https://pypi.org/simple"
_PIP_SECONDS = 60
_LONGEST_PAGE = 32 << 20
_LINK = re.compile(r"""<a\s[^>]*?href\s*=\s*["']([^"']+)["']""", re.IGNORECASE)


def find_wheel(package: str, wheel: str) -> tuple[str, Access]:
    """URL of a wheel, and how to reach it.

    package: its name at the index. wheel: name of the file.

    Raises:
        NotReached: no index has it or can be reached.
    """
    settings = pip_settings()
    reasons = []
    for index in indexes(settings):
        page, access = _with_access(f"{index.rstrip('/')}/{package}/", settings)
        try:
            with open_url(page, access, Accept="text/html") as answer:
                links = _LINK.findall(answer.read(_LONGEST_PAGE).decode("utf-8", "replace"))
                base = answer.url
        except (OSError, ValueError) as error:
            reasons.append(f"{_plain(index)}: {reason_of(error)}")
            continue
        for link in links:
            url = urldefrag(urljoin(base, unescape(link))).url
            if unquote(urlsplit(url).path).rpartition("/")[2] == wheel:
                url, own = _with_access(url, settings)
                same_server = urlsplit(url).netloc == urlsplit(page).netloc
                return url, access if same_server and not own.headers else own
        reasons.append(f"{_plain(index)}: has no {wheel}")
    raise NotReached(f"{package}: cannot be had from the package index ({'; '.join(reasons)})")


def indexes(settings: dict[str, str]) -> list[str]:
    """URLs of package indexes by settings of pip; folders of wheels are none."""
    own = settings.get("index-url") or os.environ.get("UV_DEFAULT_INDEX") or _USUAL
    all_urls = (own, *settings.get("extra-index-url", "").split())
    return [url for url in all_urls if urlsplit(url).scheme in ("http", "https")]


def pip_settings() -> dict[str, str]:
    """Settings of pip by name, of its files and of the environment; empty where pip is not installed."""
    command = [sys.executable, "-m", "pip", "config", "list", "--disable-pip-version-check"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=_PIP_SECONDS)
        lines = done.stdout.splitlines() if not done.returncode else []
    except (OSError, subprocess.TimeoutExpired):
        lines = []
    return dict(_settings(lines)) | {
        name: os.environ[variable]
        for name, variable in (("index-url", "PIP_INDEX_URL"), ("extra-index-url", "PIP_EXTRA_INDEX_URL"))
        if variable in os.environ
    }


def _settings(lines: list[str]) -> Iterator[tuple[str, str]]:
    """Names and values, the general ones before those of pip's commands, so that the latter win."""
    found = [match.groups() for line in lines if (match := re.match(r"([\w:]+)\.([\w-]+)=(.*)$", line))]
    sections = "global", "download", "install", ":env:"
    for _, name, value in sorted(
        (one for one in found if one[0] in sections), key=lambda one: sections.index(one[0])
    ):
        try:
            yield name, str(ast.literal_eval(value))
        except (SyntaxError, ValueError):
            continue


def _with_access(url: str, settings: dict[str, str]) -> tuple[str, Access]:
    """A URL without its name and password, and how to reach it."""
    parts = urlsplit(url)
    user, password = unquote(parts.username or ""), unquote(parts.password or "")
    host = parts.netloc.rpartition("@")[2]
    if not user:
        user, password = _from_netrc(parts.hostname or "")
    headers = ()
    if user:
        token = base64.b64encode(f"{user}:{password}".encode()).decode()
        headers = (("Authorization", f"Basic {token}"),)
    return urlunsplit(parts._replace(netloc=host)), Access(
        settings.get("cert"), settings.get("proxy"), headers
    )


def _from_netrc(host: str) -> tuple[str, str]:
    try:
        found = netrc.netrc().authenticators(host)
    except (OSError, netrc.NetrcParseError):
        found = None
    return (found[0], found[2] or "") if found else ("", "")


def _plain(url: str) -> str:
    """Without name and password, for messages."""
    return _with_access(url, {})[0]
