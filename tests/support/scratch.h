// What tests of processes need: a directory that goes away, neighbours of the test's own binary, waiting with a
// deadline.
#pragma once

#include <chrono>
#include <functional>
#include <string>

namespace rota::test {

/// A new directory under the system's temporary one; removed with all that is in it.
class Scratch {
 public:
  Scratch();
  ~Scratch();
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  std::string path(const std::string& name = {}) const;

 private:
  std::string directory_;
};

/// The path of another program of the same build.
std::string program(const std::string& name);
/// The file's bytes; empty when it is not there.
std::string slurp(const std::string& path);
/// Looks again and again until the condition holds; false when the time is over.
bool eventually(const std::function<bool()>& condition, std::chrono::milliseconds within = std::chrono::seconds(30));
/// Whether a process lives. A zombie is gone: an init may reap it late.
bool alive(int pid);
/// Descriptors this process (or another) has open.
int open_descriptors(int pid = 0);
/// The same of a process that may still be closing some: once they have been as many for a while.
int settled_descriptors(int pid);

}  // namespace rota::test
