"""A pool worker: functions of one run, on threads and on a loop."""
import atexit
import os
import signal
import sys

import _rota
import rota
from rota_worker import calls, streams


def _serve(fd):
    from rota_worker import loop

    loop.serve(fd)


def main(words):
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # for no function in particular
    streams.install()
    code = _rota.run_pool(words[1:], calls.run, _serve, rota.Stopped)
    # Threads that functions have left behind are not waited for.
    try:
        atexit._run_exitfuncs()
        sys.__stderr__.flush()
    finally:
        os._exit(code)
