"""A store with the API of S3 that keeps its objects in memory, and refuses what a test says."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, unquote, urlsplit

from components.backup.host.store import Bucket

PAGE = 2
"""Names in one answer: a real store gives 1000."""


@dataclass
class PaperStore:
    """Its objects by key, and the errors by method: `{"DELETE": "AccessDenied"}`."""

    url: str = ""
    objects: dict[str, bytes] = field(default_factory=dict)
    refuses: dict[str, str] = field(default_factory=dict)
    spoils: bool = False
    """Whether it changes what it stores."""

    @property
    def bucket(self) -> Bucket:
        """As the settings have it."""
        return Bucket(self.url, "us-east-1", "backups", "key", "secret")

    def handler(self) -> type[BaseHTTPRequestHandler]:
        """Answers from this store."""
        store = self

        class Handler(BaseHTTPRequestHandler):
            def answer(self) -> None:
                parts = urlsplit(self.path)
                key = unquote(parts.path).removeprefix("/backups").removeprefix("/")
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                if code := store.refuses.get(self.command):
                    self.reply(403, f"<Error><Code>{code}</Code></Error>".encode())
                elif self.command == "PUT":
                    store.objects[key] = body[:-1] + b"?" if store.spoils else body
                    self.reply(200, b"")
                elif self.command == "DELETE":
                    store.objects.pop(key, None)
                    self.reply(204, b"")
                elif key:
                    known = key in store.objects
                    self.reply(200 if known else 404, store.objects.get(key, b"<Error><Code>NoSuchKey</Code></Error>"))
                else:
                    self.reply(200, listing(store.objects, parse_qs(parts.query)))

            do_GET = answer  # noqa: N815 -- as the server calls it
            do_PUT = answer  # noqa: N815
            do_DELETE = answer  # noqa: N815

            def reply(self, status: int, body: bytes) -> None:
                self.send_response(status)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: object) -> None:
                pass

        return Handler


def listing(objects: dict[str, bytes], query: dict[str, list[str]]) -> bytes:
    """A page of names."""
    prefix, start = query["prefix"][0], query.get("continuation-token", [""])[0]
    names = [name for name in sorted(objects) if name.startswith(prefix) and name > start]
    shown = "".join(f"<Contents><Key>{name}</Key></Contents>" for name in names[:PAGE])
    more = f"<NextContinuationToken>{names[PAGE - 1]}</NextContinuationToken>" if names[PAGE:] else ""
    space = "http://s3.amazonaws.com/doc/2006-03-01/"
    return f'<ListBucketResult xmlns="{space}">{shown}{more}</ListBucketResult>'.encode()


@contextmanager
def paper_store() -> Iterator[PaperStore]:
    """A store that runs for the length of the block."""
    store = PaperStore()
    server = ThreadingHTTPServer(("127.0.0.1", 0), store.handler())
    store.url = f"http://127.0.0.1:{server.server_address[1]}"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield store
    finally:
        server.shutdown()
        server.server_close()
