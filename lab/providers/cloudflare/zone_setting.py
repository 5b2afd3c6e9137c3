"""`cloudflare.ZoneSetting`: how the edge connects to a zone's origins."""

from collections.abc import Iterator
from typing import Any

from pulumi.provider.experimental.provider import CheckFailure

from lab.providers.cloudflare.cloud import Cloud, now, outputs_of, refused
from lab.providers.properties import has_unknown
from lab.providers.stand_in import ResourceType, Values

KIND = "zone_setting"
VALUES: dict[str, tuple[Any, ...]] = {"ssl": ("off", "flexible", "full", "strict", "origin_pull")}
"""Settings that the lab's edge supports, with their allowed values."""
DEFAULTS = {"ssl": "full"}
"""The values in a new zone."""


class ZoneSetting(ResourceType):
    """One setting of a zone. It always exists: create changes it, and delete does nothing."""

    published_as = "cloudflare:index/zoneSetting:ZoneSetting"
    replaced_by = frozenset({"zoneId", "settingId"})
    volatile = frozenset({"modifiedOn"})

    def __init__(self, cloud: Cloud) -> None:
        self._cloud = cloud

    def check(self, inputs: Values) -> Iterator[CheckFailure]:
        """Refuse a setting that the lab does not support: it would have no effect."""
        name, value = inputs["settingId"], inputs.get("value")
        if has_unknown([name, value]):
            return
        if name not in VALUES:
            yield CheckFailure("settingId", f"settingId {name}: the lab's edge has only {', '.join(VALUES)}")
        elif value not in VALUES[name]:
            yield CheckFailure("value", f"value of {name} is {value!r}: it is one of {', '.join(VALUES[name])}")

    def create(self, inputs: Values) -> tuple[str, Values]:
        """Set it."""
        what = f"zone setting {inputs['settingId']}"
        self._cloud.zone_name(inputs["zoneId"], what)
        if inputs["value"] == "origin_pull":
            raise refused(what, "400 Bad Request", 1007, "invalid value: origin_pull is for enterprise zones")
        record = {"_type": KIND, **new_setting(inputs["zoneId"], inputs["settingId"], inputs["value"], now())}
        with self._cloud.changing() as records:
            records[record_id(inputs["zoneId"], inputs["settingId"])] = record
        return str(inputs["settingId"]), outputs_of(record)

    def update(self, resource_id: str, state: Values, inputs: Values) -> Values:
        """Set it."""
        return self.create(inputs)[1]

    def delete(self, resource_id: str, state: Values) -> None:
        """Does nothing, like the published provider: the setting keeps its last value."""

    def read(self, resource_id: str, state: Values) -> Values | None:
        """The current setting. An import needs ZONE/SETTING."""
        zone_id, _, name = resource_id.rpartition("/")
        return self._cloud.record(record_id(zone_id or state.get("zoneId", ""), name))


def record_id(zone_id: str, name: str) -> str:
    """The key of a zone's setting in the records. As a resource, its ID is its name only."""
    return f"{zone_id}/{name}"


def new_setting(zone_id: str, name: str, value: Any, modified: str) -> Values:
    """All outputs of a setting."""
    return {
        "editable": True,
        "enabled": None,
        "modifiedOn": modified,
        "settingId": name,
        "timeRemaining": None,
        "value": value,
        "zoneId": zone_id,
    }
