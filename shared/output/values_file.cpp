// Making, reading and removing it.
#include "shared/output/values_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "shared/limits.h"
#include "shared/posix/fd.h"

namespace rota::output {
namespace {

Values fault(const std::string& what) { return {{}, "$ROTA_OUTPUT: " + what, 1}; }

}  // namespace

Result<ValuesFile> ValuesFile::make(const std::string& path) {
  constexpr int flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW;
  auto fd = posix::open_file(path, flags, 0600);
  if (!fd && fd.error().os_errno == EEXIST && ::unlink(path.c_str()) == 0) fd = posix::open_file(path, flags, 0600);
  if (!fd) return fd.error();
  return ValuesFile(path);
}

ValuesFile& ValuesFile::operator=(ValuesFile&& o) noexcept {
  if (this != &o) {
    remove();
    path_ = std::exchange(o.path_, {});
  }
  return *this;
}

ValuesFile::~ValuesFile() { remove(); }

void ValuesFile::remove() {
  // What is there by now may be a directory: then it stays until its run's directory goes.
  if (!path_.empty()) ::unlink(path_.c_str());
  path_.clear();
}

Values ValuesFile::read(std::span<const DeclaredValue> declared) const {
  if (path_.empty()) return {};
  const auto fd = posix::open_file(path_, O_RDONLY | O_NONBLOCK | O_NOFOLLOW | O_NOCTTY);
  if (!fd && fd.error().os_errno == ENOENT) return {};
  if (!fd && fd.error().os_errno == ELOOP) return fault("a link is in its place; write to the file itself");
  if (!fd) return fault("cannot be read: " + to_text(fd.error()));
  struct stat s {};
  if (::fstat(fd->get(), &s) != 0 || !S_ISREG(s.st_mode))
    return fault("something that is not a file is in its place; write to the file itself");
  const auto text = posix::read_all(fd->get(), limits::kOutputBytes, path_);
  if (!text && text.error().code == Code::refused) {
    return fault("more than " + std::to_string(limits::kOutputBytes) +
                 " bytes were written (limit output_bytes); leave larger results in a file and hand on its path");
  }
  if (!text) return fault("cannot be read: " + to_text(text.error()));
  return parse_values(*text, declared);
}

}  // namespace rota::output
