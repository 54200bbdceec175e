// `env_file`: files of NAME=VALUE lines, read when the job file is.
#pragma once

#include <string_view>

#include "jobs/read/environment.h"
#include "jobs/read/reading.h"

namespace rota::jobs {

/// Reads one path or a list of them into `env`; a later entry of a name wins. What is wrong with a file is said where
/// the job file names it, with the file's own path and line. `visible` as for read_environment.
void read_env_files(Reading& in, NodeAt at, bool visible, Environment& env);

/// What is wrong with a line of such a file.
struct EnvFileFault {
  std::size_t line = 0;
  std::string message;
};

/// The entries of a text: NAME=VALUE, `export NAME=VALUE`, comments, values in '...' (as they stand) or "..." (with
/// \n, \t, \r, \", \\ and \$), which may go over lines. Nothing is replaced in them.
Environment parse_env_file(std::string_view text, std::vector<EnvFileFault>& faults);

}  // namespace rota::jobs
