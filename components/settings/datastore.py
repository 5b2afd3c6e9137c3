"""Settings of the datastore: where the cluster keeps its state."""

import re
from typing import Annotated, Literal

from pydantic import AfterValidator, field_validator

from components.settings.part import Part

# Names of databases and users that MariaDB or this program has for itself.
TAKEN = frozenset({"galera", "haproxy", "information_schema", "k3s", "kine", "mariadb", "mysql", "operator",
                   "performance_schema", "public", "root", "sst", "sys", "test"})  # fmt: skip


def database_name(text: str) -> str:
    """A name that needs quotes nowhere: not in SQL, not in a URL, not in a shell."""
    if not re.fullmatch(r"[a-z][a-z0-9_]{0,31}", text):
        raise ValueError(f"{text} can't name a database. Use at most 32 of a-z, 0-9 and _, a letter first.")
    if text in TAKEN:
        raise ValueError(f"{text} is a name that the database or the cluster uses itself. Choose another.")
    return text


class Datastore(Part):
    """Members are the hosts with the role `database`, in the order of their names: the first is the writer."""

    kind: Literal["galera", "etcd"] = "galera"
    """Which database it is: MariaDB Galera, or etcd (to come)."""
    arbitrator: str | None = None
    """A host that holds no copy and has a vote: the third for two members."""
    databases: tuple[Annotated[str, AfterValidator(database_name)], ...] = ()
    """Databases for other applications, each with a user of the same name."""

    @field_validator("databases")
    @classmethod
    def are_named_once(cls, databases: tuple[str, ...]) -> tuple[str, ...]:
        """Each has one user and one password."""
        if len(set(databases)) < len(databases):
            raise ValueError("names a database twice. Name each once.")
        return databases
