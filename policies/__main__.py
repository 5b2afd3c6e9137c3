"""The policy pack: `pulumi up --policy-pack policies` runs it; `bin/lab` always does."""

import sys
from pathlib import Path

from pulumi_policy import EnforcementLevel, PolicyPack

sys.path.insert(0, str(Path(__file__).parent.parent))  # Pulumi starts the pack with only its own folder there

from policies.rules import RULES

PolicyPack("tailnet-k3s", enforcement_level=EnforcementLevel.MANDATORY, policies=[*RULES])
"""What no stack may do, whatever its settings say: Pulumi asks these rules at each preview and before each change."""
