"""Rota from Python: what a function knows of the attempt that it runs in, and a client of the service.

    import rota

    def simulate(seed: int) -> dict:
        ctx = rota.context()
        for step in range(100):
            if ctx.stop_requested():
                break
            ctx.progress(step / 100)
        return {"mean": 0.5}
"""
from typing import TYPE_CHECKING, Any, List

from .context import Context, Stopped, context

if TYPE_CHECKING:
    from .client import (InvalidJobFile, NotFound, RotaError, Run, RunStatus, ServiceStatus, Unreachable, status,
                         submit, wait)

__all__ = ["Context", "InvalidJobFile", "NotFound", "RotaError", "Run", "RunStatus", "ServiceStatus", "Stopped",
           "Unreachable", "context", "status", "submit", "wait"]


def __getattr__(name: str) -> Any:
    # The client is loaded when it is asked for: most functions that Rota runs never do.
    if name in __all__:
        from . import client

        return getattr(client, name)
    raise AttributeError("module %r has no attribute %r" % (__name__, name))


def __dir__() -> List[str]:
    return sorted(__all__)
