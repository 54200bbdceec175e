#!/usr/bin/env python3
# Blame: crashes of five kinds in a pool of 8 threads, each to be named right; and what 1 % of them costs the others.
# The plugin is the tests' own: build rota-test-evil beside rota.
import argparse
import os

from paired import ROTA, Place, median, require_rota, spread

parser = argparse.ArgumentParser()
parser.add_argument("--crashes", type=int, default=200)
parser.add_argument("--tasks", type=int, default=10_000, help="of which 1 %% crash, in the second part")
parser.add_argument("--time", default="1ms", help="that each task of the second part takes")
parser.add_argument("--rounds", type=int, default=3)
parser.add_argument("--rota", default=ROTA)
args = parser.parse_args()
if args.rota == ROTA:
    require_rota()
PLUGIN = os.path.join(os.path.dirname(args.rota), "rota-test-evil.so")
KINDS = ["signal:11", "signal:6", "signal:8", "signal:4", "signal:11"]  # as the plugin's `poison` takes turns


def file_of(tasks, every, time):
    return (f"workers: {{pool: 1, threads: 8}}\njobs:\n  x: {{target: \"{PLUGIN}:poison\", args: [{every}, {time}], "
            f"array: {tasks}, mode: thread}}\n")


with Place() as place:
    tasks = args.crashes * 10
    place.timed([args.rota, "run", "-q", place.write("crashes.yaml", file_of(tasks, 10, "0us"))], check=False)
    right = wrong = 0
    for task in place.last_run(args.rota)["jobs"][0]["tasks"]:
        number = task["task"]
        expected = ("crashed", KINDS[number // 10 % 5]) if number % 10 == 0 else ("succeeded", "")
        is_right = (task["outcome"], task.get("reason") or "") == expected
        right += is_right and number % 10 == 0
        wrong += not is_right
    print(f"{args.crashes} crashes among {tasks} tasks in 8 threads: {right} named right, {wrong} tasks ended wrongly")
    assert right == args.crashes and wrong == 0

    well, ill = [], []
    for _ in range(args.rounds):
        for every, into in ((0, well), (100, ill)):
            into.append(place.timed([args.rota, "run", "-q",
                                     place.write("p.yaml", file_of(args.tasks, every, args.time))], check=False)[0])
    print(f"{args.tasks} tasks of {args.time} in 8 threads, {args.rounds} rounds, medians")
    print(f"  none crashes   {median(well):.3f} s ({spread(well)})")
    rate = 100 * median(well) / median(ill)
    print(f"  1 % crash      {median(ill):.3f} s ({spread(ill)})   {rate:.0f} % of the rate")
