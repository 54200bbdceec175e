// Sealed memfds, mapped by Boost.Interprocess.
#include "shared/lane/region.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include <boost/interprocess/mapped_region.hpp>
#include <string>

namespace rota::lane {
namespace {

namespace ipc = boost::interprocess;

constexpr int kSealsOfSize = F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL;
constexpr int kSealsOfOwn = kSealsOfSize | F_SEAL_FUTURE_WRITE;

/// All that mapped_region wants of a memory-mappable.
struct Mappable {
  int fd;
  ipc::mapping_handle_t get_mapping_handle() const { return ipc::ipcdetail::mapping_handle_from_file_handle(fd); }
};

/// A file size limit answers with SIGXFSZ besides EFBIG; a library may not let that kill its process.
class WithoutSizeSignal {
 public:
  WithoutSizeSignal() {
    sigemptyset(&only_);
    sigaddset(&only_, SIGXFSZ);
    pthread_sigmask(SIG_BLOCK, &only_, &before_);
  }
  ~WithoutSizeSignal() {
    const timespec now{};
    if (!sigismember(&before_, SIGXFSZ)) sigtimedwait(&only_, nullptr, &now);
    pthread_sigmask(SIG_SETMASK, &before_, nullptr);
  }
  WithoutSizeSignal(const WithoutSizeSignal&) = delete;
  WithoutSizeSignal& operator=(const WithoutSizeSignal&) = delete;

 private:
  sigset_t only_{}, before_{};
};

Result<posix::Fd> reserved(const char* name, std::size_t bytes) {
  auto fd = posix::make_memfd(name, true);
  if (!fd) return fd;
  const WithoutSizeSignal guard;
  int err = EINTR;
  while (err == EINTR) err = ::posix_fallocate(fd->get(), 0, static_cast<off_t>(bytes));
  if (err) return system_error("cannot reserve " + std::to_string(bytes) + " bytes of shared memory", name, err);
  return fd;
}

Status seal(int fd, int seals, const char* name) {
  if (::fcntl(fd, F_ADD_SEALS, seals)) return system_error("cannot seal shared memory", name);
  return {};
}

Result<std::unique_ptr<ipc::mapped_region>> map(int fd, std::size_t bytes, ipc::mode_t mode, const char* name) {
  try {
    return std::make_unique<ipc::mapped_region>(Mappable{fd}, mode, 0, bytes);
  } catch (const ipc::interprocess_exception& e) {
    return system_error("cannot map shared memory", name, e.get_native_error());
  }
}

Status check(int fd, std::size_t bytes, int seals) {
  struct stat st {};
  if (::fstat(fd, &st)) return system_error("stat", "shared memory");
  if (static_cast<std::size_t>(st.st_size) != bytes)
    return fail(Code::corrupt,
                "has " + std::to_string(st.st_size) + " bytes where " + std::to_string(bytes) +
                    " belong; coordinator and worker are of different builds",
                "shared memory");
  const int have = ::fcntl(fd, F_GET_SEALS);
  if (have != seals)
    return fail(Code::corrupt, "has seals " + std::to_string(have) + " where " + std::to_string(seals) + " belong",
                "shared memory");
  return {};
}

}  // namespace

Region::Region(posix::Fd fd, std::unique_ptr<ipc::mapped_region> m) : fd_(std::move(fd)), map_(std::move(m)) {}
Region::Region(Region&&) noexcept = default;
Region& Region::operator=(Region&&) noexcept = default;
Region::~Region() = default;

std::byte* Region::bytes() const { return static_cast<std::byte*>(map_->get_address()); }

Result<Region> Region::create_own(const char* name, std::size_t bytes) {
  auto fd = reserved(name, bytes);
  if (!fd) return fd.error();
  auto mapped = map(fd->get(), bytes, ipc::read_write, name);  // before the seal, which would make it fail
  if (!mapped) return mapped.error();
  if (auto s = seal(fd->get(), kSealsOfOwn, name); !s) return s.error();
  return Region(std::move(*fd), std::move(*mapped));
}

Result<Region> Region::create_for_peer(const char* name, std::size_t bytes) {
  auto fd = reserved(name, bytes);
  if (!fd) return fd.error();
  if (auto s = seal(fd->get(), kSealsOfSize, name); !s) return s.error();
  auto mapped = map(fd->get(), bytes, ipc::read_only, name);
  if (!mapped) return mapped.error();
  return Region(std::move(*fd), std::move(*mapped));
}

Result<Region> Region::attach_peers(posix::Fd fd, std::size_t bytes) {
  if (auto s = check(fd.get(), bytes, kSealsOfOwn); !s) return s.error();
  auto mapped = map(fd.get(), bytes, ipc::read_only, "lane to worker");
  if (!mapped) return mapped.error();
  return Region(std::move(fd), std::move(*mapped));
}

Result<Region> Region::attach_own(posix::Fd fd, std::size_t bytes) {
  if (auto s = check(fd.get(), bytes, kSealsOfSize); !s) return s.error();
  auto mapped = map(fd.get(), bytes, ipc::read_write, "lane to coordinator");
  if (!mapped) return mapped.error();
  return Region(std::move(fd), std::move(*mapped));
}

}  // namespace rota::lane
