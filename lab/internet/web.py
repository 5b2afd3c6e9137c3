"""A web server for one folder. A request for a file that is still being built waits, as at a slow server."""

import time
from collections.abc import Callable
from functools import partial
from http import HTTPStatus
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from lab.distribution.images import MANIFEST_TYPE

PATIENCE = 840.0
"""How many seconds a request waits at most. Less than 15 minutes: then downloads time out and try again."""
POLL = 0.5


class FolderServer(ThreadingHTTPServer):
    """Serves `folder` at an address, each request in its own thread. `folder` may be a link that is set later.

    While `expects_more()` says that files are still being added, requests for missing files wait, up to `patience`
    seconds.
    """

    daemon_threads = True
    request_queue_size = 64

    def __init__(
        self, address: tuple[str, int], folder: Path, expects_more: Callable[[], bool], patience: float = PATIENCE
    ) -> None:
        self.expects_more = expects_more
        self.patience = patience
        super().__init__(address, partial(_Request, directory=str(folder)))

    def server_bind(self) -> None:
        """Skips the superclass' name look-up: it would wait for a name server that does not run yet."""
        self.socket.bind(self.server_address)
        self.server_address = self.socket.getsockname()
        self.server_name, self.server_port = str(self.server_address[0]), int(self.server_address[1])

    allow_reuse_address = True


class _Request(SimpleHTTPRequestHandler):
    protocol_version = "HTTP/1.1"  # apt and containerd ask for many files over one connection
    server: FolderServer

    def send_head(self) -> Any:
        path = Path(self.translate_path(self.path))
        if self.path.rstrip("/") == "/v2" and path.is_dir():
            return self._registry_greeting()
        deadline = time.monotonic() + self.server.patience
        while not path.is_file() and self.server.expects_more():
            if time.monotonic() > deadline:
                self.send_error(HTTPStatus.SERVICE_UNAVAILABLE, "still being built; ask again")
                return None
            time.sleep(POLL)
        if not path.is_file():
            self.send_error(HTTPStatus.NOT_FOUND)
            return None
        return super().send_head()

    def guess_type(self, path: Any) -> str:
        return MANIFEST_TYPE if Path(path).parent.name == "manifests" else super().guess_type(path)

    def version_string(self) -> str:
        return "lab"

    def _registry_greeting(self) -> None:
        """Answers the first request of a registry's client."""
        self.send_response(HTTPStatus.OK)
        self.send_header("Docker-Distribution-Api-Version", "registry/2.0")
        self.send_header("Content-Length", "0")
        self.end_headers()
