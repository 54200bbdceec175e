"""Rota from Python: what a function knows of the attempt that it runs in, and a client of the service.

    import rota

    def simulate(seed: int) -> dict:
        ctx = rota.context()
        for step in range(100):
            if ctx.stop_requested():
                break
            ctx.progress(step / 100)
        return {"mean": 0.5}

    run = rota.submit("nightly.yaml")
    print(rota.wait(run).outcome)
"""
from typing import TYPE_CHECKING, Any

from .context import Context, Stopped, context

if TYPE_CHECKING:
    from .client import (InvalidJobFile, NotFound, RotaError, Run, RunStatus, ServiceStatus, Unreachable, status,
                         submit, wait)

_OF_CLIENT = ["InvalidJobFile", "NotFound", "RotaError", "Run", "RunStatus", "ServiceStatus", "Unreachable", "status",
              "submit", "wait"]
__all__ = ["Context", "Stopped", "context", *_OF_CLIENT]


def __getattr__(name: str) -> Any:
    """The client is loaded by whoever asks for it: functions under Rota seldom do."""
    if name not in _OF_CLIENT:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from . import client
    return getattr(client, name)
