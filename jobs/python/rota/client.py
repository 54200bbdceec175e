"""A client of the service (rotad): submit job files, wait for runs, ask how they stand.

    import rota
    run = rota.submit("nightly.yaml", params={"day": "2026-03-01"})
    end = rota.wait(run)
    assert end.outcome == "succeeded", end

Nothing but the standard library, over the service's own socket. Every function may be called from any thread: each call
has a connection of its own. What goes wrong is a RotaError that says what happened and what to do.
"""

from __future__ import annotations

import array
import dataclasses
import fcntl
import json
import os
import socket as sockets
import struct
import time
import uuid
from typing import IO, Any, Dict, Iterable, List, Mapping, Optional, Union

__all__ = ["RotaError", "InvalidJobFile", "Unreachable", "NotFound", "Run", "RunStatus", "ServiceStatus", "submit",
           "wait", "status"]

_PROTOCOL = 1
_FRAME_BYTES = 8 << 20    # of one frame
_MESSAGE_BYTES = 256 << 20  # of one message
_MORE = 1 << 31           # top bit of a frame's length: the message goes on in the next one
_CARRIED = ("PATH", "HOME", "USER", "SHELL", "LANG", "TZ")  # of the environment; LC_* besides
_ENDED = 7                # place of `finished` among the states
_PENDING = 0              # and of `pending`
_STARTING, _RUNNING, _PAUSED = 2, 3, 4
_STATES = 8
_ADD_SEALS = 1033         # fcntl has these names since 3.9
_SEALS = 1 | 2 | 4 | 8    # nothing of it changes any more: F_SEAL_SEAL, SHRINK, GROW, WRITE
_OUTCOMES = ("succeeded", "failed", "timed_out", "cancelled", "crashed", "oom", "lost", "skipped", "upstream_failed")

Scalar = Union[str, int, float, bool]


class RotaError(Exception):
    """Something could not be done. `hint`, where it is not empty, says what to do."""

    def __init__(self, what: str, hint: str = "") -> None:
        super().__init__(what + ("\n" + hint if hint else ""))
        self.what = what
        self.hint = hint


class InvalidJobFile(RotaError):
    """The job file is wrong; the text names line and column."""


class Unreachable(RotaError):
    """No service answers at the socket."""


class NotFound(RotaError):
    """There is no such run."""


@dataclasses.dataclass(frozen=True)
class Run:
    """A submitted run. `known`: the idempotency key had been used, and this is the run of that time."""

    number: int
    name: str
    tasks: int
    known: bool = False

    def __int__(self) -> int:
        return self.number


@dataclasses.dataclass(frozen=True)
class RunStatus:
    """How a run stands. `state` is its outcome when it has ended, else pending, running or stopping; `unknown` while
    the service is finding out what became of it."""

    number: int
    name: str
    state: str
    outcome: Optional[str]
    tasks: int
    ended: int
    outcomes: Dict[str, int]

    @property
    def done(self) -> bool:
        return self.outcome is not None

    @property
    def succeeded(self) -> bool:
        return self.outcome == "succeeded"


@dataclasses.dataclass(frozen=True)
class ServiceStatus:
    """How the service stands. `closed` is not empty when it takes up nothing new (limit:drain, limit:safe-mode)."""

    version: str
    pid: int
    runs: int
    tasks_waiting: int
    tasks_running: int
    closed: str
    state_directory: str


def submit(
    file: Union[str, "os.PathLike[str]", None] = None,
    *,
    text: Optional[str] = None,
    params: Optional[Mapping[str, Scalar]] = None,
    name: str = "",
    hold: bool = False,
    after: Iterable[Union[int, Run]] = (),
    key: str = "",
    export: Iterable[str] = (),
    socket: Optional[str] = None,
) -> Run:
    """Submits a job file, or the text of one (then paths in it are relative to the current directory).

    When it returns, the run is durable; it need not have begun. `key` is an idempotency key: the same within 24 hours
    gives the same run, so a call whose answer was lost may be repeated. Without one, a fresh one is used, and the
    call is repeated once by itself if the connection is lost. `export` names environment variables that the jobs get
    besides the usual ones (PATH, HOME, USER, SHELL, LANG, LC_*, TZ).
    """
    if (file is None) == (text is None):
        raise TypeError("submit() takes a file or text=, one of the two")
    if file is not None:
        path = os.path.abspath(os.fspath(file))
        try:
            with open(path, "rb") as f:
                content = f.read()
        except OSError as e:
            raise RotaError(f"cannot read the job file {path}: {e.strerror}") from e
        shown, directory = os.fspath(file), os.path.dirname(path)
    else:
        content, path, shown, directory = str(text).encode(), "", "-", os.getcwd()
    ask: Dict[str, Any] = {
        "ask": "submit", "file": _told(shown), "absolute_path": _told(path), "directory": _told(directory),
        "params": [[k, _text_of(v)] for k, v in (params or {}).items()], "env": _exported(export), "name": name,
        "hold": hold, "after": [int(run) for run in after], "key": key or "py-" + uuid.uuid4().hex,
    }
    with _sealed(content) as sealed:
        try:
            reply = _ask(ask, socket, sealed.fileno())
        except _Lost:
            reply = _ask(ask, socket, sealed.fileno())
    if reply["reply"] == "registered":
        raise RotaError(f"{shown} has schedules: it is registered now, and is run by them",
                        "rota schedule list shows when; rota schedule trigger NAME runs it now")
    return Run(reply["run"], reply.get("name", ""), reply.get("tasks", 0), reply.get("known", False))


def wait(
    run: Union[int, str, Run],
    *,
    timeout: Optional[float] = None,
    socket: Optional[str] = None,
) -> RunStatus:
    """Waits until the run has ended. TimeoutError when `timeout` seconds are up; the run goes on."""
    reply = _ask({"ask": "wait", "selectors": str(_number(run))}, socket, timeout=timeout)
    return _run_status(reply["runs"][0])


def status(
    run: Union[int, str, Run, None] = None, *, socket: Optional[str] = None
) -> Union[RunStatus, ServiceStatus]:
    """How a run stands; without one: how the service stands."""
    if run is None:
        s = _ask({"ask": "status"}, socket)
        return ServiceStatus(s.get("version", ""), s.get("pid", 0), s.get("runs", 0), s.get("tasks_waiting", 0),
                             s.get("tasks_running", 0), s.get("closed", ""), s.get("state_directory", ""))
    number = _number(run)
    for one in _ask({"ask": "list"}, socket).get("runs", []):
        if one["run"] == number:
            return _run_status(one)
    # The service has let go of it: it has ended, or never was, and this does not wait.
    return wait(number, socket=socket)


class _Lost(Unreachable):
    """The connection ended before the answer came."""


def _number(run: Union[int, str, Run]) -> int:
    try:
        return int(run)
    except ValueError:
        raise RotaError(f"{run!r} is no run: a number is meant, as submit() gives it") from None


def _text_of(value: Scalar) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def _exported(names: Iterable[str]) -> List[Any]:
    wanted = list(names)
    for one in wanted:
        if one not in os.environ:
            raise RotaError(f"export: there is no variable {one} in this environment")
    return [_told(f"{k}={v}") for k, v in os.environ.items()
            if k in _CARRIED or k.startswith("LC_") or k in wanted]


def _told(text: str) -> Any:
    """As the protocol has texts: what is not UTF-8 goes as hexadecimal digits."""
    try:
        text.encode()
        return text
    except UnicodeEncodeError:
        return {"hex": os.fsencode(text).hex()}


def _run_status(run: Mapping[str, Any]) -> RunStatus:
    counts = run.get("tasks", {})
    states = list(counts.get("states", [])) + [0] * _STATES
    outcomes = dict(zip(_OUTCOMES, counts.get("outcomes", [])))
    outcome, total = run.get("outcome"), counts.get("total", 0)
    if outcome:
        state = outcome
    elif run.get("reason", {}).get("kind") == "recovering":
        state = "unknown"
    elif run.get("stopping"):
        state = "stopping"
    else:
        left = total - states[_ENDED]
        at_work = states[_STARTING] + states[_RUNNING]
        if not at_work and (run.get("paused") or states[_PAUSED]):
            state = "paused"
        else:
            state = "pending" if left and states[_PENDING] == left else "running"
    return RunStatus(run["run"], run.get("name", ""), state, outcome, total, states[_ENDED],
                     {k: n for k, n in outcomes.items() if n})


def _state_directory() -> str:
    named = os.environ.get("ROTA_STATE_DIR")
    if named:
        return named
    home = os.environ.get("XDG_STATE_HOME") or os.path.join(os.path.expanduser("~"), ".local", "state")
    return os.path.join(home, "rota")


def _is_ours(directory: str) -> bool:
    try:
        s = os.stat(directory)
    except OSError:
        return False
    return s.st_uid == os.geteuid() and not s.st_mode & 0o022 and os.access(directory, os.W_OK | os.X_OK)


def _socket_path(given: Optional[str]) -> str:
    """As the command line finds it."""
    named = given or os.environ.get("ROTA_SOCKET")
    if named:
        return os.path.abspath(named)
    runtime = os.environ.get("XDG_RUNTIME_DIR", "")
    if runtime.startswith("/") and _is_ours(runtime):
        return os.path.join(runtime, "rota", "rotad.sock")
    return os.path.join(_state_directory(), "run", "rotad.sock")


def _connect(path: str, deadline: Optional[float]) -> sockets.socket:
    s = sockets.socket(sockets.AF_UNIX, sockets.SOCK_STREAM)
    try:
        _arm(s, deadline)
        # A socket's address holds 108 bytes; a longer one is reached through its directory.
        directory = os.open(os.path.dirname(path), os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            s.connect(f"/proc/self/fd/{directory}/{os.path.basename(path)}")
        finally:
            os.close(directory)
        return s
    except OSError as e:
        s.close()
        if isinstance(e, (TimeoutError, sockets.timeout)):
            raise TimeoutError(f"no answer from {path} in time") from e
        raise Unreachable(f"no service answers at {path}: {e.strerror or e}",
                          "start one with `rotad`, or name its socket with socket= or ROTA_SOCKET") from e


def _arm(s: sockets.socket, deadline: Optional[float]) -> None:
    if deadline is None:
        s.settimeout(None)
        return
    left = deadline - time.monotonic()
    if left <= 0:
        raise TimeoutError("the time is up")
    s.settimeout(left)


def _send(s: sockets.socket, message: Mapping[str, Any], fd: Optional[int] = None) -> None:
    body = json.dumps(message).encode()
    if len(body) > _MESSAGE_BYTES:
        raise RotaError("what is asked takes more bytes than a message may have")
    at = 0
    while True:
        part = body[at:at + _FRAME_BYTES]
        at += len(part)
        frame = struct.pack("<I", len(part) | (_MORE if at < len(body) else 0)) + part
        if fd is not None:
            rights = array.array("i", [fd])
            sent = s.sendmsg([frame], [(sockets.SOL_SOCKET, sockets.SCM_RIGHTS, rights)])
            frame, fd = frame[sent:], None
        s.sendall(frame)
        if at >= len(body):
            return


def _exactly(s: sockets.socket, size: int) -> bytes:
    out = bytearray()
    while len(out) < size:
        got = s.recv(min(size - len(out), 1 << 20))
        if not got:
            raise _Lost("the service closed the connection before it answered")
        out += got
    return bytes(out)


def _receive(s: sockets.socket) -> Dict[str, Any]:
    body, more = bytearray(), True
    while more:
        (word,) = struct.unpack("<I", _exactly(s, 4))
        size, more = word & ~_MORE, bool(word & _MORE)
        if size > _FRAME_BYTES or len(body) + size > _MESSAGE_BYTES:
            raise RotaError("what answers is no coordinator of Rota")
        body += _exactly(s, size)
    try:
        message = json.loads(body)
    except ValueError as e:
        raise RotaError("what answers is no coordinator of Rota") from e
    if message.get("reply") == "refused":
        _raise(message)
    if message.get("reply") == "invalid":
        raise InvalidJobFile(message.get("rendered", "").rstrip("\n"))
    return message


def _raise(refused: Mapping[str, Any]) -> None:
    error, hint = refused.get("error", {}), refused.get("hint", "")
    where = error.get("where", "")
    what = (where + ": " if where else "") + error.get("what", "it was refused")
    kind = {"not_found": NotFound, "unreachable": Unreachable}.get(error.get("code", ""), RotaError)
    raise kind(what, hint)


def _ask(message: Mapping[str, Any], socket: Optional[str], fd: Optional[int] = None,
         timeout: Optional[float] = None) -> Dict[str, Any]:
    deadline = None if timeout is None else time.monotonic() + timeout
    path = _socket_path(socket)
    with _connect(path, deadline) as s:
        try:
            _send(s, {"protocol": _PROTOCOL, "version": "python", "pid": os.getpid()})
            hello = _receive(s)
            if hello.get("protocol") != _PROTOCOL:
                raise RotaError(f"the coordinator at {path} speaks protocol {hello.get('protocol')}, this package "
                                f"speaks {_PROTOCOL}", "use the package that came with it")
            _arm(s, deadline)
            _send(s, message, fd)
            _arm(s, deadline)
            return _receive(s)
        except sockets.timeout as e:
            raise TimeoutError(f"no answer within {timeout} s") from e
        except (BrokenPipeError, ConnectionResetError) as e:
            raise _Lost("the service closed the connection before it answered") from e


def _sealed(content: bytes) -> IO[bytes]:
    """The bytes as a memory file that nobody can change any more: so they travel to the service."""
    fd = os.memfd_create("rota-job-file", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
    file = os.fdopen(fd, "r+b", buffering=0)
    view = memoryview(content)
    while view:
        view = view[file.write(view):]
    fcntl.fcntl(fd, _ADD_SEALS, _SEALS)
    return file
