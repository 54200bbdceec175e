// What a plugin offers, as a worker tells it to those who must not load it: names, parameters, modes.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "jobs/catalogue/catalogue.h"
#include "shared/result.h"

namespace rota::jobs {

/// Letters, digits and '_', no digit first; a target's may have parts with '.' between them.
bool is_plugin_word(std::string_view name);

/// "has no function 'x'; did you mean 'y'?"
std::string no_such_function(std::string_view name, std::span<const std::string_view> there);

/// Signatures with the texts that they point to.
class PluginTable {
 public:
  const std::vector<Signature>& signatures() const { return signatures_; }
  const Signature* find(std::string_view function) const;

  static std::string to_json(const std::vector<const Signature*>& signatures);
  /// What stands under "targets" there.
  static ValueList values(const std::vector<const Signature*>& signatures);
  /// Code::corrupt when it is not what to_json writes.
  static Result<PluginTable> from_json(std::string_view json);

 private:
  std::string_view keep(std::string text);
  std::unique_ptr<std::deque<std::string>> texts_ = std::make_unique<std::deque<std::string>>();
  std::vector<Signature> signatures_;
};

}  // namespace rota::jobs
