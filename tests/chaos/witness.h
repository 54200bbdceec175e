// The marks: lines that jobs appended to a file outside of Rota, in the order in which they happened.
#pragma once

#include <map>
#include <string>
#include <tuple>
#include <vector>

namespace rota::chaos {

using Try = std::tuple<unsigned, std::string, unsigned>;  // run, job, attempt

struct Marks {
  struct Seen {
    int begun = 0;
    std::vector<int> ended;       // the status that each was about to end with
    std::size_t first_begin = 0;  // line numbers, from 1
    std::size_t last_end = 0;
  };
  std::map<Try, Seen> tries;
  std::vector<std::string> unreadable;
  std::size_t lines = 0;
};
Marks read_marks(const std::string& path);

std::string to_text(const Try& t);

}  // namespace rota::chaos
