"""Coroutines on asyncio's loop, in a thread of its own: thousands at once, taken and given back in batches."""
import asyncio
import threading

import _rota
import rota
from rota_worker import calls, current, modules, signatures


class _Watched:
    """Awaits a coroutine, and says before and after each step whose code runs."""

    __slots__ = ("task", "coroutine")

    def __init__(self, task, coroutine):
        self.task = task
        self.coroutine = coroutine

    def __await__(self):
        enter, leave = self.task.enter, self.task.leave
        step, what = self.coroutine.send, None
        while True:
            enter()
            try:
                awaited = step(what)
            except StopIteration as end:
                return end.value
            finally:
                leave()
            try:
                what = yield awaited
                step = self.coroutine.send
            except BaseException as e:
                step, what = self.coroutine.throw, e


async def _run(task, found, args, kwargs):
    """One call, to its end. Nothing that it raises reaches the loop."""
    how = calls.RETURNED, None
    try:
        how = calls.keep(task, await _Watched(task, found.function(*args, **kwargs)))
    except asyncio.CancelledError as e:
        how = (calls.STOPPED, None) if task.stop_requested() else calls.failed(task, e)
    except GeneratorExit:
        raise
    except BaseException as e:
        how = calls.failed(task, e)
    finally:
        del _running[task]
        _rota.done(task, *how)


_running = {}  # task -> asyncio's


def _begin(loop, task, name, args, kwargs):
    task.enter()  # importing runs code of the user's
    try:
        found = calls.target(name)
        calls.check_mode(found, "async")
        args, kwargs = found.signature.bind(task, args, kwargs)
    except (modules.NotThere, signatures.BadCall) as e:
        return _rota.done(task, *calls.refused(task, e))
    except BaseException as e:
        return _rota.done(task, *calls.failed(task, e))
    finally:
        task.leave()
    _running[task] = loop.create_task(_run(task, found, args, kwargs))


def _take(loop):
    fresh, stopped = _rota.take()
    gone = set(stopped)
    for task, name, args, kwargs in fresh:
        if task in gone:
            _rota.done(task, calls.STOPPED, None)  # before its first step: it has not begun
            continue
        current.task.set(task)  # what is begun now inherits it
        _begin(loop, task, name, args, kwargs)
    current.task.set(None)
    for task in stopped:
        running = _running.get(task)
        if running is not None:
            running.cancel()


def serve(fd):
    """The life of the loop's thread."""
    threading.current_thread().name = "asyncio"
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    loop.add_reader(fd, _take, loop)
    while True:
        try:
            loop.run_forever()
        except (SystemExit, KeyboardInterrupt, rota.Stopped):
            pass  # of a task that a function has started and left: the others go on
