"""Checks that this host can use a database as the datastore of k3s. Prints one line: what is wrong, or what it created.

Arguments: the host's name, and `yes` if k3s on this host has run with a cluster. Standard input: the target as JSON.
"""

import importlib
import json
import os
import re
import socket
import ssl
import struct
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any, NoReturn

SECONDS = 10
SYSTEM_CA = "/etc/ssl/certs/ca-certificates.crt"
MYSQL_TLS = 0x800
MYSQL_REQUEST = struct.pack("<IIB23x", 0x00000200 | MYSQL_TLS | 0x8000, 2**24, 33)  # protocol 4.1, TLS, long password
POSTGRES_REQUEST = struct.pack(">II", 8, 80877103)
HTTP2_START = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + b"\0\0\0\4\0\0\0\0\0"
AS_K3S = (
    "DROP TABLE IF EXISTS {table}",
    "CREATE TABLE {table} ({columns})",
    "CREATE INDEX {index} ON {table} (name)",
    "INSERT INTO {table} (name) VALUES ('a')",
    "UPDATE {table} SET name = 'b'",
    "DELETE FROM {table}",
    "DROP TABLE {table}",
)
"""What k3s does to its own table, kine. Here it is another one."""


class RefusedError(Exception):
    """The database will not do. The message says why, and what to do."""


def reach(place: str, host: str, port: int) -> socket.socket:
    """A TCP connection."""
    try:
        return socket.create_connection((host, port), SECONDS)
    except socket.gaierror as error:
        cause = f"the name is not known here ({error.strerror}). Check the host in datastore.url"
    except TimeoutError:
        cause = f"no answer in {SECONDS} s. Let this host's address in, where the database runs"
    except OSError as error:
        cause = f"{error.strerror or error}. Check host and port in datastore.url, and that the database runs"
    raise RefusedError(f"{place}: {cause}")


def ask_for_tls(engine: str, place: str, connection: socket.socket) -> None:
    """Has the server switch to TLS, as its protocol does it. Nothing secret is sent."""
    none = f"{place}: it offers no TLS. Switch it on there: the state of the cluster must not go in plain text"
    if engine == "mysql":
        greeting = take(connection, int.from_bytes(take(connection, 4)[:3], "little"))
        if greeting[:1] == b"\xff":
            raise RefusedError(f"{place}: {greeting[3:].decode(errors='replace')}. Let this host's address in")
        rest = greeting[greeting.index(b"\0", 1) + 1 :]  # after its version: 4 bytes, 8 of a salt, and one
        if not int.from_bytes(rest[13:15], "little") & MYSQL_TLS:
            raise RefusedError(none)
        connection.sendall(len(MYSQL_REQUEST).to_bytes(3, "little") + b"\1" + MYSQL_REQUEST)
    if engine == "postgres":
        connection.sendall(POSTGRES_REQUEST)
        if take(connection, 1) != b"S":
            raise RefusedError(none)


def take(connection: socket.socket, count: int) -> bytes:
    """So many bytes."""
    found = b""
    while len(found) < count:
        part = connection.recv(count - len(found))
        if not part:
            raise ConnectionResetError(104, "it ended the connection")
        found += part
    return found


def prove_tls(given: dict[str, Any], context: ssl.SSLContext, host: str, port: int) -> None:
    """The way there, and the certificate."""
    place = f"{host}:{port}"
    with reach(place, host, port) as connection:
        try:
            ask_for_tls(given["engine"], place, connection)
            with context.wrap_socket(connection, server_hostname=host) as inside:
                if given["engine"] == "etcd":  # it says only now whether it takes the client's certificate
                    inside.sendall(HTTP2_START)
                    take(inside, 9)
        except ssl.SSLCertVerificationError as error:
            advice = {
                10: "renew it there, or set this host's clock",
                62: "name its host in datastore.url as the certificate does",
                64: "name its host in datastore.url as the certificate does",
            }.get(error.verify_code, "set datastore.ca to the authority that signed it")
            raise RefusedError(f"{place}: its certificate is refused: {error.verify_message}; {advice}") from None
        except ssl.SSLError as error:
            if "ALERT" in str(error.reason):
                cause = f"it refuses the client certificate ({error.reason.lower()}). Check datastore.certificate"
            else:
                cause = f"no TLS there: {error.reason or error}"
            raise RefusedError(f"{place}: {cause}") from None
        except (OSError, ValueError) as error:
            cause = f"it does not speak as {given['engine']} does ({error})"
            raise RefusedError(f"{place}: {cause}. Check the port in datastore.url") from None


class MySql:
    """MySQL and MariaDB."""

    QUOTE = "`"
    COLUMNS = "id BIGINT UNSIGNED AUTO_INCREMENT PRIMARY KEY, name VARCHAR(64), value MEDIUMBLOB"

    def __init__(self, given: dict[str, Any], context: ssl.SSLContext, _: dict[str, str]) -> None:
        pymysql = importlib.import_module("pymysql")
        self.error: type[Exception] = pymysql.Error
        host, port = given["places"][0]
        self.database = given["database"]
        self.connection = pymysql.connect(
            host=host,
            port=port,
            user=given["user"],
            password=given["password"],
            ssl=context,
            connect_timeout=SECONDS,
            read_timeout=3 * SECONDS,
            write_timeout=3 * SECONDS,
            autocommit=True,
        )
        self.cursor = self.connection.cursor()
        self.cursor.execute("SHOW STATUS LIKE 'Ssl_cipher'")
        if not (self.cursor.fetchone() or ("", ""))[1]:
            raise RefusedError("the login went without TLS. Report this as a fault of the program")

    def enter(self) -> bool:
        """Goes to the database. Returns whether it was created."""
        try:
            self.connection.select_db(self.database)
        except self.error as error:
            if error.args[0] != 1049:  # unknown database
                raise
            self.cursor.execute(f"CREATE DATABASE IF NOT EXISTS `{self.database}`")
            self.connection.select_db(self.database)
            return True
        return False

    def has_table(self, name: str) -> bool:
        self.cursor.execute(
            "SELECT 1 FROM information_schema.tables WHERE table_schema = DATABASE() AND table_name = %s", (name,)
        )
        return self.cursor.fetchone() is not None

    @staticmethod
    def words(error: Exception) -> str:
        return str(error.args[-1])


class Postgres:
    """PostgreSQL."""

    QUOTE = '"'
    COLUMNS = "id BIGSERIAL PRIMARY KEY, name VARCHAR(64), value BYTEA"

    def __init__(self, given: dict[str, Any], _: ssl.SSLContext, files: dict[str, str]) -> None:
        self.module, self.database = importlib.import_module("psycopg2"), given["database"]
        self.error: type[Exception] = self.module.Error
        host, port = given["places"][0]
        self.login = {
            "host": host,
            "port": port,
            "user": given["user"],
            "password": given["password"],
            "connect_timeout": SECONDS,
            "sslmode": "verify-full",
            "sslrootcert": files["ca"],
            "sslcert": files.get("certificate", "/nonexistent"),
            "sslkey": files.get("key", "/nonexistent"),
        }
        self.created = False
        try:
            self._connect(self.database)
        except self.error as error:
            if f'database "{self.database}" does not exist' not in str(error):
                raise
            self._create()

    def _connect(self, database: str) -> None:
        self.connection = self.module.connect(dbname=database, **self.login)
        self.connection.autocommit = True
        self.cursor = self.connection.cursor()
        self.cursor.execute(f"SET statement_timeout = '{3 * SECONDS}s'")

    def _create(self) -> None:
        self._connect("postgres")
        try:
            self.cursor.execute(f'CREATE DATABASE "{self.database}"')
            self.created = True
        except (self.module.errors.DuplicateDatabase, self.module.errors.UniqueViolation):
            pass  # another server was faster
        except self.module.errors.InsufficientPrivilege:
            raise RefusedError(
                f"there is no database {self.database}, and its user may not create it: create it"
            ) from None
        self._connect(self.database)

    def enter(self) -> bool:
        """It is there already. Returns whether it was created."""
        return self.created

    def has_table(self, name: str) -> bool:
        self.cursor.execute("SELECT to_regclass(%s)", (name,))
        return self.cursor.fetchone()[0] is not None

    @staticmethod
    def words(error: Exception) -> str:
        return str(error).strip().splitlines()[0].rpartition("FATAL:  ")[2]


def prove_tables(given: dict[str, Any], context: ssl.SSLContext, files: dict[str, str], host: str) -> tuple[str, bool]:
    """Logs in, and does what k3s does. Returns what was created, and whether no cluster has its data there."""
    kind: type[MySql] | type[Postgres] = MySql if given["engine"] == "mysql" else Postgres
    name, port = given["places"][0]
    place, user, table = f"{name}:{port}", given["user"], "tailnet_k3s_check_" + re.sub(r"\W", "_", host)[:40]
    quoted = kind.QUOTE + table + kind.QUOTE
    known: Any = None
    try:
        known = kind(given, context, files)
        created = known.enter()
        for statement in AS_K3S:
            known.cursor.execute(statement.format(table=quoted, index=f"{table}_index", columns=kind.COLUMNS))
        is_empty = not known.has_table("kine")
        if not is_empty:
            known.cursor.execute("SELECT 1 FROM kine LIMIT 1")
            is_empty = known.cursor.fetchone() is None
    except RefusedError as error:
        raise RefusedError(f"{place}: {error}") from None
    except Exception as error:
        words = kind.words(error) if error.args else type(error).__name__
        if known is None:
            advice = "Check user and password in datastore.url, and from where that user may log in"
            if given["certificate"]:
                advice += "; and whether it takes datastore.certificate"
            raise RefusedError(f"{place}: it refuses the login of {user}: {words}. {advice}") from None
        database = given["database"]
        raise RefusedError(
            f"{place}: k3s could not use the database {database}: {words}. Give {user} all rights on {database}"
        ) from None
    return (f"created the database {given['database']} at {place}" if created else ""), is_empty


def prove_keys(given: dict[str, Any], files: dict[str, str], host: str) -> tuple[str, bool]:
    """Writes, reads and removes a key at each endpoint of etcd. Returns as `prove_tables`."""
    key, is_empty = f"tailnet-k3s-check/{host}", True
    cluster = ["get", "/bootstrap/", "--prefix", "--limit=1", "--keys-only"]  # k3s' own: other programs have keys, too
    for name, port in given["places"]:
        environment = {
            **os.environ,
            "ETCDCTL_API": "3",
            "ETCDCTL_ENDPOINTS": f"https://{f'[{name}]' if ':' in name else name}:{port}",
            "ETCDCTL_CACERT": files["ca"],
            "ETCDCTL_CERT": files["certificate"],
            "ETCDCTL_KEY": files["key"],
            "ETCDCTL_DIAL_TIMEOUT": f"{SECONDS}s",
            "ETCDCTL_COMMAND_TIMEOUT": f"{SECONDS}s",
        }
        found = ""
        for words in (["put", key, "a"], ["del", key], cluster):
            done = subprocess.run(["etcdctl", *words], capture_output=True, text=True, env=environment, check=False)
            if done.returncode:
                said = (done.stderr.strip().splitlines() or ["no word"])[-1].removeprefix("Error: ")
                advice = "See that it has a leader and no alarm, and that this certificate's user may write all keys"
                raise RefusedError(f"{name}:{port}: etcdctl {words[0]}: {said}. {advice}")
            found = done.stdout
        is_empty = is_empty and not found.strip()
    return "", is_empty


def check(given: dict[str, Any], host: str, has_cluster: bool) -> str:
    """What was created. Empty: nothing. Raises RefusedError."""
    with tempfile.TemporaryDirectory() as folder:
        files = {"ca": SYSTEM_CA}
        for name in ("ca", "certificate", "key"):
            if given[name]:
                files[name] = f"{folder}/{name}"
                Path(files[name]).write_text(given[name])
        context = ssl.create_default_context(cafile=files["ca"])
        context.hostname_checks_common_name = False  # k3s does not look at it either
        if "key" in files:
            context.load_cert_chain(files["certificate"], files["key"])
        for name, port in given["places"]:
            prove_tls(given, context, name, port)
        if given["engine"] == "etcd":
            created, is_empty = prove_keys(given, files, host)
        else:
            created, is_empty = prove_tables(given, context, files, host)
    if is_empty and has_cluster:
        raise RefusedError(
            "it is empty, but this host is a server of a cluster, whose data must be elsewhere. Set datastore.url back,"
            " or copy the data there first"
        )
    return created


def main() -> NoReturn:
    os.umask(0o077)
    given = json.load(sys.stdin)
    try:
        said, code = check(given, sys.argv[1], sys.argv[2] == "yes"), 0
    except RefusedError as error:
        said, code = f"the datastore will not do: {error}", 1
    line = " ".join(said.split())
    print(line.replace(given["password"], "***") if len(given["password"]) > 3 else line)
    sys.exit(code)


if __name__ == "__main__":
    main()
