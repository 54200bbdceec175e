// One shared region: a sealed memfd and its mapping. The only user of Boost.Interprocess. Nothing has a name in any
// file system, so nothing is left behind by a SIGKILL of everybody.
//
// Seals decide who can write, not good will. The region that the coordinator writes is mapped by it first and then
// sealed SHRINK|GROW|FUTURE_WRITE|SEAL: nobody can ever map it writable again. The one that the worker writes is sealed
// SHRINK|GROW|SEAL, so that a mapped page can never vanish under its reader (no SIGBUS).
#pragma once

#include <cstddef>
#include <memory>

#include "shared/posix/fd.h"
#include "shared/result.h"

namespace boost::interprocess {
class mapped_region;
}

namespace rota::lane {

class Region {
 public:
  /// For the creator to write: mapped read-write here, read-only for everybody after. Memory is reserved now: ENOSPC,
  /// EFBIG or ENOMEM is an error with that name, not a SIGBUS (nor SIGXFSZ) later.
  static Result<Region> create_own(const char* name, std::size_t bytes);
  /// For the peer to write: mapped read-only here.
  static Result<Region> create_for_peer(const char* name, std::size_t bytes);
  /// The other side's view of a descriptor from create_own (read-only) or create_for_peer (read-write). Size and seals
  /// must be exactly what they have to be, else Code::corrupt; the size is ours, never the descriptor's word.
  static Result<Region> attach_peers(posix::Fd fd, std::size_t bytes);
  static Result<Region> attach_own(posix::Fd fd, std::size_t bytes);

  Region(Region&&) noexcept;
  Region& operator=(Region&&) noexcept;
  ~Region();

  std::byte* bytes() const;  // writing through it is only for the side that owns the region
  int fd() const { return fd_.get(); }
  void close_fd() { fd_.reset(); }  // the mapping stays

 private:
  Region(posix::Fd fd, std::unique_ptr<boost::interprocess::mapped_region> map);
  posix::Fd fd_;
  std::unique_ptr<boost::interprocess::mapped_region> map_;
};

}  // namespace rota::lane
