// Paths fixed when the build was configured.
#include "tests/support/paths.h"

namespace rota::test {

std::string source_dir() { return ROTA_SOURCE_DIR; }
std::string source_path(const std::string& rest) { return source_dir() + "/" + rest; }
std::string rota_binary() { return ROTA_BIN_DIR "/rota"; }
std::string worker_binary() { return ROTA_BIN_DIR "/rota-worker"; }

}  // namespace rota::test
