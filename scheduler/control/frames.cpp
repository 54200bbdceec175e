// Frames by recvmsg and sendmsg, descriptors by SCM_RIGHTS.
#include "scheduler/control/frames.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace rota::control {
namespace {

constexpr std::uint32_t kGoesOn = 0x8000'0000u;
constexpr std::size_t kStep = 64u << 10;  // memory grows with what has come, not with what is announced
constexpr int kSeals = F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE;
constexpr std::size_t kDescriptors = 8;  // of one receive; the kernel closes what finds no room

/// Keeps the first descriptor of a message; any others are closed.
void take_descriptors(msghdr& header, posix::Fd& file) {
  for (auto* c = CMSG_FIRSTHDR(&header); c; c = CMSG_NXTHDR(&header, c)) {
    if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS) continue;
    const std::size_t count = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    for (std::size_t i = 0; i < count; ++i) {
      int fd = -1;
      std::memcpy(&fd, CMSG_DATA(c) + i * sizeof(int), sizeof fd);
      posix::Fd owned(fd);
      if (!file) file = std::move(owned);
    }
  }
}

Error gone(const char* what) {
  return fail(Code::unreachable, std::string("the connection broke: ") + what);
}

}  // namespace

/// 0 with end false: nothing is there.
Result<std::size_t> FrameReader::receive(int socket, char* into, std::size_t size, bool& end) {
  alignas(cmsghdr) char control[CMSG_SPACE(kDescriptors * sizeof(int))];
  iovec part{into, size};
  msghdr header{};
  header.msg_iov = &part;
  header.msg_iovlen = 1;
  header.msg_control = control;
  header.msg_controllen = sizeof control;
  ssize_t n = -1;
  do n = ::recvmsg(socket, &header, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
  while (n < 0 && errno == EINTR);
  if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) return std::size_t{0};
  if (n < 0) return gone(std::strerror(errno));
  take_descriptors(header, message_.file);
  end = n == 0;
  return static_cast<std::size_t>(n);
}

Status FrameReader::begin_frame() {
  const std::uint32_t word = std::uint32_t{header_[0]} | std::uint32_t{header_[1]} << 8 |
                             std::uint32_t{header_[2]} << 16 | std::uint32_t{header_[3]} << 24;
  const std::uint32_t length = word & ~kGoesOn;
  goes_on_ = (word & kGoesOn) != 0;
  header_got_ = 0;
  if (length == 0) return fail(Code::invalid, "a frame without bytes");
  if (length > limits::kControlFrameBytes)
    return fail(Code::invalid, "a frame of " + std::to_string(length) + " bytes: at most " +
                                   std::to_string(limits::kControlFrameBytes) + " are allowed");
  if (message_.text.size() + length > limit_)
    return fail(Code::invalid, "a message of more than " + std::to_string(limit_) + " bytes");
  expect_ = length;
  return {};
}

Result<FrameReader::Got> FrameReader::read(int socket, std::size_t budget) {
  bool end = false;
  for (std::size_t taken = 0; taken < budget;) {
    const bool in_header = expect_ == 0;
    const std::size_t want = in_header ? sizeof header_ - header_got_ : std::min(expect_, kStep);
    const std::size_t had = message_.text.size();
    if (!in_header) message_.text.resize(had + want);
    char* into = in_header ? reinterpret_cast<char*>(header_) + header_got_ : message_.text.data() + had;
    auto n = receive(socket, into, want, end);
    if (!in_header) message_.text.resize(had + (n ? *n : 0));
    if (!n) return n.error();
    if (end && !inside()) return Got::end;
    if (end) return gone("its other end closed in the midst of a message");
    if (*n == 0) return Got::nothing;
    taken += *n;
    if (in_header) {
      header_got_ += *n;
      if (header_got_ < sizeof header_) continue;
      if (auto s = begin_frame(); !s) return s.error();
    } else {
      expect_ -= *n;
      if (expect_ == 0 && !goes_on_) return Got::message;
    }
  }
  return Got::more;
}

Message FrameReader::take() { return std::exchange(message_, {}); }

void FrameWriter::add(std::string_view message, std::optional<int> file) {
  if (file) {
    file_ = file;
    file_at_ = waiting_.size();
  }
  add_piece(message, true);
}

void FrameWriter::add_piece(std::string_view piece, bool last) {
  if (!file_ && sent_ > kStep) {
    waiting_.erase(0, sent_);
    sent_ = 0;
  }
  while (!piece.empty()) {
    const auto frame = piece.substr(0, limits::kControlFrameBytes);
    piece.remove_prefix(frame.size());
    const auto word = static_cast<std::uint32_t>(frame.size()) | (last && piece.empty() ? 0 : kGoesOn);
    for (int shift = 0; shift < 32; shift += 8) waiting_ += static_cast<char>((word >> shift) & 0xff);
    waiting_ += frame;
  }
}

Result<std::size_t> FrameWriter::flush(int socket) {
  std::size_t total = 0;
  while (sent_ < waiting_.size()) {
    const bool with_file = file_ && sent_ == file_at_;
    const std::size_t until = file_ && !with_file ? file_at_ : waiting_.size();
    iovec part{waiting_.data() + sent_, until - sent_};
    alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int))] = {};
    msghdr header{};
    header.msg_iov = &part;
    header.msg_iovlen = 1;
    if (with_file) {
      header.msg_control = control;
      header.msg_controllen = sizeof control;
      auto* c = CMSG_FIRSTHDR(&header);
      c->cmsg_level = SOL_SOCKET;
      c->cmsg_type = SCM_RIGHTS;
      c->cmsg_len = CMSG_LEN(sizeof(int));
      std::memcpy(CMSG_DATA(c), &*file_, sizeof(int));
    }
    const auto n = ::sendmsg(socket, &header, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) break;
    if (n < 0) return gone(std::strerror(errno));
    if (with_file) file_.reset();
    sent_ += static_cast<std::size_t>(n);
    total += static_cast<std::size_t>(n);
  }
  if (sent_ == waiting_.size()) {
    waiting_ = {};
    sent_ = 0;
  }
  return total;
}

Result<posix::Fd> sealed_file(std::string_view bytes) {
  auto fd = posix::make_memfd("rota-job-file", true);
  if (!fd) return fd;
  if (auto s = posix::write_all(fd->get(), bytes, "the job file's copy in memory"); !s) return s.error();
  if (::fcntl(fd->get(), F_ADD_SEALS, kSeals | F_SEAL_SEAL)) return system_error("cannot seal the job file's copy");
  return fd;
}

Result<std::uint64_t> check_sealed_file(int fd) {
  const int seals = ::fcntl(fd, F_GET_SEALS);
  struct stat st {};
  if (seals < 0 || (seals & kSeals) != kSeals || ::fstat(fd, &st) || !S_ISREG(st.st_mode))
    return fail(Code::refused, "the job file must come as a sealed memory file");
  const auto size = static_cast<std::uint64_t>(st.st_size);
  if (size > limits::kJobFileBytes)
    return fail(Code::refused, "the job file has " + std::to_string(size) + " bytes: at most " +
                                   std::to_string(limits::kJobFileBytes) + " are allowed");
  return size;
}

}  // namespace rota::control
