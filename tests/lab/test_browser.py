"""The browser: what it says when there is no page, and, for real, that it shows one by the lab's own authority only."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from lab import browser
from lab.browser import BrowserError, find_browser, refusal
from lab.lab import Lab
from lab.progress import Silence
from tests.certificates import self_signed

LINE = "[8:8:1121/174618.294581:ERROR:handler.cc:403] Page load failed: net::ERR_CERT_AUTHORITY_INVALID"
PAGE = b"<title>before</title><script>document.title = 'after'; document.write('<h1>made by a script</h1>')</script>"


def test_a_page_that_did_not_load_is_said_by_its_cause() -> None:
    assert (
        refusal(f"bus: no such file\n{LINE}\ncp: cannot stat 'tmp/picture.png'\n") == "net::ERR_CERT_AUTHORITY_INVALID"
    )


def test_a_browser_that_did_not_start_is_said_by_its_last_words() -> None:
    assert refusal("mount: permission denied\n\n") == "the browser failed: mount: permission denied"
    assert refusal("") == "the browser failed: it said nothing"


def test_a_machine_without_the_release_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(browser, "debian_sources", tuple)
    with pytest.raises(BrowserError, match="apt has no source of Debian bookworm"):
        find_browser(Silence(), tmp_path / "ca.pem", tmp_path)
    assert [path for path in (tmp_path / "browser").iterdir() if path.is_dir()] == []


class _Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(PAGE)

    def log_message(self, *_: object) -> None:
        """Says nothing."""


@pytest.fixture
def here(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """URL of a page that is served on this machine, in whose network the browser is then."""
    monkeypatch.setattr(browser, "namespace_command", lambda lab, role, command: command)
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    server.server_close()


@pytest.fixture
def authority(tmp_path: Path) -> Path:
    """Somebody's certificate."""
    return self_signed(tmp_path, "authority")[1]


@pytest.mark.lab
def test_a_page_is_shown_with_what_its_scripts_made_of_it(
    here: str, authority: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))  # an owner's, as some log-ins set it
    lab, found = Lab("test", tmp_path), find_browser(Silence(), authority)
    page = found.visit(lab, "visitor", here, tmp_path / "pictures" / "page.png")
    assert "<title>after</title>" in page.document
    assert page.picture.read_bytes().startswith(b"\x89PNG")
    with pytest.raises(BrowserError, match=r"^http://127\.0\.0\.1:1/: net::ERR_"):
        found.visit(lab, "visitor", "http://127.0.0.1:1/", tmp_path / "none.png")
