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

}  // namespace

Result<Source> read_job_file(const std::string& path) {
  // Without O_NONBLOCK the open of a FIFO would wait for a writer.
  auto fd = posix::open_file(path, O_RDONLY | O_NONBLOCK | O_NOCTTY);
  if (!fd) {
    auto error = fd.error();
    error.code = Code::invalid;  // a wrong path is a wrong job file
    return error;
  }
  struct stat about {};
  if (::fstat(fd->get(), &about) != 0) return system_error("cannot look at the job file", path);
  if (!S_ISREG(about.st_mode))
    return fail(Code::invalid,
                fmt::format("this is {}, not a file; give the path of a job file", kind_of(about.st_mode)), path);
  const auto size = static_cast<std::uint64_t>(about.st_size);
  if (size > limits::kJobFileBytes)
    return fail(Code::invalid,
                fmt::format("the job file has {} bytes; at most {} (job_file_bytes) are read: split it", size,
                            limits::kJobFileBytes),
                path);
  auto bytes = posix::read_all(fd->get(), limits::kJobFileBytes, path);
  if (!bytes) return bytes.error();
  return Source{path, std::move(*bytes)};
}

}  // namespace rota::jobs
