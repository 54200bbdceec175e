"""One function in a process of its own."""
import atexit
import signal
import sys
import threading

import _rota
import rota
from rota_worker import calls, current


def _on_interrupt(number, frame):
    task = current.alone
    if task is not None and not task.ended() and task.stop_requested():
        raise rota.Stopped()
    signal.default_int_handler(number, frame)


def _finish():
    """As an interpreter ends; the process then ends without asking it."""
    for end in (getattr(threading, "_shutdown", None), atexit._run_exitfuncs, sys.stdout.flush, sys.stderr.flush):
        try:
            if end is not None:
                end()
        except BaseException as e:
            sys.stderr.write("at the end of the process: %s\n" % e)


def _run(task, name, mode, args, kwargs):
    current.alone = task
    try:
        end = calls.run(task, name, mode, args, kwargs)
        _finish()
        return end
    finally:
        current.alone = None


def main(words):
    sys.stdout.reconfigure(line_buffering=True, errors="surrogateescape")
    signal.signal(signal.SIGINT, _on_interrupt)
    return _rota.run_target(_run, rota.Stopped)
