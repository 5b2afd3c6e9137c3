"""Waits for an object: until it is ready, or until it is gone."""

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
    """The object is there and not ready. `live` is how it was at last."""

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
    """The object when it is ready. Raises NotReady: after `limit` seconds (0: as long as is usual for the kind) too.

    An API server that does not answer for a while is waited for. `say` is told what is missing, when that changes.
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
    """Returns when the object with that uid is gone. Raises RuntimeError after `limit` seconds (0: 10 minutes)."""
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
    """The check for an object and the seconds that it may take; an annotation's comes before that of the kind."""
    group = ref.api_version.rpartition("/")[0]
    check, seconds = CHECKS.get(f"{group}/{ref.kind}", (None, DELETE_SECONDS))
    asked = m.annotation(live, m.WAIT_FOR)
    return (waits_for(asked.removeprefix(_CONDITION)) if asked else check), seconds


def wrong_wait(manifest: Manifest) -> str:
    """What is wrong with the object's annotations about waiting, empty if nothing is."""
    asked, limit = m.annotation(manifest, m.WAIT_FOR), m.annotation(manifest, m.TIMEOUT_SECONDS)
    if asked and not asked.startswith(_CONDITION):
        return f'annotation {m.WAIT_FOR}: this stand-in knows only "condition=TYPE"'
    if limit and not limit.isdecimal():
        return f"annotation {m.TIMEOUT_SECONDS}: give whole seconds"
    return ""
