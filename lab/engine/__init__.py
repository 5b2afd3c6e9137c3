"""Pulumi for the lab: a workspace of the lab's own, the engine in the operator's network, its events as progress."""

from lab.engine.cipher import Secret
from lab.engine.messages import Finished
from lab.engine.plugins import install_plugins
from lab.engine.recovery import find_damage, repair
from lab.engine.run import EngineError, Operation, Start, run_engine
from lab.engine.show import Plan, Progress, summary
from lab.engine.stack_file import merged, plain, settings_of
from lab.engine.state import StateError, outputs, resources, secret_values
from lab.engine.workspace import DEFAULT_STACK, Workspace, hosts_of, prepare, stack_of

__all__ = [
    "DEFAULT_STACK",
    "EngineError",
    "Finished",
    "Operation",
    "Plan",
    "Progress",
    "Secret",
    "Start",
    "StateError",
    "Workspace",
    "find_damage",
    "hosts_of",
    "install_plugins",
    "merged",
    "outputs",
    "plain",
    "prepare",
    "repair",
    "resources",
    "run_engine",
    "secret_values",
    "settings_of",
    "stack_of",
    "summary",
]
