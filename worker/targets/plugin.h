// Shared libraries with targets of the user's own: loaded once and kept for as long as the process lives. Loading runs
// code of theirs; only workers do it.
#pragma once

#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include "worker/targets/target.h"

namespace rota::worker {

class Plugin {
 public:
  /// The library at this absolute path, loaded if it was not yet (anew if there is another file by now). An error says
  /// what is wrong with the file. Thread-safe.
  static Result<const Plugin*> load(const std::string& path);

  const std::vector<Target>& targets() const { return targets_; }
  /// Code::not_found with what was perhaps meant.
  Result<const Target*> find(std::string_view function) const;

  /// From a table that a library gave; nothing in it is taken for granted but what its sizes promise.
  static Result<const Plugin*> read(const std::string& path, const void* entry);

  /// Called after each library was loaded, by the thread that loads; null: nothing is. Set before threads start.
  static void (*after_load)();

 private:
  std::string path_;
  std::deque<jobs::Signature> signatures_;
  std::vector<Target> targets_;
};

}  // namespace rota::worker
