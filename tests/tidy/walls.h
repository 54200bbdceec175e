// The picture of the house as a check: which room may include which, and who may call which outside library.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "tests/tidy/source.h"

namespace rota::tidy {

struct Include {
  std::string path;
  std::size_t line = 0;
  bool quoted = false;  // "ours", not <theirs>
};
std::vector<Include> includes_of(const SourceFile& file);

/// The room a file lies in ("scheduler/core"); empty when it lies in none.
std::string room_of(const std::string& path);

std::vector<Finding> check_layers(const SourceFile& file);             // arrows go down only
std::vector<Finding> check_sides(const SourceFile& file);              // scheduler | worker, cli | daemon
std::vector<Finding> check_core_is_pure(const SourceFile& file);       // no clock, thread, I/O, random source
std::vector<Finding> check_outside_libraries(const SourceFile& file);  // each has one room
std::vector<Finding> check_includes_from_root(const SourceFile& file, const std::set<std::string>& all_paths);

using RoomGraph = std::map<std::string, std::set<std::string>>;
RoomGraph rooms_of(const std::vector<SourceFile>& files);
/// A circle as "a -> b -> a"; empty when there is none.
std::string find_circle(const RoomGraph& graph);

}  // namespace rota::tidy
