"""The whole program under the engine's mocks, with any stack's settings: what it asks of providers."""

import runpy
from collections.abc import Mapping
from typing import Any

from lab.providers.oci.images import images
from tests.engine import Outputs, Run, run
from tests.stack import CALLS, ROOT, configure


def oracle_images(args: dict[str, Any]) -> dict[str, Any]:
    """Oracle's answer for images: the lab's catalogue."""
    return {**args, "id": "images", "images": images("test", args)}


ANSWERS = {"oci:Core/getImages:getImages": oracle_images, **CALLS}

OUTPUTS: dict[str, Outputs] = {
    "azure-native:resources:ResourceGroup": lambda name, inputs: {"name": inputs.get("resourceGroupName", name)},
    "azure-native:network:VirtualNetwork": lambda name, inputs: {"name": inputs.get("virtualNetworkName", name)},
}
"""What other resources are given of these."""


def run_program(settings: Mapping[str, Any], stack: str, preview: bool = False) -> Run:
    """An `up` or a preview of an empty stack. Raises what the program does."""

    def program() -> None:
        configure(settings)
        runpy.run_path(str(ROOT / "__main__.py"), run_name="__main__")

    return run(program, calls=ANSWERS, provided=OUTPUTS, stack=stack, preview=preview)
