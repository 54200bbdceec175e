// Reading captured output back: by range, or all segments side by side in order of time.
#include "scheduler/store/output.h"

#include <dirent.h>
#include <poll.h>
#include <sys/inotify.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <optional>
#include <vector>

#include "scheduler/store/instances.h"
#include "shared/output/read.h"

namespace rota::store {
namespace {

constexpr std::string_view kSuffix = ".seg";
constexpr Duration kBlindWait = std::chrono::milliseconds(100);  // where the kernel cannot tell of changes

std::optional<std::uint32_t> segment_number(std::string_view name) {
  if (!name.ends_with(kSuffix)) return std::nullopt;
  name.remove_suffix(kSuffix.size());
  std::uint32_t number = 0;
  const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), number);
  if (error != std::errc() || end != name.data() + name.size()) return std::nullopt;
  return number;
}

/// Ascending; none when there is no such directory (yet).
std::vector<std::uint32_t> list_segments(const std::string& directory) {
  std::vector<std::uint32_t> out;
  const std::unique_ptr<DIR, int (*)(DIR*)> dir(::opendir(directory.c_str()), ::closedir);
  while (const auto* entry = dir ? ::readdir(dir.get()) : nullptr) {
    if (const auto number = segment_number(entry->d_name)) out.push_back(*number);
  }
  std::sort(out.begin(), out.end());
  return out;
}

int milliseconds_of(Duration d) {
  const auto ms = std::chrono::ceil<std::chrono::milliseconds>(d).count();
  return static_cast<int>(std::clamp<std::int64_t>(ms, 0, 3'600'000));
}

}  // namespace

Status read_output(const std::string& instance_directory, AttemptId attempt, const OutputRef& range,
                   const OutputSink& sink) {
  if (range.first == range.last) return {};
  const auto path =
      output_directory(instance_directory, attempt.task.run) + "/" + output::segment_file_name(range.segment);
  return output::read_attempt(path, attempt, range, std::nullopt, sink);
}

struct OutputFollower::Segments {
  /// One segment and the chunk that is next in it.
  struct Head {
    std::uint32_t number;
    output::SegmentReader reader;
    std::optional<output::Chunk> chunk;
    bool broken = false;
  };

  std::string directory;
  RunId run;
  posix::Fd watch;
  std::vector<Head> heads;
  std::optional<Error> trouble;  // the first of this round

  void complain(Head& head, const Error& error) {
    head.broken = true;
    if (!trouble) trouble = error;
  }

  /// One bad segment does not hide the others: it is left out from where it is bad.
  void advance(Head& head) {
    if (head.broken) return;
    output::Chunk chunk;
    const auto more = head.reader.next(chunk);
    if (!more) return complain(head, more.error());
    if (!*more) return;
    chunk.task.run = run;
    head.chunk = chunk;
  }

  void discover() {
    for (const auto number : list_segments(directory)) {
      if (std::any_of(heads.begin(), heads.end(), [&](const Head& h) { return h.number == number; })) continue;
      auto reader = output::SegmentReader::open(directory + "/" + output::segment_file_name(number));
      if (reader) heads.push_back({number, std::move(*reader), std::nullopt});
      else if (!trouble) trouble = reader.error();
    }
  }

  Head* earliest() {
    Head* first = nullptr;
    for (auto& head : heads) {
      if (head.chunk && (!first || head.chunk->at < first->chunk->at)) first = &head;
    }
    return first;
  }
};

OutputFollower::OutputFollower(std::string instance_directory, RunId run)
    : segments_(std::make_unique<Segments>()) {
  segments_->directory = output_directory(instance_directory, run);
  segments_->run = run;
  segments_->watch = posix::Fd(::inotify_init1(IN_CLOEXEC | IN_NONBLOCK));
  if (segments_->watch &&
      ::inotify_add_watch(segments_->watch.get(), segments_->directory.c_str(), IN_CREATE | IN_MODIFY) < 0)
    segments_->watch.reset();
}
OutputFollower::~OutputFollower() = default;
OutputFollower::OutputFollower(OutputFollower&&) noexcept = default;

Result<bool> OutputFollower::poll(const OutputSink& sink) {
  auto& all = *segments_;
  all.trouble.reset();
  all.discover();
  for (auto& head : all.heads) {
    if (!head.chunk) all.advance(head);
  }
  while (auto* head = all.earliest()) {
    const bool go_on = sink(*head->chunk);
    head->chunk.reset();
    if (!go_on) return false;
    all.advance(*head);
  }
  if (all.trouble) return *all.trouble;
  return true;
}

Result<bool> OutputFollower::wait(Duration at_most) {
  const int fd = segments_->watch.get();
  struct pollfd p {fd, POLLIN, 0};
  const auto time = fd < 0 ? std::min(at_most, kBlindWait) : at_most;
  const int n = ::poll(&p, fd < 0 ? 0 : 1, milliseconds_of(time));
  if (n < 0 && errno != EINTR) return system_error("cannot wait for output", segments_->directory);
  if (fd < 0) return true;
  alignas(inotify_event) char events[4096];
  while (::read(fd, events, sizeof events) > 0) continue;
  return n > 0;
}

}  // namespace rota::store
