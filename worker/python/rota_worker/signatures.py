"""What a function takes: checked before it is called, and told in the words that job files know."""
import inspect
import typing

_WORDS = {
    bool: ("bool", "true or false"),
    int: ("int", "an integer"),
    float: ("float", "a number"),
    str: ("string", "text"),
    list: ("list", "a list"),
    dict: ("map", "a map"),
}


GENERATOR = "is a generator: a target is a function that returns"


class BadCall(Exception):
    """The function cannot be called so: the words for the user."""


def is_async(function):
    """True for `async def`, in its disguises too; None for what is no function that ends."""
    call = function
    while hasattr(call, "func") and not inspect.isfunction(call):
        call = call.func
    if not inspect.isroutine(call) and not isinstance(call, type):
        call = getattr(call, "__call__", call)
    if inspect.isasyncgenfunction(call) or inspect.isgeneratorfunction(call):
        return None
    return inspect.iscoroutinefunction(call)


def plain_type(annotation):
    """(type, may be None) of an annotation that can be checked, else (None, True)."""
    if annotation in _WORDS:
        return annotation, False
    origin = getattr(annotation, "__origin__", None)
    if origin in (list, dict):
        return origin, False
    parts = getattr(annotation, "__args__", None) or ()
    others = [p for p in parts if p is not type(None)]
    is_union = origin is typing.Union or type(annotation).__name__ == "UnionType"
    if is_union and len(others) == 1 and len(parts) == 2:
        return plain_type(others[0])[0], True
    return None, True


def _fits(kind, value):
    if kind is float:
        return type(value) in (int, float)
    if kind is str:
        return type(value) in (str, int, float, bool)
    return type(value) is kind


def _got(value):
    if value is None:
        return "nothing"
    if isinstance(value, str):
        return 'the string "%.40s"' % value
    names = {"list": "list", "dict": "map"}
    return "the %s %.40s" % (names.get(type(value).__name__, type(value).__name__), value)


class Signature:
    """Of one function; calls of one shape are looked at once."""

    def __init__(self, name, function):
        self.name = name
        self.types = {}
        self.shapes = {}
        try:
            self.signature = inspect.signature(function)
        except (TypeError, ValueError):
            self.signature = None  # one that is not Python's and says nothing of itself
            return
        try:
            hints = typing.get_type_hints(function)
        except Exception:
            hints = {}
        for parameter in self.signature.parameters.values():
            annotation = hints.get(parameter.name, parameter.annotation)
            if annotation is not parameter.empty:
                self.types[parameter.name] = plain_type(annotation)

    def __str__(self):
        return "%s%s" % (self.name, "(...)" if self.signature is None else self.signature)

    def _shape(self, count, names):
        """What to check of a call with so many arguments by position and these by name: [(place, parameter), ...]."""
        try:
            bound = self.signature.bind(*range(count), **{name: name for name in names})
        except TypeError as e:
            raise BadCall("target '%s': %s; it is %s" % (self.name, e, self)) from None
        checks = []
        for parameter, places in bound.arguments.items():
            kind = self.signature.parameters[parameter].kind
            if kind is inspect.Parameter.VAR_POSITIONAL:
                each = places
            elif kind is inspect.Parameter.VAR_KEYWORD:
                each = places.values()
            else:
                each = (places,)
            if self.types.get(parameter, (None,))[0] is not None:
                checks += [(place, parameter) for place in each]
        return checks

    def bind(self, task, args, kwargs):
        """The arguments as the function takes them. BadCall if it cannot be called with them."""
        if self.signature is None:
            return args, kwargs
        shape = (len(args), *kwargs) if kwargs else len(args)
        checks = self.shapes.get(shape)
        if checks is None:
            checks = self._shape(len(args), tuple(kwargs))
            if len(self.shapes) < 1000:
                self.shapes[shape] = checks
        for place, parameter in checks:
            kind, may_be_none = self.types[parameter]
            at = kwargs if isinstance(place, str) else args
            value = at[place]
            if type(value) is kind or (value is None and may_be_none):
                continue
            if not _fits(kind, value):
                raise BadCall("target '%s' takes '%s' as %s, got %s; it is %s"
                              % (self.name, parameter, _WORDS[kind][1], _got(value), self))
            changed = float(value) if kind is float else task.text(place)  # 3.10 as text is "3.10"
            if at is kwargs:
                kwargs[place] = changed
            else:
                args = args[:place] + (changed,) + args[place + 1:]
        return args, kwargs

    def told(self):
        """As `describe` tells it."""
        if self.signature is None:
            return [{"name": "args", "type": "any", "required": False, "default": "", "rest": True},
                    {"name": "kwargs", "type": "any", "required": False, "default": "", "any_name": True}]
        out = []
        for p in list(self.signature.parameters.values())[:64]:
            kind, may_be_none = self.types.get(p.name, (None, True))
            gathers = p.kind in (p.VAR_POSITIONAL, p.VAR_KEYWORD)
            one = {
                "name": p.name,
                "type": _WORDS[kind][0] if kind is not None else "any",
                "or_null": kind is not None and may_be_none,
                "required": p.default is p.empty and not gathers,
                "default": "" if p.default is p.empty else _shown(p.default),
                "rest": p.kind is p.VAR_POSITIONAL,
                "by_position_only": p.kind is p.POSITIONAL_ONLY,
                "by_name_only": p.kind is p.KEYWORD_ONLY,
                "any_name": p.kind is p.VAR_KEYWORD,
            }
            out.append(one)
        return out


def _shown(default):
    try:
        return repr(default)[:64].encode("ascii", "backslashreplace").decode()
    except Exception:
        return "?"
