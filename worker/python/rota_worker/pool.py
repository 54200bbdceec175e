"""A pool worker: functions of one run, on threads and on a loop."""
import atexit
import gc
import os
import signal
import sys

import _rota
import rota
from rota_worker import calls, streams


def _serve(fd):
    from rota_worker import loop  # asyncio is large: only where something runs on it

    loop.serve(fd)


def _raised(task, error):
    from rota_worker import loop

    return loop.raised(task, error)


def _run(task, name, mode, args, kwargs):
    if mode == "process":  # a warm one: the environment is the attempt's, which os.environ has not seen
        fresh = dict(entry.split(b"=", 1) for entry in _rota.environ() if b"=" in entry)
        os.environ._data.clear()
        os.environ._data.update(fresh)
    return calls.run(task, name, mode, args, kwargs)


def main(words):
    words = words[1:]
    if words[:1] == ["--asyncio"]:  # something will run on a loop: it is there before the first task is
        from rota_worker import loop  # noqa: F401

        words = words[1:]
    # With thousands of coroutines alive the collector would look at all of them for every 700 objects that are made.
    gc.set_threshold(10_000, *gc.get_threshold()[1:])
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # for no function in particular
    streams.install()
    leave, os._exit = os._exit, _rota.exit  # which a function calls to harm its neighbours: it is named
    code = _rota.run_pool(words, _run, _serve, calls.keep, _raised, rota.Stopped)
    # Threads that functions have left behind are not waited for.
    try:
        atexit._run_exitfuncs()
        sys.__stderr__.flush()
    finally:
        leave(code)
