// Directories that are to go: set aside under another name, and then removed at leisure. For the directories of
// foreground runs and for the output directories of the service's.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "shared/ids.h"
#include "shared/posix/fd.h"
#include "shared/result.h"

namespace rota::store {

/// A folder whose entries are named by run numbers. Links are never followed.
class NumberedFolder {
 public:
  /// Code::not_found when there is none.
  static Result<NumberedFolder> open(const std::string& path);

  /// The entries named by a number, ascending.
  Result<std::vector<RunId>> numbers() const;
  /// Bytes of the files of an entry; 0 when there is none.
  std::uint64_t bytes_of(RunId run) const;
  /// Renames an entry; one that is not there is fine. Durable after `sync`.
  Status set_aside(RunId run) const;
  Status sync() const;
  /// Removes all that was set aside, now or before a crash. The runs that went; the first trouble, when something
  /// could not go, does not keep the others.
  Result<std::vector<RunId>> remove_set_aside() const;
  std::vector<RunId> are_set_aside() const;

 private:
  NumberedFolder(std::string path, posix::Fd fd) : path_(std::move(path)), fd_(std::move(fd)) {}
  std::string path_;
  posix::Fd fd_;
};

}  // namespace rota::store
