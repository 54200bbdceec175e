// What a command touches of the world: streams, environment, directory, standard input, clock. Tests bring their own.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "scheduler/cli/stream.h"
#include "scheduler/cli/view/table.h"
#include "shared/clock.h"
#include "shared/result.h"

namespace rota::cli {

struct Surroundings {
  Stream out, err;
  std::vector<std::string> env;  // "K=V"
  std::string directory;         // the working directory, absolute
  std::function<Result<std::string>()> read_stdin;
  Clock& clock;
};

/// How the program ends: by an exit code, or (when signal is not 0) by that signal, for the parent's sake.
struct Exit {
  int code = 0;
  int signal = 0;
};

Look look_of(const Stream& stream);

/// Says an error on stderr, "rota VERB: what (where)", or as JSON on stdout; gives its exit code.
Exit complain(const Surroundings& world, std::string_view verb, const Error& error, bool json = false);

/// "/x" for ("/x", any), "/cwd/x" for ("x", "/cwd"), without "." and "..".
std::string absolute_path(const std::string& path, const std::string& directory);

}  // namespace rota::cli
