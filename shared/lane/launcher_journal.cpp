// The launcher's journal: a run of frames, each u32 length, u32 its complement, u32 crc32c of the payload (little-
// endian), payload. The first says the version. A frame is one append, so only the last can be torn; a length that has
// changed is told from that by its complement.
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <optional>
#include <string_view>
#include <variant>

#include "shared/lane/launcher_home.h"
#include "shared/limits.h"
#include "shared/wire/codec.h"
#include "shared/wire/crc32c.h"

namespace rota::lane {
namespace journal {

struct Head {
  std::uint32_t version = 2;
};
struct Begun {
  AttemptId attempt;
};
struct Withdrawn {
  AttemptId attempt;
};
struct Ended {
  AttemptId attempt;
  AttemptReport report;
  bool was_ready = false;
};
using Record = std::variant<Head, Begun, Withdrawn, Ended>;

template <class A>
void fields(A& a, Head& x) { a(x.version); }
template <class A>
void fields(A& a, Begun& x) { a(x.attempt); }
template <class A>
void fields(A& a, Withdrawn& x) { a(x.attempt); }
template <class A>
void fields(A& a, Ended& x) { a(x.attempt, x.report, x.was_ready); }

}  // namespace journal

namespace {

constexpr const char* kName = "journal";
constexpr const char* kNewName = "journal.new";
constexpr std::size_t kFrameHeader = 12;
constexpr std::size_t kRecordBytes = limits::kLaneMessageBytes;  // a report came, or will go, in such a message
constexpr int kOpen = O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW | O_CLOEXEC;

void append_u32(std::string& out, std::uint32_t v) {
  for (int i = 0; i < 4; ++i) out.push_back(static_cast<char>(v >> (8 * i)));
}

std::uint32_t u32_at(std::string_view bytes, std::size_t at) {
  std::uint32_t v = 0;
  for (std::size_t i = 0; i < 4; ++i) v |= std::uint32_t{static_cast<unsigned char>(bytes[at + i])} << (8 * i);
  return v;
}

std::string framed(const journal::Record& record) {
  const auto payload = wire::encoded(record);
  std::string frame;
  frame.reserve(kFrameHeader + payload.size());
  append_u32(frame, static_cast<std::uint32_t>(payload.size()));
  append_u32(frame, ~static_cast<std::uint32_t>(payload.size()));
  append_u32(frame, wire::crc32c(payload));
  return frame + payload;
}

/// An account as the records tell it.
class Reading {
 public:
  bool take(const journal::Record& record) {
    return std::visit([this](const auto& r) { return take(r); }, record);
  }
  LauncherAccount account() const {
    LauncherAccount out;
    for (const auto& [attempt, end] : attempts_) {
      if (!end) {
        out.begun.push_back(attempt);
      } else {
        out.ended.emplace_back(attempt, end->report);
        if (end->was_ready) out.ready.push_back(attempt);
      }
    }
    std::stable_sort(out.ended.begin(), out.ended.end(),
                     [](const auto& a, const auto& b) { return a.second.ended < b.second.ended; });
    return out;
  }

 private:
  bool take(const journal::Head& r) { return !std::exchange(headed_, true) && r.version == journal::Head{}.version; }
  /// Begun twice: that the first was withdrawn could not be written, the disk was full.
  bool take(const journal::Begun& r) { return headed_ && !attempts_[r.attempt]; }
  bool take(const journal::Withdrawn& r) { return headed_ && attempts_.erase(r.attempt) == 1; }
  bool take(const journal::Ended& r) {
    auto& end = attempts_[r.attempt];
    const bool first = !end;
    end = r;
    return headed_ && first;
  }
  bool headed_ = false;
  std::map<AttemptId, std::optional<journal::Ended>> attempts_;  // none: begun
};

Result<LauncherAccount> account_of(std::string_view bytes, const std::string& where) {
  Reading reading;
  for (std::size_t at = 0; bytes.size() - at >= kFrameHeader;) {
    const auto damaged = [&] {
      return fail(Code::corrupt, "this launcher's journal is damaged at byte " + std::to_string(at), where);
    };
    const std::size_t length = u32_at(bytes, at);
    if (u32_at(bytes, at) != ~u32_at(bytes, at + 4) || length > kRecordBytes) return damaged();
    if (bytes.size() - at - kFrameHeader < length) break;  // torn: its writer died in it
    const auto payload = bytes.substr(at + kFrameHeader, length);
    journal::Record record;
    if (wire::crc32c(payload) != u32_at(bytes, at + 8) || !wire::decode(payload, record) || !reading.take(record))
      return damaged();
    at += kFrameHeader + length;
  }
  return reading.account();
}

}  // namespace

LauncherJournal::LauncherJournal(posix::Fd directory, posix::Fd file, std::string path, std::uint64_t size)
    : directory_(std::move(directory)),
      file_(std::move(file)),
      path_(std::move(path)),
      size_(size),
      rewrite_past_(limits::kLauncherJournalSlack) {}

Result<LauncherJournal> LauncherJournal::create(const std::string& directory) {
  auto opened = posix::open_file(directory, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
  if (!opened) return opened.error();
  const auto path = directory + "/" + kName;
  posix::Fd file(::openat(opened->get(), kName, kOpen | O_EXCL, 0600));
  if (!file) return system_error("cannot make a journal", path);
  const auto head = framed(journal::Head{});
  if (auto s = posix::write_all(file.get(), head, path); !s) return s.error();
  return LauncherJournal(std::move(*opened), std::move(file), path, head.size());
}

Status LauncherJournal::started(AttemptId attempt) {
  auto frame = framed(journal::Begun{attempt});
  if (auto s = append(frame); !s) return s;
  keep(attempt, std::move(frame));
  return {};
}

Status LauncherJournal::withdrawn(AttemptId attempt) {
  if (auto s = append(framed(journal::Withdrawn{attempt})); !s) return s;
  forget(attempt);
  return {};
}

Status LauncherJournal::ended(AttemptId attempt, const AttemptReport& report, bool was_ready) {
  auto frame = framed(journal::Ended{attempt, report, was_ready});
  if (frame.size() - kFrameHeader > kRecordBytes) return fail(Code::refused, "a report is over the limit", path_);
  if (auto s = append(frame); !s) return s;
  keep(attempt, std::move(frame));
  return {};
}

Status LauncherJournal::acked(AttemptId attempt) {
  // That it was acked is not written: a reader gets its end once more, and knows it already.
  forget(attempt);
  const auto past = size_ - alive_bytes_;
  if (past <= rewrite_past_ || past <= alive_bytes_) return {};
  auto s = rewrite();
  rewrite_past_ = limits::kLauncherJournalSlack + (s ? 0 : past);  // a failure is not repeated at every ack
  return s;
}

void LauncherJournal::keep(AttemptId attempt, std::string frame) {
  auto& kept = alive_[attempt];
  alive_bytes_ += frame.size() - kept.size();
  kept = std::move(frame);
}

void LauncherJournal::forget(AttemptId attempt) {
  const auto kept = alive_.find(attempt);
  if (kept == alive_.end()) return;
  alive_bytes_ -= kept->second.size();
  alive_.erase(kept);
}

Status LauncherJournal::append(const std::string& frame) {
  if (torn_ && ::ftruncate(file_.get(), static_cast<off_t>(size_))) return system_error("cannot write", path_);
  torn_ = false;
  if (auto s = posix::write_all(file_.get(), frame, path_); !s) {
    torn_ = true;
    return s;
  }
  size_ += frame.size();
  return {};
}

Status LauncherJournal::rewrite() {
  const int dir = directory_.get();
  posix::Fd file(::openat(dir, kNewName, kOpen | O_TRUNC, 0600));
  if (!file) return system_error("cannot rewrite", path_);
  auto bytes = framed(journal::Head{});
  bytes.reserve(bytes.size() + alive_bytes_);
  for (const auto& [attempt, frame] : alive_) bytes += frame;
  if (auto s = posix::write_all(file.get(), bytes, path_); !s) {
    ::unlinkat(dir, kNewName, 0);
    return s;
  }
  if (::renameat(dir, kNewName, dir, kName)) return system_error("cannot rewrite", path_);
  file_ = std::move(file);
  size_ = bytes.size();
  torn_ = false;
  return {};
}

Result<LauncherAccount> read_launcher_account(const std::string& directory) {
  const auto path = directory + "/" + kName;
  const auto file = posix::open_file(path, O_RDONLY | O_NOFOLLOW);
  if (!file && file.error().os_errno == ENOENT) return LauncherAccount{};
  if (!file) return file.error();
  const auto bytes = posix::read_all(file->get(), limits::kLauncherJournalBytes, path);
  if (!bytes) return bytes.error();
  return account_of(*bytes, path);
}

}  // namespace rota::lane
