"""`make sbom`: prints the bill of materials of the program, or of a stack: `python -m materials Pulumi.NAME.yaml`."""

import json
import sys
from pathlib import Path

from materials.bill import bill, config_of

ROOT = Path(__file__).parent.parent

stack = Path(sys.argv[1]) if sys.argv[1:] else None
found = bill((ROOT / "requirements.txt").read_text(), ROOT / "components", config_of(stack) if stack else None)
sys.stdout.write(f"{json.dumps(found, indent=2)}\n")
