"""Settings of Galera as the datastore."""

import re
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, field_validator

from components.datastore.settings import DatastoreSettings

# Names of databases and users that MariaDB or this program uses itself.
TAKEN = frozenset({"galera", "haproxy", "information_schema", "k3s", "kine", "mariadb", "mysql", "operator",
                   "performance_schema", "public", "root", "sst", "sys", "test"})  # fmt: skip


def database_name(text: str) -> str:
    """A name that needs no quotes in SQL, in a URL or in a shell."""
    if not re.fullmatch(r"[a-z][a-z0-9_]{0,31}", text):
        raise ValueError(f"{text} can't name a database. Use at most 32 of a-z, 0-9 and _, a letter first.")
    if text in TAKEN:
        raise ValueError(f"{text} is a name that the database or the cluster uses itself. Choose another.")
    return text


class GaleraSettings(DatastoreSettings):
    """Members are the hosts with the role `database`, in the order of their names: the first is the writer."""

    kind: Literal["galera"] = "galera"
    """Which database it is: MariaDB Galera."""
    arbitrator: str | None = None
    """A host that votes but has no copy of the data. Two members need one as the third vote."""
    databases: tuple[Annotated[str, AfterValidator(database_name)], ...] = ()
    """Databases for other applications, each with a user of the same name. Pods of all namespaces reach them at
    `databases.kube-system.svc:3306`; the output `databases` has a URL with the password for each."""
    suspect_seconds: int = Field(default=2, ge=2, le=10)
    """Galera: seconds of silence after which the others exclude a member, 2 to 10. Raise it if members reach each other
    through a relay of the tailnet. Writes then wait longer for a member that died. A change restarts the members, one
    after another."""

    @field_validator("databases")
    @classmethod
    def are_named_once(cls, databases: tuple[str, ...]) -> tuple[str, ...]:
        """Each has one user and one password."""
        if len(set(databases)) < len(databases):
            raise ValueError("names a database twice. Name each once.")
        return databases

    @property
    def further_hosts(self) -> frozenset[str]:
        """The arbitrator."""
        return frozenset({self.arbitrator} if self.arbitrator else ())
