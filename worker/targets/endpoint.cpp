// Parsing of addresses.
#include "worker/targets/endpoint.h"

#include <charconv>

namespace rota::worker {

Result<HostPort> parse_host_port(std::string_view text) {
  const auto no = [&](const char* why) {
    return fail(Code::invalid,
                "'" + std::string(text) + "' " + why + "; an address is host:port, such as 127.0.0.1:9999");
  };
  const auto colon = text.rfind(':');
  if (colon == std::string_view::npos) return no("has no port");
  auto host = text.substr(0, colon);
  const auto port = text.substr(colon + 1);
  unsigned number = 0;
  const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), number);
  if (error != std::errc{} || end != port.data() + port.size() || number > 65535)
    return no("has a port that is not a number up to 65535");
  if (host.size() >= 2 && host.front() == '[' && host.back() == ']')
    host = host.substr(1, host.size() - 2);
  else if (host.find(':') != std::string_view::npos)
    return no("has an IPv6 host without brackets");
  if (host.empty()) return no("has no host");
  return HostPort{std::string(host), std::string(port)};
}

}  // namespace rota::worker
