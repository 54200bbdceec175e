// Where the sources and the built binaries are, whatever directory a test runs in.
#pragma once

#include <string>

namespace rota::test {

std::string source_dir();                          // the root of the repository
std::string source_path(const std::string& rest);  // source_dir()/rest
std::string rota_binary();
std::string worker_binary();

}  // namespace rota::test
