"""Coroutines on asyncio's loop, in a thread of its own: thousands at once, taken and given back in batches."""
import asyncio
import threading

import _rota
import rota
from rota_worker import calls, current, modules, signatures


def raised(task, error):
    """The end of a coroutine that has raised."""
    if isinstance(error, asyncio.CancelledError) and task.stop_requested():
        return calls.STOPPED, None
    return calls.failed(task, error)


_checked = {}  # name -> target that may run here


def _target(name):
    found = calls.target(name)
    calls.check_mode(found, "async")
    _checked[name] = found
    return found


async def _awaits(awaitable):
    return await awaitable


def _begin(loop, task, name, args, kwargs):
    task.enter()  # importing runs code of the user's
    try:
        found = _checked.get(name) or _target(name)
        args, kwargs = found.signature.bind(task, args, kwargs)
        coroutine = found.function(*args, **kwargs)
        if not hasattr(coroutine, "send"):
            coroutine = _awaits(coroutine)
    except (modules.NotThere, signatures.BadCall) as e:
        return _rota.done(task, *calls.refused(task, e))
    except BaseException as e:
        return _rota.done(task, *calls.failed(task, e))
    finally:
        task.leave()
    task.runs(loop.create_task(_rota.watched(task, coroutine)))


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
        running = task.running()
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
