"""The lab's authority: stays the same, and signs what a TLS client accepts for an address."""

import ssl
import stat
import threading
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import httpx
import pytest

from lab.internet import ca
from lab.internet.ca import ensure_authority, ensure_server


def test_both_stay_the_same(tmp_path: Path) -> None:
    authority = ensure_authority(tmp_path)
    server = ensure_server(tmp_path, "headscale", "127.0.0.1", authority)
    before = authority.certificate.read_bytes(), server.certificate.read_bytes()
    ensure_server(tmp_path, "headscale", "127.0.0.1", ensure_authority(tmp_path))
    assert (authority.certificate.read_bytes(), server.certificate.read_bytes()) == before


def test_keys_are_for_their_owner_only(tmp_path: Path) -> None:
    authority = ensure_authority(tmp_path)
    server = ensure_server(tmp_path, "headscale", "127.0.0.1", authority)
    for key in (authority.key, server.key):
        assert stat.S_IMODE(key.stat().st_mode) == 0o600, key


def test_a_certificate_that_ends_soon_is_made_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    authority = ensure_authority(tmp_path)
    monkeypatch.setattr(ca, "SERVER_LIFE", timedelta(days=30))
    old = ensure_server(tmp_path, "headscale", "127.0.0.1", authority).certificate.read_bytes()
    assert ensure_server(tmp_path, "headscale", "127.0.0.1", authority).certificate.read_bytes() != old


def test_a_certificate_of_another_authority_is_made_anew(tmp_path: Path) -> None:
    old = ensure_server(tmp_path, "headscale", "127.0.0.1", ensure_authority(tmp_path)).certificate.read_bytes()
    (tmp_path / "ca.pem").unlink()
    assert ensure_server(tmp_path, "headscale", "127.0.0.1", ensure_authority(tmp_path)).certificate.read_bytes() != old


def test_a_client_that_trusts_the_authority_accepts_the_server(tmp_path: Path) -> None:
    authority = ensure_authority(tmp_path)
    server = ensure_server(tmp_path, "headscale", "127.0.0.1", authority)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(server.certificate, server.key)
    web = HTTPServer(("127.0.0.1", 0), Empty)
    web.socket = context.wrap_socket(web.socket, server_side=True)
    threading.Thread(target=web.serve_forever, daemon=True).start()
    try:
        trusting = ssl.create_default_context(cafile=str(authority.certificate))
        url = f"https://127.0.0.1:{web.server_port}/"
        assert httpx.get(url, verify=trusting, trust_env=False).status_code == 204
        with pytest.raises(httpx.ConnectError, match="certificate"):
            httpx.get(url, verify=ssl.create_default_context(), trust_env=False)
    finally:
        web.shutdown()
        web.server_close()


class Empty(BaseHTTPRequestHandler):
    """Answers with nothing."""

    def do_GET(self) -> None:
        self.send_response(204)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """Says nothing."""
