// "host:port" and "[::1]:port" taken apart.
#pragma once

#include <string>
#include <string_view>

#include "shared/result.h"

namespace rota::worker {

struct HostPort {
  std::string host;
  std::string port;  // 0..65535 in digits
};
/// Code::invalid with what was expected. Brackets are removed from the host.
Result<HostPort> parse_host_port(std::string_view text);

}  // namespace rota::worker
