#!/usr/bin/env python3
# W2: 100,000 `noop` thread jobs, each written out in the file, through the whole command: load, run, record, exit.
import argparse

from paired import ROTA, Place, jobs_file, median, require_rota, spread

parser = argparse.ArgumentParser()
parser.add_argument("--jobs", type=int, default=100_000)
parser.add_argument("--rounds", type=int, default=5)
args = parser.parse_args()
require_rota()

with Place() as place:
    file = place.write("w2.yaml", jobs_file(args.jobs, "{target: noop, mode: thread}"))
    load = [place.timed([ROTA, "validate", file])[0] for _ in range(args.rounds)]
    whole = [place.timed([ROTA, "run", "-q", file])[0] for _ in range(args.rounds)]
    counts = place.last_run()

ended = sum(job["tasks"][0]["outcome"] == "succeeded" for job in counts["jobs"])
assert ended == args.jobs, f"only {ended} of {args.jobs} are recorded as succeeded"
print(f"W2: {args.jobs} noop thread jobs in one file, {args.rounds} rounds, medians")
print(f"  rota validate  {median(load):.3f} s ({spread(load)})")
print(f"  rota run       {median(whole):.3f} s ({spread(whole)})   {args.jobs / median(whole):.0f} jobs/s")
