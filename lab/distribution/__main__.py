"""`python -m lab.distribution NAME…` builds programs or groups of programs. For each it prints NAME<tab>FILE."""

import sys

from lab.distribution.build import build_programs, stop_builds
from lab.distribution.command import BuildError
from lab.distribution.programs import GROUPS
from lab.progress import shown


def main(arguments: list[str]) -> int:
    """Returns the exit status. 1: a build failed, and one line says why. 2: an unknown name."""
    names = [name for argument in arguments for name in GROUPS.get(argument, (argument,))]
    try:
        with shown(sys.stderr) as report:
            files = build_programs(names, report)
    except ValueError as error:
        print(f"{error}; groups: {', '.join(GROUPS)}", file=sys.stderr)
        return 2
    except BuildError as error:
        print(error, file=sys.stderr)
        return 1
    finally:
        stop_builds()
    for name, file in files.items():
        print(f"{name}\t{file}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
