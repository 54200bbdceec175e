// What a command touches of the world: streams, environment, directory, standard input, clock, coordinators, time that
// passes. Tests bring their own.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "scheduler/cli/commands/contact.h"
#include "scheduler/cli/stream.h"
#include "scheduler/cli/view/table.h"
#include "shared/clock.h"
#include "shared/result.h"

namespace rota::cli {

void rest_beside(Duration at_most, int pid);
std::string random_key();
Result<std::string> no_worker_program();

struct Surroundings {
  Stream out, err;
  std::vector<std::string> env;  // "K=V"
  std::string directory;         // the working directory, absolute
  std::function<Result<std::string>()> read_stdin;
  Clock& clock;
  Dial dial = dial_socket;
  /// Lets time pass, at most this long; returns early when process `pid` (0: none) has ended.
  std::function<void(Duration at_most, int pid)> rest = rest_beside;
  /// A word that nobody else has: for idempotency keys.
  std::function<std::string()> fresh_key = random_key;
  /// Where the worker program is; known to the program that has the coordinator in it.
  std::function<Result<std::string>()> worker_program = no_worker_program;
};

/// How the program ends: by an exit code, or (when signal is not 0) by that signal, for the parent's sake.
struct Exit {
  int code = 0;
  int signal = 0;
};

Look look_of(const Stream& stream);

/// Says an error on stderr, "rota VERB: where: what", or as JSON on stdout; gives its exit code.
Exit complain(const Surroundings& world, std::string_view verb, const Error& error, bool json = false);
/// What to do about an error whose sentence cannot say it by itself; may be empty. For JSON.
std::string_view hint_of(const Error& error);
/// A line on stderr, "rota VERB: text", for what is worth knowing and no error; none when the text is empty.
void remark(const Surroundings& world, std::string_view verb, std::string_view text);

/// "/x" for ("/x", any), "/cwd/x" for ("x", "/cwd"), without "." and "..".
std::string absolute_path(const std::string& path, const std::string& directory);

}  // namespace rota::cli
