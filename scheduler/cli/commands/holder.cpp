// Reading the lock of an instance.
#include "scheduler/cli/commands/holder.h"

#include <fcntl.h>

#include <charconv>
#include <string_view>

#include "shared/posix/fd.h"

namespace rota::cli {

std::optional<Holder> holder_of(const std::string& instance_directory) {
  const auto path = instance_directory + "/lock";
  const auto locked = posix::is_locked(path);
  if (!locked || !*locked) return std::nullopt;
  Holder holder;
  const auto file = posix::open_file(path, O_RDONLY | O_NOFOLLOW);
  if (!file) return holder;
  const auto text = posix::read_all(file->get(), 128, path);
  constexpr std::string_view kPid = "pid ", kSince = " since ";
  if (!text || !text->starts_with(kPid)) return holder;
  std::string_view rest = std::string_view(*text).substr(kPid.size());
  const auto number = std::from_chars(rest.data(), rest.data() + rest.size(), holder.pid);
  rest.remove_prefix(static_cast<std::size_t>(number.ptr - rest.data()));
  if (rest.starts_with(kSince)) holder.since = rest.substr(kSince.size(), rest.find('\n') - kSince.size());
  return holder;
}

std::string to_text(const Holder& holder) {
  auto text = holder.pid ? "pid " + std::to_string(holder.pid) : std::string("just starting");
  return holder.since.empty() ? text : text + " since " + holder.since;
}

}  // namespace rota::cli
