"""`bin/lab refresh`: updates the stack's state from the clouds, as `pulumi refresh` does. Changes no resource."""

from lab.engine import Finished, Workspace
from lab.existing_stack import existing_stack
from lab.progress import Report


def refresh(workspace: Workspace, report: Report) -> Finished:
    """Asks the clouds. Raises NoStackError and the errors of its parts, each one line, and KeyboardInterrupt."""
    with existing_stack(workspace, "refresh", report) as stack:
        return stack.run()
