"""An interpreter as part of Rota: a pool worker, one function in a process, or an answer to what a module has.

    python3 .../rota_worker/__main__.py --path DIRECTORY pool FLAG...
    python3 .../rota_worker/__main__.py --path DIRECTORY run-target
    python3 .../rota_worker/__main__.py --path DIRECTORY describe|describe-own MODULE
"""
import os
import sys


def main(words):
    directory = ""
    if words[:1] == ["--path"] and len(words) > 1:
        directory, words = words[1], words[2:]
    own = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    # The job file's folder comes first, then what an interpreter has by itself; ours stands between them. What this
    # worker needs of itself is loaded before a module of the user's can stand in its way.
    sys.path[0] = own
    kind = words[0] if words else ""
    if kind == "pool":
        from rota_worker import pool as part
    elif kind == "run-target":
        from rota_worker import process as part
    elif kind in ("describe", "describe-own"):
        from rota_worker import describe as part
    else:
        sys.stderr.write("rota_worker is started by Rota's coordinator and launchers; use the command `rota`\n")
        return 64
    import rota  # noqa: F401  the user's functions find this one
    if directory:
        sys.path.insert(0, directory)
    return part.main(words)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
