"""Waits until an object is ready, or until it is gone."""

import threading
import time
from collections.abc import Callable

from lab.providers.kubernetes import manifest as m
from lab.providers.kubernetes.cluster import ApiError, Cluster, Manifest, NoSuchKind, Ref, Unreachable
from lab.providers.kubernetes.readiness import CHECKS, Check, Failed, waits_for

FIRST_PAUSE, LONGEST_PAUSE = 0.2, 2.0
DELETE_SECONDS = 600
_CONDITION = "condition="


class NotReady(RuntimeError):  # noqa: N818  # it names a state
    """The object exists, but is not ready. `live`: the object when it was last read."""

    def __init__(self, message: str, live: Manifest) -> None:
        super().__init__(message)
        self.live = live


def wait_until_ready(
    cluster: Cluster,
    ref: Ref,
    live: Manifest,
    *,
    limit: float,
    cancelled: threading.Event,
    say: Callable[[str], None],
) -> Manifest:
    """Waits, and returns the ready object. Raises NotReady, at latest after `limit` seconds (0: the kind's default).

    Also waits for an API server that does not answer. `say` gets what is missing, whenever that changes.
    """
    check, seconds = _check_for(ref, live)
    if check is None or m.is_set(live, m.SKIP_AWAIT):
        return live
    seconds = limit or float(m.annotation(live, m.TIMEOUT_SECONDS) or seconds)
    deadline, pause, said = time.monotonic() + seconds, FIRST_PAUSE, ""
    while True:
        try:
            now = cluster.get(ref)
            if now is None:
                raise NotReady(f"{ref}: somebody has deleted it", live)
            live, missing = now, check(cluster, now)
        except Failed as failure:
            raise NotReady(f"{ref}: {failure}", live) from failure
        except (Unreachable, ApiError) as error:
            missing = str(error)
        if not missing:
            return live
        if missing != said:
            say(f"waiting: {missing}")
            said = missing
        if time.monotonic() > deadline:
            raise NotReady(f"{ref}: not ready after {seconds:.0f} s: {missing}", live)
        if cancelled.wait(pause):
            raise NotReady(f"{ref}: cancelled while waiting: {missing}", live)
        pause = min(pause * 1.5, LONGEST_PAUSE)


def wait_until_gone(cluster: Cluster, ref: Ref, uid: str, limit: float, cancelled: threading.Event) -> None:
    """Waits until the object with that UID is gone. Raises RuntimeError after `limit` seconds (0: 10 minutes)."""
    seconds = limit or DELETE_SECONDS
    deadline, pause, problem = time.monotonic() + seconds, FIRST_PAUSE, ""
    while True:
        try:
            live = cluster.get(ref)
            if live is None or (uid and live["metadata"].get("uid") != uid):
                return
            finalizers = live["metadata"].get("finalizers") or []
            problem = f"its finalizers are not done: {', '.join(finalizers)}" if finalizers else "it is still there"
        except NoSuchKind:
            return
        except (Unreachable, ApiError) as error:
            problem = str(error)
        if time.monotonic() > deadline:
            raise RuntimeError(f"{ref}: not gone after {seconds:.0f} s: {problem}")
        if cancelled.wait(pause):
            raise RuntimeError(f"{ref}: cancelled while it is being deleted")
        pause = min(pause * 1.5, LONGEST_PAUSE)


def _check_for(ref: Ref, live: Manifest) -> tuple[Check | None, float]:
    """The check for an object, and how many seconds to wait. Annotations take precedence over the kind's defaults."""
    group = ref.api_version.rpartition("/")[0]
    check, seconds = CHECKS.get(f"{group}/{ref.kind}", (None, DELETE_SECONDS))
    asked = m.annotation(live, m.WAIT_FOR)
    return (waits_for(asked.removeprefix(_CONDITION)) if asked else check), seconds


def wrong_wait(manifest: Manifest) -> str:
    """The problem of the object's annotations for waiting. Empty if there is none."""
    asked, limit = m.annotation(manifest, m.WAIT_FOR), m.annotation(manifest, m.TIMEOUT_SECONDS)
    if asked and not asked.startswith(_CONDITION):
        return f'annotation {m.WAIT_FOR}: this stand-in knows only "condition=TYPE"'
    if limit and not limit.isdecimal():
        return f"annotation {m.TIMEOUT_SECONDS}: give whole seconds"
    return ""
