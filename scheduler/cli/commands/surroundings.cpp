// Errors on their way to people.
#include "scheduler/cli/commands/surroundings.h"

#include <fmt/format.h>

#include <filesystem>

#include "scheduler/cli/exit_code.h"
#include "scheduler/control/view_json.h"
#include "shared/text/text.h"

namespace rota::cli {

Look look_of(const Stream& stream) { return {stream.extent().columns, stream.colour, stream.unicode}; }

Exit complain(const Surroundings& world, std::string_view verb, const Error& error, bool json) {
  if (json)
    world.out.write(control::error_json(error, "") + "\n");
  else
    world.err.write(fmt::format("rota {}: {}\n", verb, text::escape_terminal(to_text(error))));
  return {exit_code(error)};
}

std::string absolute_path(const std::string& path, const std::string& directory) {
  return (std::filesystem::path(directory) / path).lexically_normal().string();
}

}  // namespace rota::cli
