// Reading of marks.
#include "tests/chaos/witness.h"

#include <fstream>
#include <sstream>

namespace rota::chaos {

Marks read_marks(const std::string& path) {
  Marks marks;
  std::ifstream in(path);
  for (std::string line; std::getline(in, line);) {
    ++marks.lines;
    std::istringstream words(line);
    std::string what, job;
    unsigned run = 0, attempt = 0;
    int status = 0;
    words >> what >> run >> job >> attempt;
    if (!words || (what != "S" && what != "E") || (what == "E" && !(words >> status))) {
      marks.unreadable.push_back(line);
      continue;
    }
    auto& seen = marks.tries[{run, job, attempt}];
    if (what == "S") {
      if (seen.begun++ == 0) seen.first_begin = marks.lines;
    } else {
      seen.ended.push_back(status);
      seen.last_end = marks.lines;
    }
  }
  return marks;
}

std::string to_text(const Try& t) {
  return std::to_string(std::get<0>(t)) + "/" + std::get<1>(t) + " attempt " + std::to_string(std::get<2>(t));
}

}  // namespace rota::chaos
