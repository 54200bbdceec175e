// Which files a journal has at the moment.
#include "scheduler/store/journal_files.h"

#include <sys/stat.h>

namespace rota::store {

JournalFiles look_at(const std::string& journal) {
  const auto file = [](const std::string& name) {
    struct stat st {};
    if (::stat(name.c_str(), &st)) return JournalFiles::File{};
    return JournalFiles::File{true, st.st_size,
                              std::int64_t{st.st_mtim.tv_sec} * 1'000'000'000 + st.st_mtim.tv_nsec};
  };
  return {file(journal), file(journal + "-wal"), file(journal + "-shm")};
}

sqlite::Open way_to_read(const JournalFiles& files) {
  if (!files.has_frames()) return sqlite::Open::read_immutable;
  return files.shm.there ? sqlite::Open::read_wal : sqlite::Open::read_alone;
}

}  // namespace rota::store
