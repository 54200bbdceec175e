// Writing and reading of segment files.
#include "shared/output/segment.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>

#include "shared/output/chunk.h"

namespace rota::output {
namespace {

constexpr std::size_t kReadBytes = 64u << 10;

WallTime wall_now() {
  SystemClock clock;
  return clock.now().wall;
}

}  // namespace

std::string segment_file_name(std::uint32_t number) {
  char text[24];
  std::snprintf(text, sizeof text, "%06u.seg", number);
  return text;
}

// ---- writer ----

Status SegmentWriter::open_file() {
  auto fd = posix::open_file(path_, O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_NOFOLLOW, 0600);
  if (!fd) return fd.error();
  fd_ = std::move(*fd);
  return {};
}

Status SegmentWriter::append_chunk(AttemptId attempt, Stream stream, std::string_view bytes, bool after_gap) {
  const ChunkHeader header{static_cast<std::uint32_t>(bytes.size()),
                           attempt.task.job,
                           attempt.task.task,
                           attempt.number,
                           stream,
                           after_gap,
                           wall_now()};
  auto head = packed(header, bytes);
  const std::size_t whole = head.size() + bytes.size();
  iovec parts[2] = {{head.data(), head.size()}, {const_cast<char*>(bytes.data()), bytes.size()}};
  ssize_t n = 0;
  do n = ::writev(fd_.get(), parts, 2);
  while (n < 0 && errno == EINTR);
  if (n == static_cast<ssize_t>(whole)) {
    end_ += whole;
    return {};
  }
  // A short write is a full disk or a file-size limit: the next call says which. Nobody may find half a chunk.
  const int err = n < 0 ? errno : ENOSPC;
  if (n > 0 && ::ftruncate(fd_.get(), static_cast<off_t>(end_)))
    return system_error("cannot cut a torn chunk off", path_);
  return system_error("cannot write captured output", path_, err);
}

Result<SegmentWriter::Place> SegmentWriter::append(AttemptId attempt, Stream stream, std::string_view bytes,
                                                   bool after_gap) {
  const std::lock_guard lock(mutex_);
  if (status_ && !fd_) status_ = open_file();
  const std::uint64_t first = end_;
  while (status_ && !bytes.empty()) {
    const auto part = bytes.substr(0, kChunkBytes);
    status_ = append_chunk(attempt, stream, part, after_gap);
    bytes.remove_prefix(part.size());
    after_gap = false;
  }
  if (!status_) return status_.error();
  return Place{first, end_};
}

std::uint64_t SegmentWriter::end() const {
  const std::lock_guard lock(mutex_);
  return end_;
}

// ---- reader ----

Result<SegmentReader> SegmentReader::open(const std::string& path) {
  auto fd = posix::open_file(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
  if (!fd) return fd.error();
  struct stat st {};
  if (::fstat(fd->get(), &st)) return system_error("stat", path);
  if (!S_ISREG(st.st_mode)) return fail(Code::corrupt, "is not a regular file", path);
  return SegmentReader(std::move(*fd), path);
}

void SegmentReader::seek(std::uint64_t offset) { at_ = offset; }

/// Makes the buffer hold `bytes` bytes from at_ on; false if the file does not have them yet.
Result<bool> SegmentReader::have(std::size_t bytes) {
  const bool inside = at_ >= buffer_at_ && at_ - buffer_at_ <= buffer_.size();
  if (inside && buffer_.size() - (at_ - buffer_at_) >= bytes) return true;
  buffer_.erase(0, inside ? at_ - buffer_at_ : buffer_.size());
  buffer_at_ = at_;
  while (buffer_.size() < bytes) {
    const auto old = buffer_.size();
    buffer_.resize(std::max(bytes, old + kReadBytes));
    const auto n = ::pread(fd_.get(), buffer_.data() + old, buffer_.size() - old, static_cast<off_t>(buffer_at_ + old));
    const int err = errno;
    buffer_.resize(old + static_cast<std::size_t>(std::max<ssize_t>(n, 0)));
    if (n < 0 && err == EINTR) continue;
    if (n < 0) return system_error("cannot read captured output", path_, err);
    if (n == 0) return false;
  }
  return true;
}

/// A chunk that is wrong may be the last one: torn by a power cut, or half visible. Before the end it is damage.
Result<bool> SegmentReader::damaged(const char* what, std::uint64_t chunk_end) {
  buffer_.clear();  // look again next time: a follower may have seen it half written
  struct stat st {};
  if (::fstat(fd_.get(), &st)) return system_error("stat", path_);
  if (chunk_end >= static_cast<std::uint64_t>(st.st_size)) return false;
  return fail(Code::corrupt, std::string(what) + " at offset " + std::to_string(at_) + "; what follows cannot be read",
              path_);
}

Result<bool> SegmentReader::next(Chunk& chunk) {
  auto there = have(kChunkHeaderBytes);
  if (!there || !*there) return there;
  ChunkHeader header;
  const auto state = unpack(std::string_view(buffer_).substr(at_ - buffer_at_, kChunkHeaderBytes), header);
  if (state == HeaderState::zeros) {
    buffer_.clear();
    return false;
  }
  if (state == HeaderState::bad) return damaged("no chunk header", at_ + kChunkHeaderBytes);
  const std::uint64_t end = at_ + kChunkHeaderBytes + header.length;
  there = have(kChunkHeaderBytes + header.length);
  if (!there || !*there) return there;
  const auto all = std::string_view(buffer_).substr(at_ - buffer_at_, kChunkHeaderBytes + header.length);
  if (!checksum_holds(all.substr(0, kChunkHeaderBytes), all.substr(kChunkHeaderBytes))) {
    return damaged("a chunk with a wrong checksum", end);
  }
  chunk.task = {0, header.job, header.task};
  chunk.attempt = header.attempt;
  chunk.stream = header.stream;
  chunk.after_gap = header.after_gap;
  chunk.at = header.at;
  chunk.bytes = all.substr(kChunkHeaderBytes);
  chunk.offset = at_;
  chunk.end = end;
  at_ = end;
  return true;
}

}  // namespace rota::output
