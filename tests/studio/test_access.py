"""Who may talk to the studio."""

from __future__ import annotations

import re
import subprocess
import sys
import urllib.error
import urllib.request

import pytest

from studio.serving import serving


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    with serving(tmp_path_factory.mktemp("access") / "projects") as running:
        yield running


@pytest.fixture(scope="module")
def guarded(tmp_path_factory):
    """One that listens to other machines."""
    with serving(tmp_path_factory.mktemp("guarded") / "projects", "--host", "0.0.0.0") as running:
        yield running


def test_it_listens_on_this_machine_alone(served) -> None:
    assert served.address.startswith("http://127.0.0.1:")
    assert served.ask("/api/studio")["clips"] == []


@pytest.mark.parametrize(
    "name", ["evil.example", "evil.example:80", "127.0.0.1.evil.example", "127.0.0.1@evil.example", "[", ""]
)
def test_another_name_for_this_machine_is_refused(served, name) -> None:
    for path in ("/", "/api/studio", "/static/main.js"):
        status, answer = served.ask(path, headers={"Host": name})
        assert status == 400 and "Invalid host header" in answer


@pytest.mark.parametrize("name", ["127.0.0.1", "LOCALHOST", "localhost:80", "[::1]:7860"])
def test_its_own_names_are_known(served, name) -> None:
    assert "clips" in served.ask("/api/studio", headers={"Host": name})


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "http://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://["},
        {"Origin": "", "Sec-Fetch-Site": "same-origin"},
        {"Sec-Fetch-Site": "cross-site"},
    ],
)
def test_other_pages_cannot_change_anything(served, headers) -> None:
    status, answer = served.ask("/api/clips", {"path": "/"}, headers=headers)
    assert status == 403 and "another page" in answer


def test_the_own_page_can(served) -> None:
    origin = {"Origin": served.address.rstrip("/")}
    status, answer = served.ask("/api/clips", {"path": "/"}, headers=origin)
    assert status == 422 and "outside of the folders" in answer["error"]


def test_nothing_from_elsewhere_can_be_loaded(served) -> None:
    with urllib.request.urlopen(served.address) as answer:
        policy = answer.headers["content-security-policy"]
        page = answer.read().decode()
    assert "default-src 'self'" in policy and "frame-ancestors 'none'" in policy
    assert not re.search(r"(?:src|href)=\"(?:https?:)?//", page)


def test_other_machines_need_the_token(guarded) -> None:
    token = guarded.address.split("?token=")[1]
    assert len(token) >= 32
    port = re.search(r":(\d+)/", guarded.address)[1]
    plain = f"http://127.0.0.1:{port}/"
    for address in (plain, f"{plain}api/studio", f"{plain}static/main.js", f"{plain}?token={token[:-1]}x"):
        with pytest.raises(urllib.error.HTTPError) as refused:
            urllib.request.urlopen(address)
        assert refused.value.code == 403
    # the first visit gives a cookie, and hides the token from the address
    opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor())
    with opener.open(f"{plain}?token={token}") as answer:
        assert answer.url == plain
    with opener.open(f"{plain}api/studio") as answer:
        assert answer.status == 200


def test_two_studios_do_not_share_a_folder(served) -> None:
    with (
        pytest.raises(AssertionError, match="another studio works with this folder"),
        serving(served.projects),
    ):
        pass


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["missing.mp4"], "there is no such file"),
        (["--folder", "missing"], "is no folder"),
        (["--port", "99999"], "port is 99999"),
        (["--host", "192.0.2.1"], "cannot listen there"),
    ],
)
def test_what_cannot_be_started_says_why(tmp_path, arguments, words) -> None:
    command = [sys.executable, "-m", "anybokeh.cli", "studio", "--projects", str(tmp_path / "projects")]
    ended = subprocess.run(
        [*command, "--port", "0", *arguments], cwd=tmp_path, capture_output=True, text=True
    )
    assert ended.returncode == 2 and words in ended.stderr
    assert ended.stderr.count("\n") == 1
