// Streams on strings, and records by the handful: what the display's tests are fed with.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "scheduler/cli/display/display.h"
#include "scheduler/cli/stream.h"

namespace rota::cli::testing {

struct Sink {
  std::string text;
  bool broken = false;
  unsigned writes = 0;
  Extent extent{80, 24};

  Stream stream(bool terminal = false, bool colour = false) {
    Stream s;
    s.write = [this](std::string_view bytes) {
      ++writes;
      if (!broken) text += bytes;
      return !broken;
    };
    if (terminal) s.extent = [this] { return extent; };
    s.terminal = terminal;
    s.colour = colour;
    return s;
  }
};

class FakeClock final : public Clock {
 public:
  Now now() override { return at; }
  void advance(Duration d) {
    at.mono = at.mono + d;
    at.wall.ns += d.count();
  }
  Now at{{1'000'000'000'000}, {1'767'225'600'000'000'000}};
};

inline Roster a_roster(std::vector<std::string> names, Mode mode = Mode::process) {
  Roster roster;
  for (auto& name : names) {
    roster.longest_name = std::max(roster.longest_name, name.size());
    roster.jobs.push_back({name, mode, false, false, std::nullopt});
  }
  return roster;
}

inline AttemptId attempt(JobIndex job, std::uint32_t number = 1) { return {{12, job, 0}, number}; }

inline core::Record started(JobIndex job, Instant at, std::uint32_t number = 1) {
  return {core::record::Started{attempt(job, number), {1, 1}, 4711, at}};
}

inline core::record::AttemptEnded end_of(JobIndex job, Outcome outcome, Reason reason, Instant from, Instant to,
                                         std::uint32_t number = 1) {
  core::record::AttemptEnded end{attempt(job, number), {1, 1}, outcome, reason};
  end.report.started = from;
  end.report.ended = to;
  return end;
}

inline core::Record ended(JobIndex job, Outcome outcome, Reason reason, Instant from, Instant to) {
  return {end_of(job, outcome, reason, from, to)};
}

inline output::Chunk chunk(JobIndex job, std::string_view bytes, output::Stream stream = output::Stream::out,
                           std::uint32_t number = 1) {
  output::Chunk c;
  c.task = {0, job, 0};  // as a segment has it
  c.attempt = number;
  c.stream = stream;
  c.bytes = bytes;
  return c;
}

}  // namespace rota::cli::testing
