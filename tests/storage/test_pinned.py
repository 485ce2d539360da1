"""Files known by their digest: found, fetched whole or not at all, taken up again, others refused."""

from __future__ import annotations

import errno
import hashlib
import io
import os
import threading
import zipfile
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from anybokeh.errors import InputError
from anybokeh.storage import downloading, package_index, pinned
from anybokeh.storage.downloading import Content
from anybokeh.storage.pinned import (
    DEPTH_SMALL,
    FACE_NETWORK,
    SUBJECT_NETWORK,
    HubFile,
    PinnedFile,
    WheelMember,
    fetch,
    find,
    obtain,
)

from .serving import Server, serving

DATA = np.random.default_rng(3).bytes(1_000_000)
PATH = "/owner/name/resolve/main/onnx/model.onnx"


def content(data: bytes, *, sized: bool = True) -> Content:
    return Content(len(data) if sized else None, hashlib.sha256(data).hexdigest())


FILE = PinnedFile("small.onnx", "Small", content(DATA), "MIT", HubFile("owner/name", "onnx/model.onnx"))
UNSIZED = PinnedFile("small.onnx", "Small", content(DATA, sized=False), "MIT", FILE.source)


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    """A hub and a package index that hold the file, and caches of their own."""
    for name in ("ANYBOKEH_CACHE", "XDG_CACHE_HOME", "HF_HOME"):
        monkeypatch.setenv(name, str(tmp_path / name))
    for name in ("HF_HUB_OFFLINE", "HF_HUB_CACHE", "PIP_EXTRA_INDEX_URL", "http_proxy", "HTTP_PROXY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(pinned, "_refused", set())
    with serving() as state:
        monkeypatch.setenv("HF_ENDPOINT", state.url)
        monkeypatch.setenv("PIP_INDEX_URL", f"{state.url}/simple")
        monkeypatch.setattr(package_index.subprocess, "run", no_pip)
        state.files[PATH] = DATA
        yield state


def no_pip(*_: object, **__: object) -> None:
    raise FileNotFoundError("pip")


def get(file: PinnedFile = FILE) -> Path:
    """Fetch without a bar; the announcement is expected."""
    with pytest.warns(UserWarning, match="fetching"):
        return fetch(file, lambda done, total: None)


def left(*but: str) -> set[str]:
    """Names in the folder of weights, but those of its own bookkeeping."""
    names = {path.name for path in pinned.weights_folder().iterdir()}
    return names - {".lock", "checked.json"} - set(but)


def test_a_file_is_announced_in_one_line_and_fetched_once(server: Server) -> None:
    assert find(FILE) is None
    seen: list[tuple[int, int | None]] = []
    with pytest.warns(UserWarning) as told:
        place = fetch(FILE, lambda done, total: seen.append((done, total)))
    (line,) = (str(one.message) for one in told)
    for word in ("Small", "1 MB", "MIT", "the hub", str(pinned.weights_folder()), "HF_HUB_OFFLINE=1"):
        assert word in line
    assert "\n" not in line
    assert place.read_bytes() == DATA and left() == {"small.onnx"}
    assert seen[-1] == (len(DATA), len(DATA)) and seen == sorted(seen) and len(seen) > 2
    assert fetch(FILE) == find(FILE) == place and len(server.requests) == 1


@pytest.mark.parametrize("file", [FILE, UNSIZED])
def test_an_interrupted_download_goes_on_where_it_was(server: Server, file: PinnedFile) -> None:
    server.breaks_after = [300_000, 0]
    with pytest.raises(InputError, match=r"292 KB have arrived, and the next try goes on from there"):
        get(file)
    assert find(file) is None and left() == {".small.onnx.part"}
    assert get(file).read_bytes() == DATA and left() == {"small.onnx"}
    assert [asked for _, asked in server.requests] == [None, "bytes=300000-", "bytes=300000-"]


def test_a_connection_that_breaks_is_taken_up_by_itself(server: Server) -> None:
    server.breaks_after = [300_000, 300_000]
    assert get().read_bytes() == DATA
    assert [asked for _, asked in server.requests] == [None, "bytes=300000-", "bytes=600000-"]


def test_a_server_without_ranges_sends_all_again(server: Server) -> None:
    server.breaks_after, server.ranges = [300_000], False
    assert get().read_bytes() == DATA


def test_what_is_interrupted_by_the_user_goes_on_too(server: Server) -> None:
    def stop(done: int, total: int | None) -> None:
        if done > 400_000:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt), pytest.warns(UserWarning):
        fetch(FILE, stop)
    assert find(FILE) is None
    assert get().read_bytes() == DATA
    assert int(server.requests[1][1].removeprefix("bytes=").rstrip("-")) > 400_000


@pytest.mark.parametrize("file", [FILE, UNSIZED])
def test_another_digest_is_refused_and_nothing_is_kept(server: Server, file: PinnedFile) -> None:
    server.files[PATH] = DATA[:-1] + bytes([DATA[-1] ^ 1])
    with pytest.raises(InputError, match="is not the file expected, its SHA-256 is another"):
        get(file)
    assert find(file) is None and not left()
    server.files[PATH] = DATA
    assert get(file).read_bytes() == DATA


@pytest.mark.parametrize("size", [len(DATA) // 2, len(DATA) * 2])
def test_another_size_is_refused_before_it_is_fetched(server: Server, size: int) -> None:
    server.files[PATH] = (DATA * 2)[:size]
    with pytest.raises(InputError, match=f"has {size} bytes; expected {len(DATA)}"):
        get()
    assert not left()


def test_another_file_since_the_first_half_is_refused(server: Server) -> None:
    server.breaks_after = [300_000, 0]
    with pytest.raises(InputError):
        get(UNSIZED)
    server.files[PATH] = DATA[:200_000]
    with pytest.raises(InputError, match="SHA-256"):
        get(UNSIZED)
    assert not left()


def test_a_full_disk_is_told_and_nothing_is_kept(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    usage = SimpleNamespace(free=900_000)
    with monkeypatch.context() as patch:
        patch.setattr(downloading.shutil, "disk_usage", lambda path: usage)
        with pytest.raises(InputError, match=r"are free in .*ANYBOKEH_CACHE") as told:
            get()
    assert "\n" not in str(told.value) and not left()

    open_path = Path.open

    class Full(io.BytesIO):
        def write(self, data) -> int:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    def opened(path: Path, mode: str = "r", *arguments, **options):
        full = path.name.endswith(".part") and "a" in mode
        return Full() if full else open_path(path, mode, *arguments, **options)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "open", opened)
        with pytest.raises(InputError, match=r"cannot be written to \(No space left.*ANYBOKEH_CACHE"):
            get()
    assert not left()


def test_a_folder_that_cannot_be_made_is_told(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    (Path(os.environ["ANYBOKEH_CACHE"])).write_text("a file")
    with pytest.raises(InputError, match="cannot be written"):
        get()


def test_offline_nothing_is_asked(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    with pytest.raises(InputError, match=r"HF_HUB_OFFLINE.*copy onnx/model.onnx of owner/name .*by hand"):
        fetch(FILE)
    assert obtain([FILE]) == [None] and not server.requests


def test_no_such_file_and_no_server(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    del server.files[PATH]
    with pytest.raises(InputError, match=r"the server answers 404.*by hand"):
        get()
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    with pytest.raises(InputError, match=r"cannot be had \(Connection refused\); check the network"):
        get()


def test_a_file_copied_by_hand_is_checked_once(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    place = FILE.place
    place.parent.mkdir(parents=True)
    place.write_bytes(DATA[::-1])
    assert find(FILE) is None
    place.write_bytes(DATA)
    assert find(FILE) == place and fetch(FILE) == place
    with monkeypatch.context() as patch:
        patch.setattr(Content, "is_in", None)
        assert find(FILE) == place
    place.write_bytes(DATA[::-1])
    os.utime(place, (1, 1))
    assert find(FILE) is None
    # what is wrong there is replaced
    assert get() == place and place.read_bytes() == DATA


def test_a_folder_that_cannot_be_written_to_is_read_all_the_same(server: Server) -> None:
    place = FILE.place
    place.parent.mkdir(parents=True)
    place.write_bytes(DATA)
    (place.parent / "checked.json").mkdir()
    assert find(FILE) == place


def test_the_hubs_cache_and_the_usual_cache_are_looked_through(server: Server) -> None:
    hub = Path(os.environ["HF_HOME"], "hub", "models--owner--name", "snapshots", "abc", "onnx", "model.onnx")
    hub.parent.mkdir(parents=True)
    hub.write_bytes(DATA)
    assert find(FILE) == hub
    usual = Path(os.environ["XDG_CACHE_HOME"], "anybokeh", "weights", "small.onnx")
    usual.parent.mkdir(parents=True)
    usual.write_bytes(DATA)
    assert find(FILE) == usual


def test_two_at_once_fetch_once(server: Server) -> None:
    places: list[Path] = []
    with pytest.warns(UserWarning):
        pair = [
            threading.Thread(target=lambda: places.append(fetch(FILE, lambda *_: None))) for _ in range(2)
        ]
        for thread in pair:
            thread.start()
        for thread in pair:
            thread.join()
    assert places == [FILE.place] * 2 and len(server.requests) == 1


def wheel_of(members: dict[str, bytes]) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return file.getvalue()


def in_wheel(wheel: bytes, data: bytes = DATA, name: str = "net.onnx") -> PinnedFile:
    source = WheelMember("some-nets", "some_nets-1.0-py3-none-any.whl", content(wheel), "nets/net.onnx")
    return PinnedFile(name, "Net", content(data), "MIT", source)


def put_wheel(server: Server, wheel: bytes, link: str = "../../files/some_nets-1.0-py3-none-any.whl") -> None:
    page = f'<html><a href="other-2.0.whl">other</a><A data-x="1" HREF="{link}#sha256=0">wheel</A></html>'
    server.files["/simple/some-nets/"] = page.encode()
    server.files["/files/some_nets-1.0-py3-none-any.whl"] = wheel


def test_a_file_is_taken_out_of_a_wheel_of_the_package_index(server: Server) -> None:
    wheel = wheel_of({"nets/net.onnx": DATA, "nets/other.onnx": b"1"})
    put_wheel(server, wheel)
    file = in_wheel(wheel)
    server.breaks_after = [len(server.files["/simple/some-nets/"]), 300_000, 0]
    with pytest.raises(InputError, match="KB have arrived"):
        get(file)
    assert get(file).read_bytes() == DATA
    assert left() == {"net.onnx"}
    assert server.requests[-1][1] == "bytes=300000-"


def test_wheels_that_hold_something_else(server: Server) -> None:
    wheel = wheel_of({"nets/net.onnx": DATA[::-1]})
    put_wheel(server, wheel)
    with pytest.raises(InputError, match=r"its nets/net.onnx is not the file expected"):
        get(in_wheel(wheel))
    wheel = wheel_of({"nets/others.onnx": DATA})
    put_wheel(server, wheel)
    with pytest.raises(InputError, match=r"holds no nets/net.onnx"):
        get(in_wheel(wheel))
    put_wheel(server, wheel_of({"nets/net.onnx": DATA + b"1"}))
    with pytest.raises(InputError, match="it is another file"):
        get(in_wheel(wheel))
    server.files["/simple/some-nets/"] = b"<a href='some_nets-2.0-py3-none-any.whl'></a>"
    with pytest.raises(
        InputError, match=r"has no some_nets-1.0-py3-none-any.whl.*copy nets/net.onnx of .*by hand"
    ):
        get(in_wheel(wheel))
    assert not left()


def test_an_index_with_a_password_that_leads_elsewhere(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    wheel = wheel_of({"nets/net.onnx": DATA})
    with serving() as other:
        put_wheel(server, wheel, f"{other.url}/there.whl/some_nets-1.0-py3-none-any.whl")
        other.files["/there.whl/some_nets-1.0-py3-none-any.whl"] = wheel
        server.password = "Basic bWU6cCBx"
        with pytest.raises(InputError, match="401") as told:
            get(in_wheel(wheel))
        own = server.url.replace("http://", "http://me:p%20q@")
        monkeypatch.setenv("PIP_INDEX_URL", f"{own}/simple")
        assert get(in_wheel(wheel)).read_bytes() == DATA
        assert "p%20q" not in str(told.value)


def test_passwords_do_not_follow_to_other_servers(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    wheel = wheel_of({"nets/net.onnx": DATA})
    with serving() as other:
        put_wheel(server, wheel)
        server.password = "Basic bWU6cCBx"
        server.moved["/files/some_nets-1.0-py3-none-any.whl"] = f"{other.url}/x"
        monkeypatch.setenv("PIP_INDEX_URL", server.url.replace("http://", "http://me:p%20q@") + "/simple/")
        other.password = "none"
        other.files["/x"] = wheel
        with pytest.raises(InputError, match="answers 401") as told:
            get(in_wheel(wheel))
        assert "p%20q" not in str(told.value) and "p q" not in str(told.value)
        other.password = None
        assert get(in_wheel(wheel)).read_bytes() == DATA


def test_the_index_is_the_one_that_pip_is_set_up_for(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("PIP_INDEX_URL", "PIP_EXTRA_INDEX_URL", "UV_DEFAULT_INDEX"):
        monkeypatch.delenv(name, raising=False)
    printed = "\n".join(
        [
            "install.index-url='https://install.example/simple'",
            "global.index-url='https://global.example/simple'",
            "global.extra-index-url='file:///opt/simple https://more.example/simple'",
            "global.cert='/etc/authorities.crt'",
            "global.trusted-host='a\\nb'",
            "nonsense",
        ]
    )
    answer = SimpleNamespace(returncode=0, stdout=printed)
    monkeypatch.setattr(package_index.subprocess, "run", lambda *_, **__: answer)
    settings = package_index.pip_settings()
    assert package_index.indexes(settings) == [
        "https://install.example/simple",
        "https://more.example/simple",
    ]
    assert settings["cert"] == "/etc/authorities.crt"
    answer.returncode = 1
    assert package_index.indexes(package_index.pip_settings()) == ["https://pypi.org/simple"]
    monkeypatch.setenv("UV_DEFAULT_INDEX", "https://uv.example")
    assert package_index.indexes(package_index.pip_settings()) == ["https://uv.example"]


def test_the_first_use_fetches_all_that_is_missing_with_one_line(server: Server) -> None:
    wheel = wheel_of({"nets/net.onnx": DATA})
    put_wheel(server, wheel)
    first, second = (in_wheel(wheel, name=name) for name in ("net.onnx", "more.onnx"))
    with pytest.warns(UserWarning) as told:
        places = obtain([first, second])
    assert places == [first.place, second.place]
    assert len(told) == 1
    assert "Net (1 MB, MIT) and Net (1 MB, MIT)" in str(told[0].message)


def test_what_cannot_be_had_at_first_use_is_told_once(server: Server) -> None:
    del server.files[PATH]
    with pytest.warns(UserWarning) as told:
        assert obtain([FILE]) == [None]
    assert len(told) == 2 and "404" in str(told[1].message)
    asked = len(server.requests)
    assert obtain([FILE]) == [None] and len(server.requests) == asked


def test_installed_packages_are_looked_through(tmp_path: Path, server: Server, monkeypatch) -> None:
    installed = tmp_path / "site"
    (installed / "nets").mkdir(parents=True)
    (installed / "nets" / "net.onnx").write_bytes(DATA)
    about = installed / "some_nets-1.0.dist-info"
    about.mkdir()
    (about / "METADATA").write_text("Name: some-nets\nVersion: 1.0\n")
    monkeypatch.syspath_prepend(installed)
    assert find(in_wheel(b"")) == installed / "nets" / "net.onnx"


@pytest.mark.parametrize("file", [SUBJECT_NETWORK, FACE_NETWORK, DEPTH_SMALL])
def test_what_is_pinned_is_complete(file: PinnedFile) -> None:
    """A slip of the pen would only show where the file is fetched."""
    contents = [file.content, *([file.source.content] if isinstance(file.source, WheelMember) else [])]
    assert all(len(bytes.fromhex(one.sha256)) == 32 and one.size for one in contents)
    place = find(file)
    if place is not None:
        assert file.content.is_in(place)
