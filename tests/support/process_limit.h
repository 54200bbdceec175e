// A real limit on how many processes some process and its children may be: a control group of its own.
#pragma once

#include <cstdint>
#include <string>

namespace rota::test {

class ProcessLimit {
 public:
  /// Moves the process into a group without a limit. Whether that could be had: where not, `why_not` says so.
  explicit ProcessLimit(int pid);
  /// Lifts the limit, and moves what is alive out of the group.
  ~ProcessLimit();
  ProcessLimit(const ProcessLimit&) = delete;
  ProcessLimit& operator=(const ProcessLimit&) = delete;

  bool there() const { return !group_.empty(); }
  const std::string& why_not() const { return why_not_; }
  /// Nothing more can be started in it, neither processes nor threads, until lift().
  void close();
  void lift();
  /// How often something could not be started.
  std::uint64_t refusals() const;

 private:
  std::string group_, why_not_;
};

}  // namespace rota::test
