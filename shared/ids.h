// Identities that travel through events, records, frames and files: plain values, for any thread and any process.
#pragma once

#include <compare>
#include <cstdint>
#include <functional>

namespace rota {

using RunId = std::uint32_t;      // the number a user sees, from 1; 0 is no run
using JobIndex = std::uint32_t;   // position of the job in its file, from 0
using TaskIndex = std::uint32_t;  // element of an array or matrix; 0 in a plain job

/// One task: the unit that ends once, with one outcome.
struct TaskId {
  RunId run = 0;
  JobIndex job = 0;
  TaskIndex task = 0;
  auto operator<=>(const TaskId&) const = default;
};

/// One try at a task, numbered from 1. Interrupted and revoked tries count here, though not against `retry.limit`.
struct AttemptId {
  TaskId task;
  std::uint32_t number = 0;
  auto operator<=>(const AttemptId&) const = default;
};

/// One life of a worker: its seat in the fleet and the generation that sits there. Every message is fenced with it.
struct WorkerId {
  std::uint32_t seat = 0;
  std::uint32_t generation = 0;
  auto operator<=>(const WorkerId&) const = default;
};

template <class Archive>
void fields(Archive& a, TaskId& x) { a(x.run, x.job, x.task); }
template <class Archive>
void fields(Archive& a, AttemptId& x) { a(x.task, x.number); }
template <class Archive>
void fields(Archive& a, WorkerId& x) { a(x.seat, x.generation); }

}  // namespace rota

template <>
struct std::hash<rota::TaskId> {
  std::size_t operator()(const rota::TaskId& t) const noexcept {
    std::uint64_t h = (std::uint64_t{t.run} << 40) ^ (std::uint64_t{t.job} << 20) ^ t.task;
    h *= 0x9E3779B97F4A7C15ull;
    return static_cast<std::size_t>(h ^ (h >> 29));
  }
};
template <>
struct std::hash<rota::AttemptId> {
  std::size_t operator()(const rota::AttemptId& a) const noexcept {
    return std::hash<rota::TaskId>{}(a.task) * 31 + a.number;
  }
};
