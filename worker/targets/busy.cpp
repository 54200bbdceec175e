// Targets that use the processor: they would block a loop, so they have no coroutine.
#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

#include "shared/posix/fd.h"
#include "worker/targets/functions.h"
#include "worker/targets/sha256.h"

namespace rota::worker {

Status spin(TargetContext& context, const Arguments& arguments) {
  const auto until = monotonic_now() + arguments.duration("duration");
  volatile std::uint64_t work = 1;
  while (monotonic_now() < until && !context.stop_requested())
    for (int i = 0; i < 2000; ++i) work = work * 6364136223846793005ull + 1442695040888963407ull;
  return {};
}

Status checksum(TargetContext& context, const Arguments& arguments) {
  const auto path = arguments.text("path");
  auto fd = posix::open_file(context.path(path), O_RDONLY);
  if (!fd) return fd.error();
  Sha256 hash;
  std::int64_t bytes = 0;
  std::string buffer(256u << 10, '\0');
  while (!context.stop_requested()) {
    const auto n = ::read(fd->get(), buffer.data(), buffer.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return system_error("cannot read", path);
    if (n == 0) {
      const auto sum = hash.finish();
      context.out(sum + "  " + path + "\n");  // as sha256sum prints it
      context.set_output("sha256", sum);
      context.set_output("bytes", bytes);
      return {};
    }
    hash.add(std::string_view(buffer).substr(0, static_cast<std::size_t>(n)));
    bytes += n;
  }
  return {};
}

}  // namespace rota::worker
