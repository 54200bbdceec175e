"""Files and modules of the user's own: loaded once, found by the names that job files have for them."""
import importlib
import importlib.util
import os
import sys
import threading
import traceback

_lock = threading.RLock()
_files = {}  # absolute path -> module


class NotThere(Exception):
    """What was named cannot be had: the words for the user."""


def _load_file(path):
    module = _files.get(path)
    if module is not None:
        return module
    stem = os.path.basename(path)[:-3]
    folder = os.path.dirname(path)
    if folder not in sys.path[:1]:
        sys.path[:] = [folder] + [p for p in sys.path if p != folder]
    # The stem is what others, such as pickle, look for; a module that bears it already keeps it.
    name = stem if stem.isidentifier() and stem not in sys.modules else "%s_%x" % (stem, abs(hash(path)))
    spec = importlib.util.spec_from_file_location(name, path)
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except BaseException:
        sys.modules.pop(name, None)
        raise
    _files[path] = module
    return module


def _trimmed(error):
    """The traceback from the first frame that is neither ours nor the import system's."""
    tb = error.__traceback__
    ours = os.path.dirname(__file__)
    while tb is not None:
        name = tb.tb_frame.f_code.co_filename
        if not name.startswith(ours) and not name.startswith("<frozen importlib") and "/importlib/" not in name:
            break
        tb = tb.tb_next
    return "".join(traceback.format_exception(type(error), error, tb)).rstrip()


def last_line(error):
    return "".join(traceback.format_exception_only(type(error), error)).strip().split("\n")[-1]


def load(module):
    """The module of "/path/file.py" or "py:package.module"; NotThere says what went wrong when it was imported."""
    try:
        with _lock:
            return importlib.import_module(module[3:]) if module.startswith("py:") else _load_file(module)
    except SystemExit as e:
        raise NotThere("%s ends the interpreter when it is imported: SystemExit: %s" % (module, e.code)) from None
    except BaseException as e:
        raise NotThere("%s cannot be imported: %s\n%s" % (module, last_line(e), _trimmed(e))) from None


def find(name):
    """The function of "MODULE:function"."""
    module, _, path = name.rpartition(":")
    found = load(module)
    for part in path.split("."):
        try:
            found = getattr(found, part)
        except AttributeError:
            raise NotThere("%s has no function '%s'%s" % (module, path, _near(path, found))) from None
    if not callable(found):
        raise NotThere("%s: '%s' is no function but of type '%s'" % (module, path, type(found).__name__))
    return found


def _near(name, where):
    import difflib

    near = difflib.get_close_matches(name, [n for n in dir(where) if callable(getattr(where, n, None))], 1)
    return "; did you mean '%s'?" % near[0] if near else ""
