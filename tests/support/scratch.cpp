// Scratch directories and waiting.
#include "tests/support/scratch.h"

#include <poll.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <stdexcept>

namespace rota::test {

Scratch::Scratch() {
  std::string pattern = (std::filesystem::temp_directory_path() / "rota-test-XXXXXX").string();
  if (!::mkdtemp(pattern.data())) throw std::runtime_error("no scratch directory");
  directory_ = pattern;
}

Scratch::~Scratch() {
  std::error_code ignored;
  std::filesystem::remove_all(directory_, ignored);
}

std::string Scratch::path(const std::string& name) const { return name.empty() ? directory_ : directory_ + "/" + name; }

std::string program(const std::string& name) {
  return (std::filesystem::read_symlink("/proc/self/exe").parent_path() / name).string();
}

std::string slurp(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream out;
  out << in.rdbuf();
  return out.str();
}

bool eventually(const std::function<bool()>& condition, std::chrono::milliseconds within) {
  const auto deadline = std::chrono::steady_clock::now() + within;
  while (!condition()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    ::poll(nullptr, 0, 1);
  }
  return true;
}

bool alive(int pid) {
  const std::string stat = slurp("/proc/" + std::to_string(pid) + "/stat");
  const auto after_name = stat.rfind(')');
  return after_name != std::string::npos && stat.size() > after_name + 2 && stat[after_name + 2] != 'Z' &&
         stat[after_name + 2] != 'X';
}

int open_descriptors(int pid) {
  const std::string of = pid == 0 ? "self" : std::to_string(pid);
  int n = 0;
  for ([[maybe_unused]] const auto& entry : std::filesystem::directory_iterator("/proc/" + of + "/fd")) ++n;
  return pid == 0 ? n - 1 : n;  // our own count sees the descriptor that counts
}

int settled_descriptors(int pid) {
  constexpr int kEnough = 10;
  int last = open_descriptors(pid), equal = 1;
  eventually([&] {
    ::poll(nullptr, 0, 2);
    const int now = open_descriptors(pid);
    equal = now == last ? equal + 1 : 1;
    last = now;
    return equal == kEnough;
  });
  return last;
}

}  // namespace rota::test
