// The YAML parser's complaints in words for the people who write job files.
#pragma once

#include <string>
#include <string_view>

namespace rota::jobs {

struct YamlWords {
  std::string message;
  std::string hint;
  bool names_open = false;  // it helps to say where the open list or map began
};

YamlWords words_for(std::string_view complaint);

}  // namespace rota::jobs
