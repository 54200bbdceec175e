#!/usr/bin/env python3
# The same function of Python under Rota's three modes and under the pools of concurrent.futures and asyncio, one run of
# each in turn: 10,000 short tasks each, 10,000 that await a millisecond under async. Rota records every one of them
# durably; the pools record nothing. Each side twice: the tasks alone (of Rota by its own record), and the whole command
# with the start of its interpreters.
import argparse
import subprocess
import sys
import time

from paired import ROTA, Place, median, require_rota, spread

parser = argparse.ArgumentParser()
parser.add_argument("--tasks", type=int, default=10_000)
parser.add_argument("--rounds", type=int, default=5)
parser.add_argument("--workers", type=int, default=2, help="threads or processes of each side")
parser.add_argument("--modes", default="thread,process,async")
args = parser.parse_args()
require_rota()

WORK = """import asyncio

def short(n: int):
    return n * n

async def waits(n: int):
    await asyncio.sleep(0.001)
"""

# As a user would write it: the time of the work alone, without the interpreter's start.
POOL = """import asyncio, concurrent.futures, sys, time
import work

def main(mode, tasks, workers):
    start = time.monotonic()
    if mode == "async":
        async def all_of_them():
            await asyncio.gather(*(work.waits(n) for n in range(tasks)))
        asyncio.run(all_of_them())
    else:
        kind = concurrent.futures.ThreadPoolExecutor if mode == "thread" else concurrent.futures.ProcessPoolExecutor
        with kind(workers) as pool:
            for future in [pool.submit(work.short, n) for n in range(tasks)]:
                future.result()
    print(time.monotonic() - start)

if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
"""


def rota_file(mode):
    warm = ", fresh: false" if mode == "process" else ""
    function = "waits" if mode == "async" else "short"
    return (f"python: {{interpreter: {sys.executable}}}\n"
            f"workers: {{pool: 1, threads: {args.workers}, process_slots: {args.workers}}}\n"
            f"jobs: {{x: {{target: \"work.py:{function}\", args: [7], mode: {mode}{warm}, array: {args.tasks}}}}}\n")


with Place() as place:
    place.write("work.py", WORK)
    pool = place.write("pool.py", POOL)
    for mode in args.modes.split(","):
        file = place.write(f"{mode}.yaml", rota_file(mode))
        theirs, ours, their_all, our_all = [], [], [], []
        for _ in range(args.rounds):
            start = time.monotonic()
            out = subprocess.run([sys.executable, pool, mode, str(args.tasks), str(args.workers)], check=True,
                                 capture_output=True, text=True, cwd=place.path)
            their_all.append(time.monotonic() - start)
            theirs.append(float(out.stdout))
            our_all.append(place.timed([ROTA, "run", "-q", file])[0])
            ours.append(place.last_run()["jobs"][0]["usage"]["wall_seconds"])
        print(f"{mode}: {args.tasks} tasks, {args.workers} workers, {args.rounds} rounds, medians")
        for name, took in (("python's pool, its tasks alone", theirs), ("rota, first start to last end", ours),
                           ("python's pool, the whole command", their_all), ("rota run, the whole command", our_all)):
            print(f"  {name:33} {median(took):.3f} s ({spread(took)})  {args.tasks / median(took):.0f}/s")
        pairs = [a / b for a, b in zip(theirs, ours)]
        print(f"  tasks alone, rota over the pool: {median(pairs):.2f} times (median of pairs, {spread(pairs)})")
