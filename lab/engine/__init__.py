"""Pulumi for the lab: its own workspace, the engine in the operator's network, and the engine's progress."""

from lab.engine.cipher import Secret
from lab.engine.messages import Finished
from lab.engine.plugins import install_plugins
from lab.engine.recovery import find_leftovers, repair
from lab.engine.run import EngineError, EngineLaunch, Operation, run_engine
from lab.engine.show import Plan, Progress, summary
from lab.engine.stack_file import merged, plain, settings_of
from lab.engine.state import StateError, outputs, resources, secret_values
from lab.engine.workspace import DEFAULT_STACK, Workspace, hosts_of, prepare, stack_of

__all__ = [
    "DEFAULT_STACK",
    "EngineError",
    "EngineLaunch",
    "Finished",
    "Operation",
    "Plan",
    "Progress",
    "Secret",
    "StateError",
    "Workspace",
    "find_leftovers",
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
