// A job file from the disk, without being caught by what only looks like a file.
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include "jobs/read/load.h"
#include "shared/limits.h"
#include "shared/posix/fd.h"

namespace rota::jobs {
namespace {

std::string_view kind_of(mode_t mode) {
  if (S_ISDIR(mode)) return "a directory";
  if (S_ISFIFO(mode)) return "a FIFO";
  if (S_ISSOCK(mode)) return "a socket";
  return "a device";
}

struct FileKind {
  std::string_view what;  // "job file"
  std::uint64_t most;
  std::string_view limit, too_large;
};

Result<Source> read_regular(const std::string& path, const FileKind& kind) {
  // Without O_NONBLOCK the open of a FIFO would wait for a writer.
  auto fd = posix::open_file(path, O_RDONLY | O_NONBLOCK | O_NOCTTY);
  if (!fd) {
    auto error = fd.error();
    error.code = Code::invalid;  // a wrong path is a wrong file
    return error;
  }
  struct stat about {};
  if (::fstat(fd->get(), &about) != 0) return system_error(fmt::format("cannot look at the {}", kind.what), path);
  if (!S_ISREG(about.st_mode))
    return fail(Code::invalid,
                fmt::format("this is {}, not a file; give the path of {}", kind_of(about.st_mode),
                            kind.what == "env_file" ? "an env_file" : "a job file"),
                path);
  const auto size = static_cast<std::uint64_t>(about.st_size);
  if (size > kind.most)
    return fail(Code::invalid, fmt::format("the {} has {} bytes; at most {} ({}) are read: {}", kind.what, size,
                                           kind.most, kind.limit, kind.too_large),
                path);
  auto bytes = posix::read_all(fd->get(), kind.most, path);
  if (!bytes) return bytes.error();
  return Source{path, std::move(*bytes)};
}

}  // namespace

Result<Source> read_job_file(const std::string& path) {
  return read_regular(path, {"job file", limits::kJobFileBytes, "job_file_bytes", "split it"});
}

Result<Source> read_env_file(const std::string& path) {
  return read_regular(path, {"env_file", limits::kEnvFileBytes, "env_file_bytes", "pass large values in files"});
}

}  // namespace rota::jobs
