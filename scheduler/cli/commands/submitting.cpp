// Reading, asking, telling.
#include "scheduler/cli/commands/submitting.h"

#include <fmt/format.h>

#include "jobs/read/load.h"
#include "scheduler/cli/words.h"

namespace rota::cli {
namespace {

using control::SubmittedFile;

constexpr int kTries = 50;  // of one submission under the same key, while the service goes away and comes back
constexpr Duration kTryAgain = std::chrono::milliseconds(200);

std::string told(const SubmittedFile& one, std::string_view relation) {
  const auto& s = one.submitted;
  auto what = one_line(s.name) + ", " + number_of(s.jobs ? s.jobs : s.tasks, "job");
  if (s.jobs && s.jobs != s.tasks) what += ", " + number_of(s.tasks, "task");
  if (s.run == 0) return fmt::format("{}: ok: {} (dry run: nothing was submitted)\n", one_line(one.file), what);
  const auto of = one.retry_of ? fmt::format(" ({} run {})", relation, one.retry_of) : std::string();
  if (s.known)
    return fmt::format("run {} was submitted before under this key: {}; nothing new was submitted\n", s.run, what);
  return fmt::format("run {} submitted: {}{}\n", s.run, what, of);
}

}  // namespace

Result<std::string> bytes_of(const std::string& file, const Surroundings& world) {
  if (file == "-") return world.read_stdin();
  auto source = jobs::read_job_file(absolute_path(file, world.directory));
  if (source) return std::move(source->bytes);
  // A file that cannot be read is an invalid file to whoever named it: never 3, which is about runs.
  auto error = source.error();
  if (error.code != Code::refused) error.code = Code::invalid;
  return error;
}

Result<control::Reply> ask_under_key(Horizon& horizon, const control::Ask& question,
                                     std::optional<std::string_view> bytes, const std::string& remedy) {
  const auto contact = horizon.need_service();
  if (!contact) return contact.error();
  auto reply = (*contact)->ask(question, bytes);
  for (int tries = 1; !reply && reply.error().code == Code::unreachable && tries < kTries; ++tries) {
    if (tries == 2)
      horizon.world().err.write("rota: the service went away; waiting for it to come back (Ctrl-C ends the waiting)\n");
    if (tries > 1) horizon.world().rest(kTryAgain, 0);
    if (horizon.redial()) reply = horizon.service()->ask(question, bytes);
  }
  if (reply || reply.error().code != Code::unreachable) return reply;
  return fail(Code::unreachable,
              "the service went away before it answered: whether the run was taken is not known; " + remedy);
}

void tell(const SubmittedFile& one, bool quiet, const Stream& to, std::string_view relation) {
  if (quiet && one.submitted.run) to.write(std::to_string(one.submitted.run) + "\n");
  if (!quiet) to.write(told(one, relation));
}

}  // namespace rota::cli
