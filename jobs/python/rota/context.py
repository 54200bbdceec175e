"""The attempt that the running code belongs to."""
import os
import signal
import sys
import threading
from typing import Any, Optional


class Stopped(BaseException):
    """Raised in a function under thread or process that was asked to stop and has not come back in half of its grace.

    Best effort: code that is not Python's sees it when it returns. Like SystemExit it is no Exception, so that
    `except Exception` lets it pass; clean up in `finally`.
    """


class Context:
    """What a function, or a program that a job runs, knows of its attempt."""

    @property
    def job_id(self) -> str:
        """Run, job and task: "12/render.7"."""
        return self.env("ROTA_JOB_ID") or ""

    @property
    def attempt(self) -> int:
        """1 for the first try."""
        return int(self.env("ROTA_ATTEMPT") or 1)

    def stop_requested(self) -> bool:
        """True once the attempt is to end: come back soon."""
        raise NotImplementedError

    def progress(self, done: float) -> None:
        """How far it is, from 0 to 1."""
        raise NotImplementedError

    def set_output(self, name: str, value: Any) -> None:
        """Leaves a result for others, if the job declares an output of this name."""
        raise NotImplementedError

    def env(self, name: str) -> Optional[str]:
        """An environment variable of the attempt: under thread and async it is not in os.environ."""
        raise NotImplementedError

    def path(self, text: str) -> str:
        """A path of the job's, made absolute."""
        return os.path.join(os.getcwd(), text)


class _OfTask(Context):
    """Of a function that Rota calls."""

    def __init__(self, task: Any) -> None:
        self._task = task

    def stop_requested(self) -> bool:
        return bool(self._task.stop_requested())

    def progress(self, done: float) -> None:
        self._task.progress(float(done))

    def set_output(self, name: str, value: Any) -> None:
        self._task.set_output(name, value)

    def env(self, name: str) -> Optional[str]:
        return self._task.env(name)  # type: ignore[no-any-return]

    def path(self, text: str) -> str:
        return self._task.path(text)  # type: ignore[no-any-return]


class _OfProcess(Context):
    """Of a program that a job runs: what its environment tells."""

    _stop = threading.Event()
    _listens = False

    def stop_requested(self) -> bool:
        cls = _OfProcess
        if not cls._listens and threading.current_thread() is threading.main_thread():
            cls._listens = True
            # A program that asks wants to end by itself; one that has a handler of its own keeps it.
            if signal.getsignal(signal.SIGTERM) is signal.SIG_DFL:
                signal.signal(signal.SIGTERM, lambda *_: cls._stop.set())
        return cls._stop.is_set()

    def progress(self, done: float) -> None:
        float(done)  # nobody listens to a program

    def set_output(self, name: str, value: Any) -> None:
        import json

        path = os.environ.get("ROTA_OUTPUT")
        if not path:
            return  # the job declares none
        text = value if isinstance(value, str) else json.dumps(value)
        if "\n" in text:
            raise ValueError("output %r: a text of several lines cannot be written as NAME=VALUE" % name)
        with open(path, "a", encoding="utf-8") as file:
            file.write("%s=%s\n" % (name, text))

    def env(self, name: str) -> Optional[str]:
        return os.environ.get(name)


def context() -> Context:
    """The context of the attempt that this code runs in. RuntimeError outside of Rota."""
    worker = sys.modules.get("rota_worker.current")
    task = worker.get() if worker is not None else None
    if task is not None:
        return _OfTask(task)
    if worker is None and os.environ.get("ROTA_JOB_ID"):
        return _OfProcess()
    raise RuntimeError(
        "rota.context(): this code runs in no attempt of Rota's"
        + ("; a thread or a task belongs to the attempt that has started it" if worker is not None else "")
    )
