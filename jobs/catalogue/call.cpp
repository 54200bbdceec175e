// Calls against signatures: every fault in a sentence for the person who wrote the call.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <span>

#include "jobs/catalogue/catalogue.h"
#include "shared/text/text.h"

namespace rota::jobs {
namespace {

using Place = CallFault::Place;
constexpr std::size_t kShownBytes = 40;

std::string_view words_of(ParameterType t) {
  switch (t) {
    case ParameterType::boolean: return "true or false";
    case ParameterType::integer: return "an integer";
    case ParameterType::number: return "a number";
    case ParameterType::string: return "text";
    case ParameterType::duration: return "a duration such as 250ms, or a number of seconds";
    case ParameterType::list: return "a list";
    case ParameterType::map: return "a map";
    case ParameterType::any: return "anything";
  }
  return "?";
}

std::string got(const Value& v) {
  const auto text = to_text(v);
  const auto cut =
      text::escape_terminal(std::string_view(text).substr(0, kShownBytes)) + (text.size() > kShownBytes ? "..." : "");
  if (v.as<std::string>()) return fmt::format("the string \"{}\"", cut);
  if (v.is_null()) return "nothing";
  return fmt::format("the {} {}", type_name(v), cut);
}

bool is_scalar(const Value& v) { return !v.is_null() && !v.as<ValueList>() && !v.as<ValueMap>(); }

bool is_duration(const Value& v) {
  if (const auto* s = v.as<std::string>()) return text::parse_duration(*s).has_value();
  if (const auto* d = v.as<double>())
    return std::isfinite(*d) && *d >= 0 && *d <= 36'525.0 * 86'400;  // as parse_duration: at most 100 years
  const auto* i = v.as<std::int64_t>();
  return i && *i >= 0 && *i <= std::int64_t{36'525} * 86'400;
}

bool fits(const Value& v, ParameterType t) {
  switch (t) {
    case ParameterType::boolean: return v.as<bool>() != nullptr;
    case ParameterType::integer: return v.as<std::int64_t>() != nullptr;
    case ParameterType::number: return v.as<std::int64_t>() || v.as<double>();
    case ParameterType::string: return is_scalar(v);  // 3.10 as text is "3.10"
    case ParameterType::duration: return is_duration(v);
    case ParameterType::list: return v.as<ValueList>() != nullptr;
    case ParameterType::map: return v.as<ValueMap>() != nullptr;
    case ParameterType::any: return true;
  }
  return false;
}

class Call {
 public:
  Call(const Signature& s, const ValueList& args, const ValueMap& kwargs)
      : signature_(s), args_(args), kwargs_(kwargs), given_(s.parameters.size(), false) {}

  std::vector<CallFault> check() {
    positional();
    named();
    for (std::size_t p = 0; p < given_.size(); ++p) {
      const auto& parameter = signature_.parameters[p];
      if (parameter.required && !given_[p])
        fault(Place::call, 0,
              fmt::format("target '{}' needs '{}', {}", signature_.name, parameter.name, words_of(parameter.type)));
    }
    return std::move(faults_);
  }

 private:
  void positional() {
    const auto& parameters = signature_.parameters;
    std::vector<std::size_t> takers;
    for (std::size_t p = 0; p < parameters.size(); ++p)
      if (!parameters[p].by_name_only && !parameters[p].any_name) takers.push_back(p);
    for (std::size_t i = 0; i < args_.size(); ++i) {
      const bool rest = !takers.empty() && parameters[takers.back()].variadic && i >= takers.size();
      const auto t = rest ? takers.size() - 1 : i;
      if (t >= takers.size()) {
        fault(Place::argument, i,
              fmt::format("target '{}' takes {}, got {}", signature_.name, count_words(takers.size()), args_.size()));
        return;
      }
      given_[takers[t]] = true;
      type(parameters[takers[t]], args_[i], Place::argument, i);
    }
  }

  void named() {
    const auto& parameters = signature_.parameters;
    const bool any = std::any_of(parameters.begin(), parameters.end(), [](const auto& p) { return p.any_name; });
    for (std::size_t i = 0; i < kwargs_.size(); ++i) {
      const auto& [name, value] = kwargs_[i];
      const auto found = std::find_if(parameters.begin(), parameters.end(),
                                      [&](const Parameter& p) { return p.name == name && !p.any_name; });
      const bool hidden = found != parameters.end() && (found->variadic || found->by_position_only);
      if (any && (found == parameters.end() || hidden)) continue;
      if (found == parameters.end()) {
        fault(Place::keyword, i, unknown(name));
        continue;
      }
      const auto p = static_cast<std::size_t>(found - parameters.begin());
      if (hidden) {
        fault(Place::keyword, i,
              fmt::format("target '{}' takes '{}' by position only: put {} in args", signature_.name, name,
                          found->variadic ? "them" : "it"));
      } else if (given_[p]) {
        fault(Place::keyword, i,
              fmt::format("target '{}' gets '{}' twice: by position and by name", signature_.name, name));
      } else {
        type(*found, value, Place::keyword, i);
      }
      given_[p] = true;
    }
  }

  std::string unknown(std::string_view name) const {
    std::vector<std::string_view> names;
    for (const auto& p : signature_.parameters) names.push_back(p.name);
    const auto near = text::nearest(name, names);
    return fmt::format("target '{}' has no argument '{}'; {}", signature_.name,
                       text::escape_terminal(name.substr(0, kShownBytes)),
                       !near.empty()   ? fmt::format("did you mean '{}'?", near)
                       : names.empty() ? "it takes none"
                                       : fmt::format("it takes {}", fmt::join(names, ", ")));
  }

  void type(const Parameter& p, const Value& v, Place place, std::size_t index) {
    if (!fits(v, p.type) && !(p.or_null && v.is_null()))
      fault(place, index,
            fmt::format("target '{}' takes '{}' as {}, got {}", signature_.name, p.name, words_of(p.type), got(v)));
  }

  static std::string count_words(std::size_t n) {
    return n == 0 ? "no arguments" : n == 1 ? "one argument" : fmt::format("at most {} arguments", n);
  }

  void fault(Place place, std::size_t index, std::string sentence) {
    faults_.push_back({place, index, std::move(sentence)});
  }

  const Signature& signature_;
  const ValueList& args_;
  const ValueMap& kwargs_;
  std::vector<bool> given_;
  std::vector<CallFault> faults_;
};

}  // namespace

std::vector<CallFault> call_faults(const Signature& s, const ValueList& args, const ValueMap& kwargs) {
  return Call(s, args, kwargs).check();
}

Status check_call(const Signature& s, const ValueList& args, const ValueMap& kwargs) {
  auto faults = call_faults(s, args, kwargs);
  if (faults.empty()) return {};
  return fail(Code::invalid, std::move(faults.front().sentence));
}

const Value* argument(const Signature& s, const ValueList& args, const ValueMap& kwargs, std::string_view name) {
  for (std::size_t i = 0; i < s.parameters.size() && i < args.size(); ++i) {
    if (s.parameters[i].name == name) return &args[i];
  }
  const auto found = std::find_if(kwargs.begin(), kwargs.end(), [&](const auto& entry) { return entry.first == name; });
  return found == kwargs.end() ? nullptr : &found->second;
}

}  // namespace rota::jobs
