// The verbs that help to write a job file: schema, init.
#include <fcntl.h>
#include <fmt/format.h>

#include "jobs/schema/texts.h"
#include "scheduler/cli/commands/commands.h"
#include "scheduler/cli/exit_code.h"
#include "scheduler/cli/words.h"
#include "shared/posix/fd.h"

namespace rota::cli {
namespace {

constexpr unsigned kFileMode = 0666;  // as the caller's umask has it

}  // namespace

Exit schema(const Surroundings& world) {
  world.out.write(jobs::schema_text());
  return {};
}

Exit init(const verb::Init& v, const Surroundings& world) {
  const auto path = absolute_path(v.file, world.directory);
  const auto refuse = [&](int code, std::string_view what) {
    world.err.write(fmt::format("rota init: {}: {}\n", one_line(v.file), what));
    return Exit{code};
  };
  // O_EXCL follows no link either: what is there stays as it is.
  const auto file = posix::open_file(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, kFileMode);
  if (!file) {
    if (file.error().os_errno == EEXIST)
      return refuse(kExitRefused, "there is a file of this name already; name another one");
    return refuse(file.error().os_errno == EACCES || file.error().os_errno == EROFS ? kExitRefused : kExitUsage,
                  file.error().what);
  }
  if (const auto written = posix::write_all(file->get(), jobs::starter_text(), path); !written)
    return refuse(kExitRefused, written.error().what);
  world.out.write(fmt::format("{0}: written; try `rota run {0}`\n", one_line(v.file)));
  return {};
}

}  // namespace rota::cli
