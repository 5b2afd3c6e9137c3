"""The policy pack. `pulumi up --policy-pack policies` runs it; `bin/lab` always does."""

import sys
from pathlib import Path

from pulumi_policy import EnforcementLevel, PolicyPack

sys.path.insert(0, str(Path(__file__).parent.parent))  # Pulumi starts the pack with only its own folder there

from policies.exit_node import no_node_uses_or_offers_an_exit_node
from policies.open_ports import no_tcp_port_is_open_to_everyone

PolicyPack(
    "tailnet-k3s",
    enforcement_level=EnforcementLevel.MANDATORY,
    policies=[no_node_uses_or_offers_an_exit_node, no_tcp_port_is_open_to_everyone],
)
