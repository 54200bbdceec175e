#!/usr/bin/env python3
# W2, lazily: a million noop tasks of one array; and what needs cost: `each` one to one, and a fan 1 -> N -> 1, against
# the same tasks without needs, in turns, in the same run.
import argparse
import resource

from paired import ROTA, Place, median, require_rota, spread

parser = argparse.ArgumentParser()
parser.add_argument("--tasks", type=int, default=1_000_000)
parser.add_argument("--needs", type=int, default=10_000)
parser.add_argument("--rounds", type=int, default=5)
args = parser.parse_args()
require_rota()
n = args.needs


def array(name, count, more=""):
    return f"  {name}: {{target: noop, mode: thread, array: {count}{more}}}\n"


def noop(name, more=""):
    return f"  {name}: {{target: noop, mode: thread{more}}}\n"


FILES = {
    "none": "jobs:\n" + array("a", n) + array("b", n),
    "each": "jobs:\n" + array("a", n) + array("b", n, ", needs: {a: each}"),
    "flat": "jobs:\n" + noop("first") + array("a", n) + noop("done"),
    "fan": "jobs:\n" + noop("first") + array("a", n, ", needs: first") + noop("done", ", needs: a"),
}


def check(place, tasks):
    counts = place.last_run()["tasks"]["outcomes"]
    assert counts["succeeded"] == tasks, f"only {counts['succeeded']} of {tasks} are recorded as succeeded"


with Place() as place:
    paths = {name: place.write(f"{name}.yaml", text) for name, text in FILES.items()}
    took = {name: [] for name in FILES}
    for _ in range(args.rounds):
        for name, path in paths.items():
            took[name].append(place.timed([ROTA, "run", "-q", path])[0])
            check(place, 2 * n if name in ("none", "each") else n + 2)
    million = place.write("million.yaml", "jobs:\n" + array("a", args.tasks))
    whole = []
    for _ in range(args.rounds):
        whole.append(place.timed([ROTA, "run", "-q", million])[0])
        check(place, args.tasks)

print(f"W2: {args.tasks} noop tasks of one array, {args.rounds} rounds, medians")
print(f"  rota run   {median(whole):.3f} s ({spread(whole)})   {args.tasks / median(whole):.0f} tasks/s")
print(f"  largest process  {resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024:.0f} MiB")
for plain, needs in (("none", "each"), ("flat", "fan")):
    print(f"  {needs:4} of {n}  {median(took[needs]):.3f} s ({spread(took[needs])}), without needs "
          f"{median(took[plain]):.3f} s: {median(took[needs]) / median(took[plain]):.2f} times")
