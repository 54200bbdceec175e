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
from .context import Context, Stopped, context

__all__ = ["Context", "Stopped", "context"]

try:
    from .client import RotaError, status, submit, wait
except ModuleNotFoundError as missing:  # the client is installed by itself
    if missing.name != __name__ + ".client":
        raise
else:
    __all__ += ["RotaError", "status", "submit", "wait"]
