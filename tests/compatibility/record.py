"""Writes down what the program of this checkout keeps in the states of the stacks beside this file.

Run it in a checkout of the commit that stacks shall be brought up by, and keep what it wrote:

    python -m tests.compatibility.record
"""

import json

from tests.compatibility.resources import recorded
from tests.compatibility.stacks import FILES, ran

if __name__ == "__main__":
    for file in FILES:
        file.with_suffix(".json").write_text(json.dumps(recorded(ran(file)), indent=1, sort_keys=True) + "\n")
