"""The policy pack: `pulumi up --policy-pack policies` runs it; `bin/lab` always does."""

import sys
from pathlib import Path

from pulumi_policy import EnforcementLevel, PolicyPack

sys.path.insert(0, str(Path(__file__).parent.parent))  # Pulumi starts the pack with only its own folder there

from policies.rules import ADVICE, RULES
from policies.sdk import keep_marks_of_secrets

keep_marks_of_secrets()
PolicyPack("tailnet-k3s", enforcement_level=EnforcementLevel.MANDATORY, policies=[*RULES, *ADVICE])
