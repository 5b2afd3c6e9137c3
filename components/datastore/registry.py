"""The kinds of datastore, one line each."""

from collections.abc import Mapping
from functools import reduce
from operator import or_
from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from components.datastore.etcd.kind import ETCD
from components.datastore.external.kind import EXTERNAL
from components.datastore.galera.kind import GALERA
from components.datastore.kind import Kind
from components.datastore.sqlite.kind import SQLITE

DATASTORES: dict[str, Kind] = {
    "galera": GALERA,
    "etcd": ETCD,
    "sqlite": SQLITE,
    "external": EXTERNAL,
}
DEFAULT = "galera"


def any_datastore() -> Any:
    """The type of the setting `datastore`: one model, or a union of models with `kind` as discriminator."""
    models: list[Any] = [kind.settings for kind in DATASTORES.values()]
    known = Annotated[reduce(or_, models), Field(discriminator="kind")] if models[1:] else models[0]
    return Annotated[known, BeforeValidator(_with_kind)]


def _with_kind(value: object) -> object:
    """Adds the default kind to settings without `kind`."""
    return {"kind": DEFAULT, **value} if isinstance(value, Mapping) else value
