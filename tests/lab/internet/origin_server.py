"""An origin: HTTP at port 80 and HTTPS at 443 of an address, connections kept. Arguments: address, certificate, key."""

import hashlib
import json
import socket
import ssl
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Echo(BaseHTTPRequestHandler):
    """Answers with who it is and what it got."""

    protocol_version = "HTTP/1.1"
    server: "Server"

    def do_GET(self) -> None:
        self._answer(b"")

    def do_PUT(self) -> None:
        self._answer(self.rfile.read(int(self.headers.get("Content-Length", 0))))

    def _answer(self, body: bytes) -> None:
        answer = {
            "origin": str(address),
            "port": self.server.server_port,
            "headers": self.headers.items(),
            "size": len(body),
            "digest": hashlib.sha256(body).hexdigest(),
        }
        text = json.dumps(answer).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, format: str, *args: object) -> None:
        """Says nothing."""


class Server(ThreadingHTTPServer):
    """Without the name look-up of the superclass."""

    daemon_threads = True
    request_queue_size = 64
    address_family = socket.AF_INET6 if ":" in sys.argv[1] else socket.AF_INET

    def handle_error(self, request: object, client_address: object) -> None:
        """Who does not trust it goes away."""

    def server_bind(self) -> None:
        self.socket.bind(self.server_address)
        self.server_name, self.server_port = str(self.server_address[0]), int(self.server_address[1])


address, certificate, key = sys.argv[1:]
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(certificate, key)
plain, secure = Server((address, 80), Echo), Server((address, 443), Echo)
secure.socket = context.wrap_socket(secure.socket, server_side=True, do_handshake_on_connect=False)
threading.Thread(target=plain.serve_forever, daemon=True).start()
print("ready", flush=True)
secure.serve_forever()
