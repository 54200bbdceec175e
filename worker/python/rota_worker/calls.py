"""Calls of functions: found, checked, run, and their end put into words."""
import contextvars
import os
import sys
import threading
import traceback
import types

import rota
from rota_worker import current, modules, signatures

RETURNED, FAILED, BAD_CALL, STOPPED = range(4)
_MESSAGE_BYTES = 4000
_STDERR_BYTES = 64 * 1024
_OURS = os.path.dirname(__file__)


class Target:
    """A function of the user's own by its name."""

    def __init__(self, name):
        short = name.rpartition(":")[2]
        self.function = modules.find(name)
        self.is_async = signatures.is_async(self.function)
        if self.is_async is None:
            raise modules.NotThere("'%s' %s" % (short, signatures.GENERATOR))
        self.signature = signatures.Signature(short, self.function)


_targets = {}


def target(name):
    """BadCall or NotThere says why there is none."""
    found = _targets.get(name)
    if found is None:
        found = _targets[name] = Target(name)
    return found


def check_mode(found, mode):
    if mode == "thread" and found.is_async:
        raise signatures.BadCall("target '%s' is an async function: it runs under async or process, not under thread"
                                 % found.signature.name)
    if mode == "async" and not found.is_async:
        raise signatures.BadCall("target '%s' is a plain function and would block the loop: it runs under thread or "
                                 "process, not under async" % found.signature.name)


def refused(task, error):
    """The end of a call that was not made."""
    message = str(error)
    if "\n" in message:  # what went wrong when the module was imported, at length
        task.write(2, message[:_STDERR_BYTES] + "\n")
    return BAD_CALL, _cut(message)


def _cut(message):
    raw = message.encode("utf-8", "backslashreplace")
    if len(raw) <= _MESSAGE_BYTES:
        return message
    return raw[:_MESSAGE_BYTES].decode("utf-8", "ignore") + "..."


def _first_of_theirs(tb):
    while tb is not None and tb.tb_frame.f_code.co_filename.startswith(_OURS):
        tb = tb.tb_next
    return tb


def _traceback(error):
    try:
        return "".join(traceback.format_exception(type(error), error, _first_of_theirs(error.__traceback__)))
    except BaseException as e:  # a __str__ of the user's may do anything
        return "%s, of which nothing can be told: %s\n" % (type(error).__name__, type(e).__name__)


def _headline(error):
    if isinstance(error, SystemExit):
        return "called sys.exit(%r): a function ends by returning" % (error.code,)
    try:
        if isinstance(error, SyntaxError):  # which has its place before it
            return modules.last_line(error)
        kind, text = type(error), str(error).strip().split("\n")[0]
        name = kind.__qualname__ if kind.__module__ in ("builtins", "__main__") else "%s.%s" % (kind.__module__,
                                                                                             kind.__qualname__)
        return "%s: %s" % (name, text) if text else name
    except BaseException:
        return type(error).__name__


def _place(error):
    """Where in the user's own code: the last frame before any library's is not known, so the last of all."""
    tb = _first_of_theirs(error.__traceback__)
    if tb is None:
        return ""
    while tb.tb_next is not None:
        tb = tb.tb_next
    return " (%s:%d)" % (os.path.basename(tb.tb_frame.f_code.co_filename), tb.tb_lineno)


def failed(task, error):
    """The end of a function that has raised: its message, and the traceback in its stderr."""
    if isinstance(error, rota.Stopped) and task.stop_requested():
        return STOPPED, None
    text = _traceback(error)
    task.write(2, text if len(text) <= _STDERR_BYTES else "...\n" + text[-_STDERR_BYTES:])
    return FAILED, _cut(_headline(error) + _place(error))


def keep(task, value):
    """What a function has returned, as outputs of its job. (how, message) if it cannot be kept."""
    try:
        declared = task.declared()
        if not declared or value is None:
            return RETURNED, None
        name, kind = declared[0]
        if isinstance(value, dict) and not (len(declared) == 1 and kind == "json" and name not in value):
            for name, _ in declared:
                if name in value:
                    task.set_output(name, value[name])
        elif len(declared) == 1:
            task.set_output(name, value)
        else:
            kind = type(value).__name__
            return FAILED, "returned a value of type '%s'; a job with several outputs takes a dict" % kind
    except ValueError as e:
        return FAILED, str(e)
    return RETURNED, None


def _call(task, function, args, kwargs):
    current.task.set(task)
    return function(*args, **kwargs)


_names = threading.local()
_NOT_RUN = (types.GeneratorType, types.AsyncGeneratorType)


def _name_thread(task):
    name = task.name()
    if getattr(_names, "name", None) != name:
        _names.name = name
        threading.current_thread().name = name


def run(task, name, mode, args, kwargs):
    """One call on this thread, to its end."""
    try:
        _name_thread(task)
        try:
            # Importing runs code of the user's, in the name of this attempt.
            found = _targets.get(name) or contextvars.copy_context().run(_call, task, target, (name,), {})
            check_mode(found, mode)
            args, kwargs = found.signature.bind(task, args, kwargs)
        except (modules.NotThere, signatures.BadCall) as e:
            return refused(task, e)
        function = _run_coroutine if found.is_async else found.function
        if found.is_async:
            args, kwargs = (task, found.function, args, kwargs), {}
        value = contextvars.copy_context().run(_call, task, function, args, kwargs)
        if hasattr(value, "__await__"):
            if hasattr(value, "close"):
                value.close()
            return FAILED, "returned something to be awaited: make the function an `async def`"
        if isinstance(value, _NOT_RUN):
            return FAILED, "returned a generator, of which nothing has run: a target is a function that returns"
        return keep(task, value)
    except BaseException as e:
        return failed(task, e)


def _run_coroutine(task, function, args, kwargs):
    """In a process of its own: a loop for this one."""
    import asyncio

    async def main():
        loop, me = asyncio.get_running_loop(), asyncio.current_task()
        task.on_stop(lambda: loop.call_soon_threadsafe(me.cancel))
        try:
            return await function(*args, **kwargs)
        finally:
            task.on_stop(None)

    try:
        return asyncio.run(main())
    except asyncio.CancelledError:
        if task.stop_requested():
            raise rota.Stopped() from None
        raise
