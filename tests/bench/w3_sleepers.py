#!/usr/bin/env python3
# W3: 10,000 `sleep` targets of 100 ms in async mode in one file. Makespan by Rota's own record: submitted to ended.
import argparse
from datetime import datetime

from paired import ROTA, Place, jobs_file, median, require_rota, spread

parser = argparse.ArgumentParser()
parser.add_argument("--jobs", type=int, default=10_000)
parser.add_argument("--rounds", type=int, default=5)
args = parser.parse_args()
require_rota()


def instant(text):
    return datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()


makespans, whole = [], []
with Place() as place:
    sleep = "{target: sleep, args: [100ms], mode: async}"
    file = place.write("w3.yaml", jobs_file(args.jobs, sleep, "workers: {pool: 1}\n"))
    for _ in range(args.rounds):
        whole.append(place.timed([ROTA, "run", "-q", file])[0])
        run = place.last_run()
        assert run["outcome"] == "succeeded", run["outcome"]
        makespans.append(instant(run["ended"]) - instant(run["submitted"]))

print(f"W3: {args.jobs} async sleeps of 100 ms on one worker, {args.rounds} rounds, medians")
print(f"  makespan       {median(makespans):.3f} s ({spread(makespans)})   the limit is 0.100 s")
print(f"  whole command  {median(whole):.3f} s ({spread(whole)})")
