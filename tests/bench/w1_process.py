#!/usr/bin/env python3
# W1, paired: 2,000 jobs of `command: [/bin/true]` through `rota run` against `xargs -P2 -n1`, alternately.
# Rota's side counts everything: loading the file, durable records, captured output, history. xargs keeps nothing.
import argparse

from paired import ROTA, Place, jobs_file, median, require_rota, spread

parser = argparse.ArgumentParser()
parser.add_argument("--jobs", type=int, default=2000)
parser.add_argument("--rounds", type=int, default=5)
args = parser.parse_args()
require_rota()

rota, xargs = [], []
with Place() as place:
    file = place.write("w1.yaml", jobs_file(args.jobs, "{command: [/bin/true]}", "max_parallel: 2\n"))
    words = "\n".join(["x"] * args.jobs)
    for _ in range(args.rounds):
        rota.append(place.timed([ROTA, "run", "-q", file]))
        xargs.append(place.timed(["xargs", "-P2", "-n1", "/bin/true"], stdin=words))
    run = place.last_run()

ended = sum(job["tasks"][0]["outcome"] == "succeeded" for job in run["jobs"])
assert ended == args.jobs, f"only {ended} of {args.jobs} are recorded as succeeded"
r, x = median([t for t, _ in rota]), median([t for t, _ in xargs])
print(f"W1: {args.jobs} x /bin/true, 2 at a time, {args.rounds} rounds, medians")
print(f"  rota run   {args.jobs / r:7.0f} jobs/s   {r:.3f} s ({spread([t for t, _ in rota])})   "
      f"CPU {median([c for _, c in rota]):.2f} s")
print(f"  xargs -P2  {args.jobs / x:7.0f} jobs/s   {x:.3f} s ({spread([t for t, _ in xargs])})   "
      f"CPU {median([c for _, c in xargs]):.2f} s")
print(f"  ratio      {x / r:.2f} (above 1: Rota is faster)")
