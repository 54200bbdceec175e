// Layers and walls, read from the includes.
#include "tests/tidy/walls.h"

#include <algorithm>
#include <functional>
#include <regex>

namespace rota::tidy {
namespace {

struct Room {
  std::string path;
  int level;
};

/// Lowest first; a file may include its own room and rooms of lower levels.
const std::vector<Room>& house() {
  static const std::vector<Room> rooms{
      {"shared", 0},          {"shared/posix", 1},     {"shared/text", 1},
      {"shared/wire", 1},     {"shared/lane", 2},      {"shared/process", 2},
      {"shared/output", 2},   {"jobs/model", 2},       {"jobs/catalogue", 3}, {"jobs/write", 3},
      {"jobs/schema", 1},     {"jobs/sdk", 0},         {"jobs/calendar", 3},
      {"scheduler/core", 3},  {"jobs/read", 4},        {"scheduler/control", 4},
      {"worker/targets", 4},  {"scheduler/store", 5},  {"worker/pool", 5},
      {"worker/launcher", 5}, {"scheduler/daemon", 6}, {"scheduler/cli", 6},
      {"scheduler/main", 7},  {"worker", 7},           {"worker/python", 8},
      {"jobs/python", 0},     {"jobs/examples", 1},    {"tests", 9},
  };
  return rooms;
}

bool lies_in(const std::string& path, const std::string& folder) {
  return path.starts_with(folder) && path.size() > folder.size() && path[folder.size()] == '/';
}

const Room* find_room(const std::string& path) {
  const Room* best = nullptr;
  for (const auto& room : house()) {
    if (lies_in(path, room.path) && (best == nullptr || room.path.size() > best->path.size())) best = &room;
  }
  return best;
}

bool is_test(const SourceFile& f) { return lies_in(f.path, "tests"); }

template <class Judge>
std::vector<Finding> each_include(const SourceFile& f, Judge judge) {
  std::vector<Finding> found;
  for (const auto& include : includes_of(f)) {
    if (std::string what = judge(include); !what.empty()) found.push_back({f.path, include.line, what});
  }
  return found;
}

/// An outside library and the only folders that may include it. `headers_too`: also in headers of those folders.
struct Outside {
  std::string prefix;
  std::vector<std::string> folders;
  bool headers_too;
};
const std::vector<Outside>& outside() {
  static const std::vector<Outside> all{
      {"yaml-cpp/", {"jobs/read"}, true},
      {"date/", {"jobs/calendar"}, false},
      {"sqlite3.h", {"scheduler/store"}, true},
      {"CLI/", {"scheduler/cli"}, true},
      {"boost/process", {"shared/process"}, true},
      {"boost/interprocess", {"shared/lane"}, true},
      {"boost/json", {"scheduler/control"}, false},
      {"boost/asio", {"worker", "shared/process", "scheduler/daemon", "scheduler/control", "scheduler/cli"}, false},
      {"boost/beast", {"worker/targets"}, false},
      {"Python.h", {"worker/python"}, true},
  };
  return all;
}

}  // namespace

std::vector<Include> includes_of(const SourceFile& file) {
  static const std::regex pattern(R"(^\s*#\s*include\s*(["<])([^">]+)[">])");
  std::vector<Include> found;
  for (std::size_t i = 0; i < file.lines.size(); ++i) {
    std::smatch m;
    if (std::regex_search(file.lines[i], m, pattern)) found.push_back({m[2], i + 1, m[1] == "\""});
  }
  return found;
}

std::string room_of(const std::string& path) {
  const Room* room = find_room(path);
  return room == nullptr ? std::string() : room->path;
}

std::vector<Finding> check_layers(const SourceFile& f) {
  const Room* from = find_room(f.path);
  if (from == nullptr) return {{f.path, 0, "lies in no room of the house: see the list in tests/tidy/walls.cpp"}};
  return each_include(f, [&](const Include& i) -> std::string {
    if (!i.quoted) return {};
    const Room* to = find_room(i.path);
    if (to == nullptr) return "includes \"" + i.path + "\", which lies in no room of the house";
    if (to->path == from->path || to->level < from->level) return {};
    return from->path + " must not include " + to->path + ": arrows go down only";
  });
}

std::vector<Finding> check_sides(const SourceFile& f) {
  static const std::vector<std::pair<std::string, std::string>> walls{
      {"scheduler", "worker"},
      {"worker", "scheduler"},
      {"scheduler/cli", "scheduler/daemon"},
      {"scheduler/daemon", "scheduler/cli"},
      {"jobs", "scheduler"},
      {"jobs", "worker"},
  };
  return each_include(f, [&](const Include& i) -> std::string {
    for (const auto& [from, to] : walls) {
      if (i.quoted && lies_in(f.path, from) && lies_in(i.path, to)) return from + "/ must never include " + to + "/";
    }
    return {};
  });
}

std::vector<Finding> check_core_is_pure(const SourceFile& f) {
  if (!lies_in(f.path, "scheduler/core")) return {};
  static const std::set<std::string> rooms{"scheduler/core", "jobs/model", "shared", "shared/text", "shared/wire"};
  static const std::regex banned_header(
      R"(^(thread|mutex|shared_mutex|condition_variable|future|atomic|semaphore|latch|barrier|stop_token|fstream|)"
      R"(iostream|ostream|istream|cstdio|filesystem|random|ctime|csignal|time\.h|stdio\.h|unistd\.h|fcntl\.h|poll\.h|)"
      R"(signal\.h|sys/.*|linux/.*|boost/asio.*|fmt/.*|spdlog/.*)$)");
  static const std::regex banned_word(
      R"(\b(steady_clock|system_clock|high_resolution_clock|monotonic_now|SystemClock|clock_gettime|)"
      R"(rand|random_device|getenv|f?printf)\b)");
  auto found = each_include(f, [&](const Include& i) -> std::string {
    if (i.quoted && rooms.count(room_of(i.path)) == 0) return "the core must not see " + i.path;
    if (!i.quoted && std::regex_match(i.path, banned_header)) return "the core must not see <" + i.path + ">";
    return {};
  });
  for (std::sregex_iterator it(f.code.begin(), f.code.end(), banned_word), end; it != end; ++it) {
    found.push_back({f.path, line_of(f.code, static_cast<std::size_t>(it->position())),
                     "the core must not use " + it->str() + ": time is an argument, and there is no I/O"});
  }
  return found;
}

std::vector<Finding> check_outside_libraries(const SourceFile& f) {
  if (is_test(f)) return {};
  return each_include(f, [&](const Include& i) -> std::string {
    for (const auto& library : outside()) {
      if (!i.path.starts_with(library.prefix)) continue;
      const bool allowed = std::any_of(library.folders.begin(), library.folders.end(),
                                       [&](const std::string& folder) { return lies_in(f.path, folder); });
      if (!allowed) return "<" + i.path + "> is used only in " + library.folders.front() + "/";
      if (f.is_header() && !library.headers_too && !lies_in(f.path, "worker")) {
        return "<" + i.path + "> does not belong in a header";
      }
    }
    return {};
  });
}

std::vector<Finding> check_includes_from_root(const SourceFile& f, const std::set<std::string>& all_paths) {
  return each_include(f, [&](const Include& i) -> std::string {
    if (!i.quoted || all_paths.count(i.path) != 0) return {};
    return "\"" + i.path + "\" is not a path from the root of the repository";
  });
}

RoomGraph rooms_of(const std::vector<SourceFile>& files) {
  RoomGraph graph;
  for (const auto& f : files) {
    if (!f.is_cpp() || is_test(f)) continue;
    for (const auto& i : includes_of(f)) {
      const auto from = room_of(f.path), to = room_of(i.path);
      if (i.quoted && from != to && !to.empty()) graph[from].insert(to);
    }
  }
  return graph;
}

std::string find_circle(const RoomGraph& graph) {
  std::vector<std::string> way;
  std::set<std::string> done;
  const std::function<std::string(const std::string&)> visit = [&](const std::string& room) -> std::string {
    if (const auto seen = std::find(way.begin(), way.end(), room); seen != way.end()) {
      std::string circle;
      for (auto it = seen; it != way.end(); ++it) circle += *it + " -> ";
      return circle + room;
    }
    if (!done.insert(room).second) return {};
    way.push_back(room);
    if (const auto next = graph.find(room); next != graph.end()) {
      for (const auto& to : next->second) {
        if (std::string circle = visit(to); !circle.empty()) return circle;
      }
    }
    way.pop_back();
    return {};
  };
  for (const auto& [room, _] : graph) {
    if (std::string circle = visit(room); !circle.empty()) return circle;
  }
  return {};
}

}  // namespace rota::tidy
