"""Rota for Python: a client of the service."""

from .client import (InvalidJobFile, NotFound, RotaError, Run, RunStatus, ServiceStatus, Unreachable, status, submit,
                     wait)

__all__ = ["InvalidJobFile", "NotFound", "RotaError", "Run", "RunStatus", "ServiceStatus", "Unreachable", "status",
           "submit", "wait"]
