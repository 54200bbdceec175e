// Errors on their way to people.
#include "scheduler/cli/commands/surroundings.h"

#include <fmt/format.h>
#include <poll.h>

#include <algorithm>
#include <filesystem>
#include <random>

#include "scheduler/cli/exit_code.h"
#include "scheduler/control/view_json.h"
#include "shared/posix/fd.h"
#include "shared/text/text.h"

namespace rota::cli {

std::string_view hint_of(const Error& error) {
  return error.code == Code::unreachable ? "start `rotad`, or use `rota run`" : "";
}

void rest_beside(Duration at_most, int pid) {
  const auto ms = std::clamp<std::int64_t>(std::chrono::ceil<std::chrono::milliseconds>(at_most).count(), 0, 3'600'000);
  const auto process = pid > 0 ? posix::open_pidfd(pid) : Result<posix::Fd>(posix::Fd());
  if (!process) return;  // it has ended
  pollfd p{process->get(), POLLIN, 0};
  (void)::poll(&p, pid > 0 ? 1 : 0, static_cast<int>(ms));
}

std::string random_key() {
  std::random_device device;
  return fmt::format("rota-{:08x}{:08x}{:08x}", device(), device(), device());
}

Result<std::string> no_worker_program() { return fail(Code::not_found, "this program does not know of any"); }

void remark(const Surroundings& world, std::string_view verb, std::string_view text) {
  if (!text.empty()) world.err.write(fmt::format("rota {}: {}\n", verb, text::escape_terminal(text)));
}

Look look_of(const Stream& stream) { return {stream.extent().columns, stream.colour, stream.unicode}; }

Exit complain(const Surroundings& world, std::string_view verb, const Error& error, bool json) {
  if (json)
    world.out.write(control::error_json(error, hint_of(error)) + "\n");
  else
    world.err.write(fmt::format("rota {}: {}\n", verb, text::escape_terminal(to_text(error))));
  return {exit_code(error)};
}

std::string absolute_path(const std::string& path, const std::string& directory) {
  return (std::filesystem::path(directory) / path).lexically_normal().string();
}

}  // namespace rota::cli
