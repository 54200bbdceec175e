#!/usr/bin/env python3
# Work beside poison: tasks of a plugin under thread, of which one in a hundred dies of a signal, against the same tasks
# without those, in turns, in the same run. Told is the rate of the tasks that are not poison, and whether each poison
# task, and no other, was named.
import argparse
import os
import subprocess

from paired import ROOT, ROTA, Place, median, require_rota, spread

parser = argparse.ArgumentParser()
parser.add_argument("--tasks", type=int, default=10_000)
parser.add_argument("--work-ms", type=float, default=3.0)
parser.add_argument("--every", type=int, default=100, help="each so many tasks one is poison; 0: none")
parser.add_argument("--rounds", type=int, default=3)
parser.add_argument("--include", default=os.path.join(ROOT, "jobs", "sdk", "include"), help="where rota/rota.hpp is")
args = parser.parse_args()
require_rota()

SOURCE = """
#include <chrono>
#include <csignal>
#include <rota/rota.hpp>
void work(rota::Context& ctx, std::int64_t every, std::int64_t us) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::microseconds(us);
  const auto index = std::stoll(ctx.env("ROTA_ARRAY_INDEX").value_or("0"));
  while (std::chrono::steady_clock::now() < end) {}
  if (every > 0 && index % every == every / 2) std::raise(SIGSEGV);
}
ROTA_TARGET(work, "every", "us");
"""
FILE = "jobs:\n  work: {{target: ./libpoison.so:work, args: [{every}, {us}], mode: thread, array: {tasks}}}\n"

with Place() as place:
    source = place.write("poison.cpp", SOURCE)
    subprocess.run(["c++", "-std=c++20", "-O2", "-shared", "-fPIC", "-I", args.include, source, "-o",
                    source.replace("poison.cpp", "libpoison.so")], check=True)
    us = int(args.work_ms * 1000)
    files = {every: place.write(f"every-{every}.yaml", FILE.format(every=every, us=us, tasks=args.tasks))
             for every in (0, args.every)}
    took = {every: [] for every in files}
    for _ in range(args.rounds):
        for every, path in files.items():
            took[every].append(place.timed([ROTA, "run", "-q", path], check=every == 0)[0])
            outcomes = place.last_run()["tasks"]["outcomes"]
            poison = args.tasks // every if every else 0
            assert outcomes["crashed"] == poison, f"{outcomes['crashed']} crashed, {poison} were poison"
            assert outcomes["succeeded"] == args.tasks - poison, outcomes

clean, mixed = median(took[0]), median(took[args.every])
good = args.tasks - args.tasks // args.every
print(f"{args.tasks} tasks of {args.work_ms} ms under thread, {args.rounds} rounds, medians")
print(f"  without poison       {clean:.3f} s ({spread(took[0])})   {args.tasks / clean:.0f} tasks/s")
print(f"  1 in {args.every} is poison   {mixed:.3f} s ({spread(took[args.every])})   {good / mixed:.0f} other tasks/s: "
      f"{good / mixed / (args.tasks / clean):.2f} times")
