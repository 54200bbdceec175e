// Whether a part of the state directory is ours: what was planted there (a link, a FIFO, another user's file, one with
// a second name) is refused by name, never followed and never waited for.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <utility>

#include "shared/posix/fd.h"
#include "shared/result.h"

namespace rota::store {

/// A directory, no link, of this user, writable by nobody else. Code::refused says what it is instead.
Status check_own_directory(const std::string& path);
/// Makes it with mode 0700, or checks the one that is there. True: it was made.
Result<bool> make_own_directory(const std::string& path);

/// A regular file, no link, without a second name, of this user, writable by nobody else. It need not be there.
Status check_own_file(const std::string& path);
/// Opens or, with O_CREAT, makes such a file (0600); the same checks on what was opened. Never blocks.
Result<posix::Fd> open_own_file(const std::string& path, int flags);

/// Which files lie under the names of a database and of what SQLite keeps beside it; 0: none.
struct FileIds {
  std::array<std::pair<std::uint64_t, std::uint64_t>, 3> ids{};  // device and inode of the file, its -wal, its -shm
  bool operator==(const FileIds&) const = default;
};
FileIds file_ids(const std::string& path);

}  // namespace rota::store
