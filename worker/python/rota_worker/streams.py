"""sys.stdout and sys.stderr of a worker that runs many functions: each write goes to the attempt that it comes from."""
import io
import sys
import threading

from rota_worker import current


class _Bytes(io.BufferedIOBase):
    """The `buffer` of a stream: each write is kept whole."""

    def __init__(self, number, fallback):
        self._number = number
        self._fallback = fallback

    def writable(self):
        return True

    def write(self, data):
        data = bytes(data)
        task = current.get()
        if task is None or not task.write(self._number, data):
            self._fallback.buffer.write(data)
        return len(data)


class Stream(io.TextIOBase):
    def __init__(self, number, fallback):
        self._number = number
        self._fallback = fallback
        self.buffer = _Bytes(number, fallback)

    encoding = "utf-8"
    errors = "surrogateescape"
    newlines = None
    line_buffering = True
    write_through = False

    @property
    def name(self):
        return "<stdout>" if self._number == 1 else "<stderr>"

    @property
    def mode(self):
        return "w"

    def writable(self):
        return True

    def isatty(self):
        return False

    def reconfigure(self, **_):
        pass

    def write(self, text):
        if not isinstance(text, str):
            raise TypeError("write() argument must be str, not %s" % type(text).__name__)
        task = current.get()
        # What comes after the end of its attempt, or from nobody's code, is the worker's own.
        if task is None or not task.write(self._number, text):
            self._fallback.write(text)
        return len(text)

    def flush(self):
        task = current.get()
        if task is None:
            self._fallback.flush()
        else:
            task.flush(self._number)


def _inheriting(start):
    """Threads that a function starts belong to its attempt: they write where it writes."""

    def run_for(task, run):
        current.task.set(task)
        run()

    def start_thread(self):
        task = current.get()
        if task is not None:
            run = self.run
            self.run = lambda: run_for(task, run)
        start(self)

    return start_thread


def install():
    # Nobody reads a worker's standard output; what is nobody's goes where its complaints go.
    sys.stdout = Stream(1, sys.__stderr__)
    sys.stderr = Stream(2, sys.__stderr__)
    threading.Thread.start = _inheriting(threading.Thread.start)
