// Reading, setting aside and finding numbers.
#include "scheduler/daemon/numbers.h"

#include <dirent.h>
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <memory>
#include <optional>
#include <string_view>

namespace rota::daemon {
namespace {

constexpr std::uint32_t kSegmentsAhead = 4096;
constexpr std::uint32_t kGenerationsAhead = 8;
constexpr int kTextBytes = 22;  // two numbers of ten digits, a space and a newline: always written over in one place

std::optional<std::uint32_t> segment_number(std::string_view name) {
  constexpr std::string_view kEnd = ".seg";
  if (!name.ends_with(kEnd)) return std::nullopt;
  name.remove_suffix(kEnd.size());
  std::uint32_t number = 0;
  const auto read = std::from_chars(name.data(), name.data() + name.size(), number);
  if (read.ec != std::errc() || read.ptr != name.data() + name.size()) return std::nullopt;
  return number;
}

using Directory = std::unique_ptr<DIR, int (*)(DIR*)>;

}  // namespace

Result<Numbers> Numbers::open(const std::string& path) {
  auto file = posix::open_file(path, O_RDWR | O_CREAT | O_NOFOLLOW, 0600);
  if (!file) return file.error();
  Numbers numbers;
  char text[kTextBytes + 1] = {};
  const auto n = ::pread(file->get(), text, kTextBytes, 0);
  if (n < 0) return system_error("cannot read", path);
  // A file that holds anything else is as good as none: what is in use is found on disk.
  if (std::sscanf(text, "%u %u", &numbers.segment_, &numbers.generation_) != 2)
    numbers.segment_ = numbers.generation_ = 0;
  numbers.file_ = std::move(*file);
  numbers.path_ = path;
  return numbers;
}

void Numbers::at_least(std::uint32_t segment, std::uint32_t generation) {
  segment_ = std::max(segment_, segment);
  generation_ = std::max(generation_, generation);
}

Status Numbers::keep_ahead() {
  if (!file_) return {};
  if (segment_ + kSegmentsAhead / 2 <= segments_aside_ && generation_ + kGenerationsAhead / 2 <= generations_aside_)
    return {};
  segments_aside_ = segment_ + kSegmentsAhead;
  generations_aside_ = generation_ + kGenerationsAhead;
  char text[kTextBytes + 1];
  std::snprintf(text, sizeof text, "%010u %010u\n", segments_aside_, generations_aside_);
  if (::pwrite(file_.get(), text, kTextBytes, 0) != kTextBytes) return system_error("cannot write", path_);
  return {};
}

Result<std::uint32_t> highest_segment(const std::string& output_directory) {
  std::uint32_t highest = 0;
  const Directory runs(::opendir(output_directory.c_str()), ::closedir);
  if (!runs) return system_error("cannot read", output_directory);
  while (const dirent* run = ::readdir(runs.get())) {
    if (run->d_name[0] == '.') continue;
    const Directory segments(::opendir((output_directory + "/" + run->d_name).c_str()), ::closedir);
    while (const dirent* entry = segments ? ::readdir(segments.get()) : nullptr) {
      if (const auto number = segment_number(entry->d_name)) highest = std::max(highest, *number);
    }
  }
  return highest;
}

}  // namespace rota::daemon
