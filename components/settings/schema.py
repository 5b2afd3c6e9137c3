"""Generates settings.schema.json, with which editors complete and check a stack's file. `make schema` runs it.

python -m components.settings.schema > settings.schema.json
"""

import json
import sys
from typing import Any

from pydantic import TypeAdapter

from components.settings.kinds import adapters, kinds

PROJECT = "tailnet-k3s"
DRAFT = "http://json-schema.org/draft-07/schema#"  # the draft that editors' YAML servers support best
ENCRYPTED = {
    "description": "What `pulumi config set --secret` writes in the place of a value.",
    "type": "object",
    "properties": {"secure": {"type": "string"}},
    "required": ["secure"],
    "additionalProperties": False,
}
PULUMIS = {
    "encryptionsalt": "Of the passphrase that secrets are encrypted with. Written by Pulumi.",
    "encryptedkey": "The key that secrets are encrypted with, itself encrypted. Written by Pulumi.",
    "secretsprovider": "What secrets are encrypted with. Written by `pulumi stack init --secrets-provider`.",
}
"""Pulumi's own keys in a stack's file."""


def schema() -> dict[str, Any]:
    """JSON Schema of `Pulumi.STACK.yaml`. It does not check settings of providers (`oci:region`)."""
    parts, definitions = TypeAdapter.json_schemas(
        [(name, "validation", adapter) for name, adapter in adapters().items()], ref_template="#/definitions/{model}"
    )
    settings = {f"{PROJECT}:{name}": parts[name, "validation"] for name in kinds()}
    return {
        "$schema": DRAFT,
        "title": f"A stack of {PROJECT}",
        "type": "object",
        "properties": {
            "config": {
                "type": "object",
                "description": f"{PROJECT}:… are settings of this program, all others settings of Pulumi's providers.",
                "properties": _for_editors(settings),
                # Report misspelt settings of the program only.
                "patternProperties": {f"^(?!{PROJECT}:)[^:]+:.+$": {}},
                "additionalProperties": False,
            },
            "environment": {"description": "Environments of Pulumi ESC."},
            **{key: {"type": "string", "description": text} for key, text in PULUMIS.items()},
        },
        "additionalProperties": False,
        "definitions": {"Encrypted": ENCRYPTED, **_for_editors(definitions["$defs"])},
    }


def _for_editors(node: Any) -> Any:
    """Allows the encrypted form of secrets, too. Removes pydantic's titles, which only repeat the keys."""
    if isinstance(node, list):
        return [_for_editors(one) for one in node]
    if not isinstance(node, dict):
        return node
    if node.get("format") == "password":
        kept = {key: node[key] for key in ("description",) if key in node}
        return {**kept, "anyOf": [{"type": "string"}, {"$ref": "#/definitions/Encrypted"}]}
    if isinstance(text := node.get("description"), str):
        node = {**node, "description": " ".join(text.split()).replace("None:", "null:")}
    return {
        key: _for_editors(value)
        for key, value in node.items()
        if key != "discriminator" and not (key == "title" and isinstance(value, str))
    }


if __name__ == "__main__":
    json.dump(schema(), sys.stdout, indent=2, ensure_ascii=False)
    sys.stdout.write("\n")
