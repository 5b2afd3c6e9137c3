"""Functions that look up resources by name (`get…` for each type), and the client's own identity."""

from collections.abc import Sequence
from functools import partial

from lab.providers.azure_native.azure_type import INPUTS, AzureType
from lab.providers.azure_native.cloud import Cloud
from lab.providers.stand_in import Function, Values

NOBODY = "00000000-0000-0000-0000-000000000000"
CLIENT = "azure-native:authorization:getClientConfig"


def functions(cloud: Cloud, types: Sequence[AzureType]) -> dict[str, Function]:
    """All functions by token."""
    made: dict[str, Function] = {CLIENT: partial(client_config, cloud)}
    for each in types:
        module, _, name = each.published_as.rpartition(":")
        made[f"{module}:get{name}"] = partial(look_up, cloud, each)
    return made


def look_up(cloud: Cloud, kind: AzureType, arguments: Values) -> Values:
    """A resource's outputs and its ID. Raises CloudError if it does not exist."""
    records = cloud.records()
    record = kind.required(records, kind.id_of(records, arguments))
    outputs = {name: value for name, value in kind.outputs(records, record).items() if name != INPUTS}
    return {"id": record["id"]} | outputs


def client_config(cloud: Cloud, arguments: Values) -> Values:
    """The client's identity and subscription."""
    return {"clientId": NOBODY, "objectId": NOBODY, "tenantId": NOBODY, "subscriptionId": cloud.subscription}
