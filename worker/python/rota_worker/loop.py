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


_create_task = None  # of the loop
_checked = {}  # name -> target that may run here


def _target(name):
    found = calls.target(name)
    calls.check_mode(found, "async")
    _checked[name] = found
    return found


async def _awaits(awaitable):
    return await awaitable


def _begin(task, name, args, kwargs):
    current.task.set(task)  # what is begun now inherits it
    try:
        found = _checked.get(name) or _target(name)
        args, kwargs = found.signature.bind(task, args, kwargs)
        coroutine = found.function(*args, **kwargs)
        if not hasattr(coroutine, "send"):
            coroutine = _awaits(coroutine)
        return _create_task(_rota.watched(task, coroutine))
    except (modules.NotThere, signatures.BadCall) as e:
        return _rota.done(task, *calls.refused(task, e))
    except BaseException as e:
        return _rota.done(task, *calls.failed(task, e))


def _take():
    stopped = _rota.take(_begin)
    current.task.set(None)
    for task in stopped:
        running = task.running()
        if running is not None:
            running.cancel()


def serve(fd):
    """The life of the loop's thread."""
    global _create_task
    threading.current_thread().name = "asyncio"
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    _create_task = loop.create_task
    loop.add_reader(fd, _take)
    while True:
        try:
            loop.run_forever()
        except (SystemExit, KeyboardInterrupt, rota.Stopped):
            pass  # of a task that a function has started and left: the others go on
