// Tables of plugins as JSON and back.
#include "jobs/catalogue/plugin_table.h"

#include <fmt/format.h>

#include <algorithm>

#include "shared/limits_of_plugins.h"
#include "shared/text/json.h"
#include "shared/text/text.h"

namespace rota::jobs {
namespace {

constexpr std::string_view kTypes[] = {"bool", "int", "float", "string", "duration", "list", "map", "any"};

Value value_of(const Parameter& p) {
  ValueMap out{{"name", std::string(p.name)},
               {"type", std::string(kTypes[static_cast<std::size_t>(p.type)])},
               {"required", p.required},
               {"default", std::string(p.default_text)},
               {"rest", p.variadic}};
  // Of Python's functions alone.
  if (p.by_position_only) out.push_back({"by_position_only", true});
  if (p.by_name_only) out.push_back({"by_name_only", true});
  if (p.any_name) out.push_back({"any_name", true});
  if (p.or_null) out.push_back({"or_null", true});
  return out;
}
Value value_of(const Signature& s) {
  ValueList parameters, modes;
  for (const auto& p : s.parameters) parameters.push_back(value_of(p));
  for (const auto mode : {Mode::thread, Mode::process, Mode::async})
    if (s.has(mode)) modes.push_back(std::string(rota::to_text(mode)));
  return ValueMap{{"name", std::string(s.name)},
                  {"parameters", std::move(parameters)},
                  {"modes", std::move(modes)},
                  {"summary", text::escape_terminal(s.summary)}};
}

/// A member of a map, empty if there is none of this type.
template <class T>
T get(const ValueMap& map, std::string_view key) {
  for (const auto& entry : map) {
    const Value& value = entry.second;
    if (const T* found = value.as<T>(); found && entry.first == key) return *found;
  }
  return {};
}

}  // namespace

bool is_plugin_word(std::string_view name) {
  const auto letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; };
  const auto more = [&](char c) { return letter(c) || (c >= '0' && c <= '9') || c == '.'; };
  return !name.empty() && name.size() <= limits::kPluginWordBytes && letter(name.front()) &&
         std::all_of(name.begin(), name.end(), more);
}

std::string no_such_function(std::string_view name, std::span<const std::string_view> there) {
  const auto near = text::nearest(name, there);
  return fmt::format("has no function '{}'; {}", text::escape_terminal(name.substr(0, limits::kPluginWordBytes)),
                     !near.empty()   ? fmt::format("did you mean '{}'?", near)
                     : there.empty() ? "it has none"
                                     : fmt::format("it has {}", fmt::join(there, ", ")));
}

const Signature* PluginTable::find(std::string_view function) const {
  const auto found =
      std::find_if(signatures_.begin(), signatures_.end(), [&](const auto& s) { return s.name == function; });
  return found == signatures_.end() ? nullptr : &*found;
}

ValueList PluginTable::values(const std::vector<const Signature*>& signatures) {
  ValueList all;
  for (const auto* s : signatures) all.push_back(value_of(*s));
  return all;
}

std::string PluginTable::to_json(const std::vector<const Signature*>& signatures) {
  const auto json = text::to_json(ValueMap{{"targets", values(signatures)}});
  return json ? *json : "{}";
}

std::string_view PluginTable::keep(std::string text) { return texts_->emplace_back(std::move(text)); }

Result<PluginTable> PluginTable::from_json(std::string_view json) {
  const auto parsed = text::parse_json(json, 8);
  const auto* top = parsed ? parsed->as<ValueMap>() : nullptr;
  if (!top) return fail(Code::corrupt, "the table of targets cannot be read");
  PluginTable out;
  for (const auto& item : get<ValueList>(*top, "targets")) {
    const auto* map = item.as<ValueMap>();
    if (!map || !is_plugin_word(get<std::string>(*map, "name")))
      return fail(Code::corrupt, "the table of targets cannot be read");
    Signature s{};
    s.name = out.keep(get<std::string>(*map, "name"));
    s.summary = out.keep(get<std::string>(*map, "summary"));
    for (const auto& mode : get<ValueList>(*map, "modes")) {
      s.thread = s.thread || mode == Value("thread");
      s.process = s.process || mode == Value("process");
      s.async = s.async || mode == Value("async");
    }
    for (const auto& one : get<ValueList>(*map, "parameters")) {
      const auto* p = one.as<ValueMap>();
      if (!p) return fail(Code::corrupt, "the table of targets cannot be read");
      const auto* type = std::find(std::begin(kTypes), std::end(kTypes), get<std::string>(*p, "type"));
      if (type == std::end(kTypes)) return fail(Code::corrupt, "a parameter has an unknown type");
      s.parameters.push_back({out.keep(get<std::string>(*p, "name")),
                              static_cast<ParameterType>(type - std::begin(kTypes)), get<bool>(*p, "required"),
                              out.keep(get<std::string>(*p, "default")), get<bool>(*p, "rest"),
                              get<bool>(*p, "by_position_only"), get<bool>(*p, "by_name_only"),
                              get<bool>(*p, "any_name"), get<bool>(*p, "or_null")});
    }
    out.signatures_.push_back(std::move(s));
  }
  return out;
}

}  // namespace rota::jobs
