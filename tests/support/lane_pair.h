// Both ends of one lane pair in this process: the worker's end attached to duplicates of the descriptors it would
// inherit.
#pragma once

#include <unistd.h>

#include <map>
#include <stdexcept>

#include "shared/lane/ends.h"

namespace rota::test {

inline lane::WorkerEnd::Descriptors duplicates(const lane::CoordinatorEnd& end) {
  std::map<int, int> by_number;
  for (const auto& [ours, number] : end.descriptors()) by_number[number] = ::dup(ours);
  using namespace lane::descriptor;
  return {posix::Fd(by_number[kLaneToWorker]), posix::Fd(by_number[kLaneToCoordinator]),
          posix::Fd(by_number[kBellToWorker]), posix::Fd(by_number[kBellToCoordinator])};
}

struct LanePair {
  static constexpr WorkerId kWorker{2, 9};
  lane::CoordinatorEnd coordinator = made(lane::CoordinatorEnd::create(kWorker, 4));
  lane::WorkerEnd worker = made(lane::WorkerEnd::attach(kWorker, duplicates(coordinator)));

  /// With the worker's Hello said and heard.
  static LanePair greeted() {
    LanePair pair;
    pair.worker.send(lane::up::Hello{lane::kProtocol, kWorker, ::getpid(), {}});
    pair.worker.flush();
    lane::Up m;
    if (!made(pair.coordinator.receive(m))) throw std::runtime_error("no hello");
    return pair;
  }
  template <class T>
  static T made(Result<T> r) {
    if (!r) throw std::runtime_error(to_text(r.error()));
    return std::move(*r);
  }
};

inline lane::Down a_start(std::uint32_t n, std::size_t padding = 0) {
  lane::Assignment a;
  a.id = {{1, n, 0}, 1};
  a.target = "noop";
  if (padding) a.name = std::string(padding, static_cast<char>('a' + n % 26));
  return lane::down::Start{a};
}

}  // namespace rota::test
