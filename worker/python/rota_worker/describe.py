"""What a module offers, as JSON: for those who must not import it."""
import inspect
import json
import os
import re
import sys

from rota_worker import modules, signatures

_WORD = re.compile(r"[A-Za-z_][A-Za-z0-9_.]{0,63}\Z")
_TARGETS = 1000


def _names(module):
    public = getattr(module, "__all__", None)
    return list(vars(module)) if public is None else [n for n in public if isinstance(n, str)]


def _is_target(name, what):
    return _WORD.match(name) and callable(what) and not isinstance(what, type) and not name.startswith("__")


def _told(name, function):
    is_async = signatures.is_async(function)
    if is_async is None:  # found, and no target: the summary says why
        return {"name": name, "parameters": [], "modes": [], "summary": signatures.GENERATOR}
    summary = (inspect.getdoc(function) or "").strip().split("\n")[0] if inspect.isroutine(function) else ""
    return {
        "name": name,
        "parameters": signatures.Signature(name, function).told(),
        "modes": ["async", "process"] if is_async else ["thread", "process"],
        "summary": summary[:200].encode("utf-8", "replace").decode(),
    }


def _functions(module, own_only):
    for name in dict.fromkeys(_names(module)):
        what = getattr(module, name, None)
        if own_only and (name.startswith("_") or getattr(what, "__module__", None) != module.__name__):
            continue
        if _is_target(name, what):
            yield name, what
    if own_only:
        return
    for holder, kind in list(vars(module).items()):  # methods that need no object
        if isinstance(kind, type) and kind.__module__ == module.__name__:
            for name, what in list(vars(kind).items()):
                path, bound = holder + "." + name, getattr(kind, name)
                if isinstance(what, (staticmethod, classmethod)) and _is_target(path, bound):
                    yield path, bound


def _answer(module, own_only):
    try:
        import _rota  # noqa: F401
    except ImportError as e:
        return {"error": "%s (Python %s) cannot load Rota's part for it: %s; it takes CPython 3.8 or later"
                         % (sys.executable, sys.version.split()[0], e)}
    try:
        loaded = modules.load(module)
    except modules.NotThere as e:
        text = str(e).split("\n", 1)[0]
        return {"error": text[len(module):].lstrip() if text.startswith(module) else text}
    told = []
    for name, function in _functions(loaded, own_only):
        one = _told(name, function)
        if len(told) < _TARGETS and (one["modes"] or not own_only):
            told.append(one)
    return {"targets": told, "interpreter": sys.executable}


def main(words):
    answer = os.dup(1)
    os.dup2(2, 1)  # what the module prints is not the answer
    text = json.dumps(_answer(words[1], words[0] == "describe-own"))
    with os.fdopen(answer, "wb") as file:
        file.write(text.encode())
    sys.stderr.flush()
    os._exit(0)  # not past what the module has begun
