# A verb that the scripts of this folder share. Needs python3.
# shellcheck shell=bash

# json_value KEY... <JSON: prints the value at that path. A list has one line for each item. Prints
# nothing for null and for a missing key.
json_value() {
  python3 -c 'import json, sys
value = json.load(sys.stdin)
for key in sys.argv[1:]:
    value = (value or {}).get(key)
for item in value if isinstance(value, list) else [] if value is None else [value]:
    print(item)' "$@"
}
