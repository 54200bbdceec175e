// The built-in targets: what each takes and where it can run.
#include "jobs/catalogue/catalogue.h"

#include <algorithm>

namespace rota::jobs {

const std::vector<Signature>& catalogue() {
  using T = ParameterType;
  static const std::vector<Signature> table{
      {"noop", {}, true, true, true, "does nothing"},
      {"print_numbers",
       {{"count", T::integer, true, ""}, {"delay", T::duration, false, "1s"}},
       true,
       true,
       true,
       "prints 1 to count, one line each, a delay apart"},
      {"sleep", {{"duration", T::duration, true, ""}}, true, true, true, "waits, using no CPU"},
      // Burning CPU on the event loop would stand in the way of every other coroutine.
      {"spin", {{"duration", T::duration, true, ""}}, true, true, false, "burns CPU of one core"},
      {"echo", {{"words", T::string, false, "", true}}, true, true, true, "prints its arguments on one line"},
      {"checksum", {{"path", T::string, true, ""}}, true, true, false, "prints a file's checksum",
       {{"sha256", OutputType::string}, {"bytes", OutputType::integer}}},
      {"send_keep_alive",
       {{"address", T::string, true, ""}, {"signal", T::string, true, ""}, {"every", T::duration, false, "1s"}},
       true,
       true,
       true,
       "sends a text over UDP again and again until it is stopped"},
      {"udp_echo", {{"listen", T::string, true, ""}}, true, true, true, "answers UDP datagrams until it is stopped"},
      {"tcp_wait",
       {{"address", T::string, true, ""}, {"timeout", T::duration, false, "30s"}},
       true,
       true,
       true,
       "waits until an address accepts TCP connections"},
      {"http_get",
       {{"url", T::string, true, ""}, {"save", T::string, false, "none"}},
       true,
       true,
       true,
       "fetches a URL, into a file if one is named",
       {{"status", OutputType::integer}, {"bytes", OutputType::integer}}},
  };
  return table;
}

const Signature* find_target(std::string_view name) {
  const auto& all = catalogue();
  const auto found = std::find_if(all.begin(), all.end(), [&](const Signature& s) { return s.name == name; });
  return found == all.end() ? nullptr : &*found;
}

}  // namespace rota::jobs
