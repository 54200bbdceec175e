// A JSON text as a tree to look things up in. Strict: UTF-8 only, bounded depth, no extensions. Never throws.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>

#include "shared/result.h"

namespace rota::control {

/// A value in a JsonTree, which must outlive it. Every question about a value of another kind gets none.
class JsonNode {
 public:
  JsonNode() = default;
  explicit JsonNode(const void* value) : value_(value) {}

  bool is_object() const;
  bool is_list() const;
  std::optional<bool> boolean() const;
  std::optional<std::int64_t> integer() const;
  std::optional<std::uint64_t> natural() const;
  std::optional<std::string_view> text() const;

  /// Of a list; 0 for anything else.
  std::size_t size() const;
  JsonNode at(std::size_t index) const;  // index < size()
  /// Of an object; none when it has no such member or is null. Of two with one name, the last.
  std::optional<JsonNode> member(std::string_view name) const;

 private:
  const void* value_ = nullptr;
};

class JsonTree {
 public:
  /// Code::invalid: what is wrong, and at which byte.
  static Result<JsonTree> parse(std::string_view text);
  JsonTree(JsonTree&&) noexcept;
  JsonTree& operator=(JsonTree&&) noexcept;
  ~JsonTree();
  JsonNode root() const;

 private:
  struct Parsed;
  explicit JsonTree(std::unique_ptr<Parsed> parsed);
  std::unique_ptr<Parsed> parsed_;
};

}  // namespace rota::control
