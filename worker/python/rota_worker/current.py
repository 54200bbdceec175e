"""Which attempt the running code belongs to. `rota.context()` looks here."""
import contextvars

task = contextvars.ContextVar("rota_task")
alone = None  # the attempt of a process of its own: all threads belong to it


def get():
    return task.get(alone)
