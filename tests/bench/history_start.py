#!/usr/bin/env python3
"""What a long history costs: the start of rotad, `rota ps` and `rota history`, with 10,000 finished runs and with none.

    history_start.py BIN_DIRECTORY [ROUNDS]

Needs rota, rotad, rota-worker and rota-test-journal-writer in that directory. Both states are measured in turns, so
that a busy machine is as busy for one as for the other; medians are told, in milliseconds."""
import os
import statistics
import subprocess
import sys
import tempfile
import time

BIN = os.path.abspath(sys.argv[1])
ROUNDS = int(sys.argv[2]) if len(sys.argv) > 2 else 7


def program(name):
    return os.path.join(BIN, name)


class State:
    def __init__(self, root, finished):
        self.root = root
        self.socket = os.path.join(root, "sock")
        self.flags = ["--state-dir", root, "--socket", self.socket]
        self.times = {}
        if finished:
            subprocess.run([program("rota-test-journal-writer"), "history", root], check=True,
                           stdout=subprocess.DEVNULL)

    def took(self, what, began):
        self.times.setdefault(what, []).append((time.monotonic() - began) * 1000)

    def rota(self, *words):
        began = time.monotonic()
        subprocess.run([program("rota"), *self.flags, *words], check=True, stdout=subprocess.DEVNULL,
                       stderr=subprocess.DEVNULL)
        return began

    def round(self):
        began = time.monotonic()
        keep = ["--history", "keep_runs=20000"]
        service = subprocess.Popen([program("rotad"), *self.flags, *keep], stdout=subprocess.DEVNULL,
                                   stderr=subprocess.DEVNULL)
        while subprocess.run([program("rota"), *self.flags, "daemon", "status"], stdout=subprocess.DEVNULL,
                             stderr=subprocess.DEVNULL).returncode != 0:
            if service.poll() is not None:
                sys.exit("rotad has ended")
        self.took("start", began)
        for what, words in (("ps", ["ps"]), ("history", ["history", "-n", "20"])):
            self.took(what, self.rota(*words))
        self.rota("daemon", "stop", "--all")
        service.wait()


def main():
    with tempfile.TemporaryDirectory() as scratch:
        states = {}
        for name, finished in (("none", False), ("10,000", True)):
            root = os.path.join(scratch, name.replace(",", ""))
            os.mkdir(root, 0o700)
            states[name] = State(root, finished)
        for _ in range(ROUNDS):
            for state in states.values():
                state.round()
        for what in ("start", "ps", "history"):
            told = ", ".join(f"{name} finished runs {statistics.median(state.times[what]):.1f} ms"
                             for name, state in states.items())
            print(f"{what}: {told}")


main()
