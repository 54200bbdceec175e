# Shared by the paired benchmarks: running commands, reading Rota's own record, medians side by side.
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
ROTA = os.path.join(ROOT, "build", "bin", "rota")


class Place:
    """A directory with a state directory of its own, on the disk of the repository (tmpfs would flatter fsync)."""

    def __enter__(self):
        self.path = tempfile.mkdtemp(prefix="bench-", dir=os.path.join(ROOT, "build"))
        self.env = dict(os.environ, ROTA_STATE_DIR=os.path.join(self.path, "state"))
        return self

    def __exit__(self, *_):
        shutil.rmtree(self.path)

    def write(self, name, text):
        path = os.path.join(self.path, name)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        return path

    def timed(self, argv, stdin="", check=True):
        """Seconds of wall time and of CPU (children included); the command must succeed, unless check is off."""
        cpu = os.times()
        start = time.monotonic()
        subprocess.run(argv, check=check, input=stdin, text=True, env=self.env, cwd=self.path,
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        wall = time.monotonic() - start
        now = os.times()
        return wall, now.children_user + now.children_system - cpu.children_user - cpu.children_system

    def last_run(self, rota=ROTA):
        out = subprocess.run([rota, "show", "last", "--json"], check=True, capture_output=True, env=self.env)
        return json.loads(out.stdout)["run"]


def jobs_file(count, line, top=""):
    """A job file of `count` equal jobs, each written out: no arrays."""
    return top + "jobs:\n" + "".join(f"  j{i:06}: {line}\n" for i in range(count))


def require_rota():
    if not os.access(ROTA, os.X_OK):
        sys.exit(f"{ROTA} is not there: run packaging/run or packaging/test first")


def median(values):
    return statistics.median(values)


def spread(values):
    return f"{min(values):.3f}..{max(values):.3f}"
