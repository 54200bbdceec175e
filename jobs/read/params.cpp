// Parameters: declared with a type (or by a value that has one), given as text, checked against their bounds.
#include "jobs/read/params.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <optional>
#include <unordered_map>

#include "jobs/read/fields.h"
#include "jobs/read/identifier.h"
#include "jobs/read/scalar.h"
#include "shared/limits.h"
#include "shared/text/text.h"

namespace rota::jobs {
namespace {

enum class Type : std::uint8_t { string, integer, number, boolean, duration };
constexpr std::string_view kTypes[] = {"string", "int", "float", "bool", "duration"};
constexpr std::string_view kTypeWords[] = {"text", "a whole number", "a number", "true or false",
                                           "a duration such as 5s"};

struct Declared {
  std::optional<Type> type;
  NodeAt default_at = kNoNode, least_at = kNoNode, most_at = kNoNode, choices_at = kNoNode, required_at = kNoNode;
  bool required = false;
};

struct DeclarationReader {
  Reading& in;
  Declared out{};
};

const Field<DeclarationReader> kFields[] = {
    {"type",
     [](DeclarationReader& r, NodeAt n) {
       if (const auto i = r.in.choice(n, "type", kTypes)) r.out.type = static_cast<Type>(*i);
     }},
    {"default", [](DeclarationReader& r, NodeAt n) { r.out.default_at = n; }},
    {"enum", [](DeclarationReader& r, NodeAt n) { r.out.choices_at = n; }},
    {"min", [](DeclarationReader& r, NodeAt n) { r.out.least_at = n; }},
    {"max", [](DeclarationReader& r, NodeAt n) { r.out.most_at = n; }},
    {"required",
     [](DeclarationReader& r, NodeAt n) {
       r.out.required_at = n;
       r.out.required = r.in.boolean(n, "required").value_or(false);
     }},
    {"description", [](DeclarationReader& r, NodeAt n) { r.in.text(n, "description"); }},
};

/// The text as a value of the type; nothing when it is not one. `quoted`: the file says that it is text.
std::optional<Value> as_type(std::string_view text, Type type, bool quoted) {
  Value v;
  v.source = std::string(text);
  switch (type) {
    case Type::string: return Value(std::string(text));
    case Type::duration:
      if (!text::parse_duration(text)) return {};
      return Value(std::string(text));
    case Type::integer: {
      const auto whole = core_integer(text);
      if (quoted || !whole || !*whole) return {};
      v.data = **whole;
      return v;
    }
    case Type::number: {
      const auto number = core_number(text);
      if (quoted || !number || !std::isfinite(*number)) return {};
      v.data = *number;
      return v;
    }
    case Type::boolean: {
      const auto flag = core_boolean(text);
      if (quoted || !flag) return {};
      v.data = *flag;
      return v;
    }
  }
  return {};
}

Type type_of(const Value& v) {
  if (v.as<std::int64_t>()) return Type::integer;
  if (v.as<double>()) return Type::number;
  if (v.as<bool>()) return Type::boolean;
  return Type::string;
}

/// Where a value lies between `min` and `max`: a number, or the nanoseconds of a duration.
double measure(const Value& v, Type type) {
  if (type == Type::duration) return static_cast<double>(text::parse_duration(to_text(v))->count());
  if (const auto* i = v.as<std::int64_t>()) return static_cast<double>(*i);
  return v.as<double>() ? *v.as<double>() : 0;
}

/// One param: its declaration, then its value.
class ParamReader {
 public:
  ParamReader(Reading& in, NodeAt key, NodeAt spec) : in_(in), name_(in.tree.text(key)), key_(key), spec_(spec) {}

  std::optional<Value> read(const std::string* given) {
    if (in_.is(spec_, Node::Kind::broken)) return {};
    if (!declare()) return {};
    if (given && declared_.default_at != kNoNode && !from_file(declared_.default_at)) return {};
    auto value = given ? from_caller(*given) : from_default();
    if (value && !within_bounds(*value, given != nullptr)) return {};
    return value;
  }

 private:
  bool declare() {
    if (in_.is(spec_, Node::Kind::map)) {
      const auto before = in_.findings.size();
      DeclarationReader reader{in_, {}};
      read_fields(in_, spec_, kFields, {.inside = name_}, reader);
      declared_ = reader.out;
      if (declared_.required && declared_.default_at != kNoNode)
        in_.report(declared_.required_at,
                   fmt::format("param '{}' is required and has a default: drop one of them", name_));
      if (!declared_.type && in_.findings.size() == before) infer_type(declared_.default_at);
      return in_.findings.size() == before;
    }
    declared_.default_at = spec_;
    if (in_.is(spec_, Node::Kind::null)) {
      in_.report(key_, fmt::format("param '{}' has no value", name_),
                 "give it a default, or write {required: true} to ask for it");
      return false;
    }
    return infer_type(spec_);
  }

  bool infer_type(NodeAt from) {
    declared_.type = Type::string;
    if (from == kNoNode) return true;
    if (!in_.is(from, Node::Kind::scalar)) {
      in_.wrong(from, name_, "text, a number, true or false");
      return false;
    }
    if (in_.tree[from].quoted) return true;
    const auto value = core_value(in_.tree.text(from));
    if (value) declared_.type = type_of(*value);
    if (!value)
      in_.report(from, fmt::format("param '{}': {}", name_, value.error().what), "put it in quotes to pass it as text");
    return value.has_value();
  }

  std::optional<Value> from_default() {
    if (declared_.default_at != kNoNode) return from_file(declared_.default_at);
    in_.report(key_, fmt::format("param '{}' has no value", name_),
               in_.params_from == "-p" ? fmt::format("give it with -p {}=VALUE", name_)
                                       : fmt::format("give it in '{}'", in_.params_from));
    return {};
  }

  std::optional<Value> from_caller(const std::string& given) {
    auto value = given.find('\0') == std::string::npos ? as_type(given, type(), false) : std::nullopt;
    if (!value)
      in_.report(key_, fmt::format("param '{}' takes {}, got '{}' ({})", name_, words(), text::escape_terminal(given),
                                    in_.params_from));
    return value;
  }

  std::optional<Value> from_file(NodeAt at) {
    if (!in_.is(at, Node::Kind::scalar)) return in_.wrong(at, name_, words()), std::nullopt;
    const auto text = in_.text(at, name_);  // refuses expressions
    if (!text) return {};
    auto value = as_type(*text, type(), in_.tree[at].quoted);
    if (!value) in_.wrong(at, name_, words());
    return value;
  }

  bool within_bounds(const Value& v, bool given) {
    const auto at = given ? key_ : declared_.default_at;
    const auto shown = fmt::format("param '{}' is {}", name_, text::escape_terminal(to_text(v)));
    bool within = true;
    const auto bound = [&](NodeAt limit, std::string_view word, auto beyond) {
      if (limit == kNoNode) return;
      const bool ordered = type() == Type::integer || type() == Type::number || type() == Type::duration;
      if (!ordered)
        return in_.report(limit, fmt::format("'{}' is for int, float and duration", word)), void(within = false);
      const auto value = from_file(limit);
      if (value && !beyond(measure(v, type()), measure(*value, type()))) return;
      within = false;
      if (value) in_.report(at, fmt::format("{}; its '{}' is {}", shown, word, to_text(*value)));
    };
    bound(declared_.least_at, "min", [](double a, double b) { return a < b; });
    bound(declared_.most_at, "max", [](double a, double b) { return a > b; });
    return within && among_choices(v, at, shown);
  }

  bool among_choices(const Value& v, NodeAt at, const std::string& shown) {
    if (declared_.choices_at == kNoNode) return true;
    if (!in_.is(declared_.choices_at, Node::Kind::list))
      return in_.wrong(declared_.choices_at, "enum", "a list"), false;
    std::vector<std::string> texts;
    bool found = false, sound = true;
    for (const auto item : in_.tree.items(declared_.choices_at)) {
      const auto choice = from_file(item);
      sound = sound && choice;
      if (!choice) continue;
      found = found || *choice == v;
      texts.push_back(to_text(*choice));
    }
    if (found || !sound) return found;
    in_.findings.add_unknown(in_.place(at), fmt::format("{}; it takes one of: {}", shown, fmt::join(texts, ", ")),
                             to_text(v), std::vector<std::string_view>(texts.begin(), texts.end()));
    return false;
  }

  Type type() const { return declared_.type.value_or(Type::string); }
  std::string_view words() const { return kTypeWords[static_cast<std::size_t>(type())]; }

  Reading& in_;
  std::string name_;
  NodeAt key_, spec_;
  Declared declared_;
};

}  // namespace

std::vector<std::pair<std::string, Value>> read_params(Reading& in, NodeAt params, const ParamTexts& given) {
  std::vector<std::pair<std::string, Value>> values;
  std::unordered_map<std::string_view, const std::string*> texts;
  for (const auto& [name, text] : given) texts.insert_or_assign(name, &text);
  if (params != kNoNode && !in.is(params, Node::Kind::map)) in.wrong(params, "params", "a map of names and values");
  std::vector<std::string_view> declared;
  if (params != kNoNode) {
    for (const auto entry : in.tree.entries(params)) {
      const auto name = in.tree.text(entry.key);
      declared.push_back(name);
      if (!is_identifier(name))
        in.report(entry.key,
                  fmt::format("'{}' cannot name a param: a letter, then letters, digits, '_' and '-', at most {}",
                              text::escape_terminal(name.substr(0, 80)), limits::kNameBytes));
      const auto it = texts.find(name);
      auto value = ParamReader(in, entry.key, entry.value).read(it == texts.end() ? nullptr : it->second);
      in.scope.set_param(std::string(name), value);
      if (value) values.emplace_back(std::string(name), std::move(*value));
    }
  }
  for (const auto& [name, text] : given) {
    if (std::find(declared.begin(), declared.end(), name) != declared.end()) continue;
    in.findings.add_unknown(
        {}, fmt::format("param '{}' ({}) is not declared in the file's 'params'", text::escape_terminal(name),
                        in.params_from), name, declared);
  }
  return values;
}

}  // namespace rota::jobs
