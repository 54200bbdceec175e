// Parsing on Boost.JSON, into one arena.
#include "scheduler/control/json_tree.h"

#include <boost/json.hpp>
#include <exception>

namespace rota::control {
namespace {

namespace json = boost::json;

constexpr std::size_t kDepth = 24 + 3 * 64;  // ours need 12, and three for each level of an output that is a value

const json::value& value_of(const void* p) { return *static_cast<const json::value*>(p); }

}  // namespace

bool JsonNode::is_object() const { return value_ && value_of(value_).is_object(); }
bool JsonNode::is_list() const { return value_ && value_of(value_).is_array(); }

std::optional<bool> JsonNode::boolean() const {
  const auto* b = value_ ? value_of(value_).if_bool() : nullptr;
  return b ? std::optional(*b) : std::nullopt;
}

std::optional<std::int64_t> JsonNode::integer() const {
  if (!value_) return std::nullopt;
  const auto* n = value_of(value_).if_int64();
  return n ? std::optional(*n) : std::nullopt;  // one past the largest int64 is a uint64, and none here
}

std::optional<std::uint64_t> JsonNode::natural() const {
  if (!value_) return std::nullopt;
  if (const auto* n = value_of(value_).if_uint64()) return *n;
  const auto* n = value_of(value_).if_int64();
  return n && *n >= 0 ? std::optional(static_cast<std::uint64_t>(*n)) : std::nullopt;
}

std::optional<std::string_view> JsonNode::text() const {
  const auto* s = value_ ? value_of(value_).if_string() : nullptr;
  return s ? std::optional(std::string_view(s->data(), s->size())) : std::nullopt;
}

std::size_t JsonNode::size() const { return is_list() ? value_of(value_).get_array().size() : 0; }
JsonNode JsonNode::at(std::size_t index) const { return JsonNode(&value_of(value_).get_array()[index]); }

std::optional<JsonNode> JsonNode::member(std::string_view name) const {
  if (!is_object()) return std::nullopt;
  const auto* found = value_of(value_).get_object().if_contains({name.data(), name.size()});
  return found && !found->is_null() ? std::optional(JsonNode(found)) : std::nullopt;
}

struct JsonTree::Parsed {
  json::monotonic_resource arena;
  json::value root;  // in the arena: no destructors run over a large tree
};

JsonTree::JsonTree(std::unique_ptr<Parsed> parsed) : parsed_(std::move(parsed)) {}
JsonTree::JsonTree(JsonTree&&) noexcept = default;
JsonTree& JsonTree::operator=(JsonTree&&) noexcept = default;
JsonTree::~JsonTree() = default;
JsonNode JsonTree::root() const { return JsonNode(&parsed_->root); }

Result<JsonTree> JsonTree::parse(std::string_view text) {
  try {
    auto parsed = std::make_unique<Parsed>();
    json::parse_options options;
    options.max_depth = kDepth;
    json::stream_parser parser(&parsed->arena, options);
    json::error_code error;
    const auto taken = parser.write({text.data(), text.size()}, error);
    if (!error) parser.finish(error);
    if (error)
      return fail(Code::invalid, "is not JSON as it should be at byte " + std::to_string(taken) + ": " +
                                     error.message());
    // A value keeps the resource it was made with: take the parser's in place, without a copy.
    parsed->root.~value();
    new (&parsed->root) json::value(parser.release());
    return JsonTree(std::move(parsed));
  } catch (const std::exception& e) {  // out of memory, or a value larger than Boost holds
    return fail(Code::invalid, std::string("cannot be read as JSON: ") + e.what());
  }
}

}  // namespace rota::control
