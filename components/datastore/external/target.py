"""Reads the URL of a database, in k3s' own form."""

import re
from dataclasses import dataclass
from urllib.parse import unquote

HOST = r"(?P<host>[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?|\[[0-9A-Fa-f:.]+\])"
PLACE = rf"{HOST}(:(?P<port>[0-9]{{1,5}}))?"
LOOPBACK = re.compile(r"localhost|127\.[0-9.]+|\[::1\]", re.IGNORECASE)
FORMS = {
    # Its user and password stand as they are, the password up to the last @.
    "mysql": re.compile(rf"mysql://(?P<user>[^:/@]+):(?P<password>.+)@tcp\({PLACE}\)/(?P<database>[A-Za-z0-9_-]+)"),
    "postgres": re.compile(
        r"postgres://(?P<user>[A-Za-z0-9._~!$&()*+,;=%-]+):(?P<password>[A-Za-z0-9._~!$&()*+,;=%-]+)"
        rf"@{PLACE}/(?P<database>[a-z0-9_-]+)"
    ),
    "https": re.compile(rf"https://{PLACE}/?"),
}
EXAMPLES = {
    "mysql": "mysql://USER:PASSWORD@tcp(HOST:3306)/DATABASE",
    "postgres": "postgres://USER:PASSWORD@HOST:5432/DATABASE, with % and two digits for signs of a URL in the password",
    "https": "https://HOST:2379,https://HOST:2379",
}
PORTS = {"mysql": 3306, "postgres": 5432, "https": 2379}
NAMES = {"mysql": "MySQL", "postgres": "PostgreSQL", "etcd": "etcd"}


@dataclass(frozen=True)
class Target:
    """A database, and how to log in to it."""

    engine: str
    """`mysql` (MariaDB, too), `postgres` or `etcd`."""
    places: tuple[tuple[str, int], ...]
    """Host and port. Only etcd has several."""
    user: str = ""
    password: str = ""
    database: str = ""

    @property
    def words(self) -> str:
        """For people: which database it is. Without user and password."""
        places = ", ".join(f"{f'[{host}]' if ':' in host else host}:{port}" for host, port in self.places)
        return f"{NAMES[self.engine]} at {places}" + (f", database {self.database}" if self.database else "")


def read_url(text: str) -> Target:
    """The database of a URL. Raises ValueError with what to do. The error contains no part of the URL."""
    scheme = text.partition("://")[0]
    if scheme not in FORMS:
        raise ValueError(
            "is no URL of a database for k3s. Begin with mysql:// (MariaDB, too), postgres:// or https:// (etcd)."
        )
    if not re.fullmatch(r"[!-~]+", text) or "'" in text:
        raise ValueError("has a blank, a quote ' or a sign beyond ASCII. Choose a password without them.")
    if "?" in text.rpartition("@")[2]:
        raise ValueError("has options after a ?. Remove them: the program itself asks for TLS.")
    urls = text.split(",") if scheme == "https" else [text]
    found = [FORMS[scheme].fullmatch(url) for url in urls]
    matches = [one for one in found if one]
    if len(matches) < len(found):
        raise ValueError(f"is not complete. Write {EXAMPLES[scheme]}.")
    if any(LOOPBACK.fullmatch(one["host"]) for one in matches):
        raise ValueError("names the host itself, which is another one for each server. Name the database's own host.")
    places = tuple((one["host"].strip("[]"), int(one["port"] or PORTS[scheme])) for one in matches)
    if any(not 0 < port < 2**16 for _, port in places):
        raise ValueError("has a port that does not exist. Use 1 to 65535.")
    login = matches[0].groupdict()
    if scheme == "https":
        return Target("etcd", places)
    decode = unquote if scheme == "postgres" else str
    return Target(scheme, places, decode(login["user"]), decode(login["password"]), login["database"])


def endpoint_url(text: str, *, has_files: bool) -> str:
    """k3s' `datastore-endpoint`, by which k3s always verifies the certificate of the database.

    `has_files`: k3s gets an authority or a client certificate. Then its driver for MySQL uses TLS by itself, and an
    option in the URL would make it forget them. (Seen in kine's source.)
    """
    options = {"mysql": "" if has_files else "?tls=true", "postgres": "?sslmode=verify-full"}
    return text + options.get(text.partition("://")[0], "")
