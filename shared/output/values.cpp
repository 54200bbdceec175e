// Reading and checking outputs.
#include "shared/output/values.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <optional>

#include "shared/limits.h"
#include "shared/text/json.h"
#include "shared/text/text.h"

namespace rota::output {
namespace {

constexpr std::size_t kShownBytes = 60;
constexpr std::size_t kJsonDepth = 64;

std::string quoted(std::string_view s) {
  return "'" + std::string(s.substr(0, kShownBytes)) + (s.size() > kShownBytes ? "...'" : "'");
}

const DeclaredValue* find(std::span<const DeclaredValue> declared, std::string_view name) {
  const auto found = std::find_if(declared.begin(), declared.end(), [&](const auto& d) { return d.name == name; });
  return found == declared.end() ? nullptr : &*found;
}

std::string undeclared(std::string_view name, std::span<const DeclaredValue> declared) {
  std::vector<std::string_view> names;
  for (const auto& d : declared) names.push_back(d.name);
  const auto meant = text::nearest(name, names);
  return quoted(name) + " is not declared under `outputs`" + (meant.empty() ? "" : "; did you mean '" + meant + "'?");
}

std::string_view trimmed(std::string_view s) {
  const auto first = s.find_first_not_of(" \t\r\n");
  return first == s.npos ? std::string_view() : s.substr(first, s.find_last_not_of(" \t\r\n") - first + 1);
}

template <class Number>
std::optional<Number> number_from(std::string_view s) {
  if (s.starts_with('+') && s.size() > 1 && s[1] != '-') s.remove_prefix(1);
  Number n{};
  const auto got = std::from_chars(s.data(), s.data() + s.size(), n);
  if (got.ec != std::errc{} || got.ptr != s.data() + s.size()) return std::nullopt;
  return n;
}

Error not_a(const char* what, std::string_view text) {
  return fail(Code::invalid, std::string("must be ") + what + ", not " + quoted(text));
}

constexpr const char* kWhole = "a whole number of 64 bits (int)";
constexpr const char* kNumber = "a finite number (float)";
constexpr const char* kTruth = "true or false (bool)";
constexpr const char* kText = "a text without NUL bytes (string)";

class Collector {
 public:
  explicit Collector(std::span<const DeclaredValue> declared) : declared_(declared) {}
  void fault(const std::string& where, const std::string& what) {
    if (out_.faults++ == 0) out_.fault = where + ": " + what;
  }
  void take(const std::string& where, std::string_view name, std::string_view text) {
    const auto* d = find(declared_, name);
    if (!d) return fault(where, undeclared(name, declared_));
    auto value = value_from_text(text, d->type);
    if (!value) return fault(where, "'" + d->name + "' " + value.error().what);
    set_value(out_.values, name, std::move(*value));
  }
  Values done() {
    const auto size = size_of(out_.values);
    if (size > limits::kOutputBytes) {
      out_.values.clear();
      fault("outputs", "names and values are " + std::to_string(size) + " bytes, the limit is " +
                           std::to_string(limits::kOutputBytes) + " (output_bytes); leave larger results in a file");
    }
    if (out_.faults > 1) out_.fault += " (and " + std::to_string(out_.faults - 1) + " more)";
    return std::move(out_);
  }
  Values& values() { return out_; }

 private:
  std::span<const DeclaredValue> declared_;
  Values out_;
};

/// The text by lines; the last one need not have a line feed.
class Lines {
 public:
  explicit Lines(std::string_view text) : text_(text) {}
  bool next(std::string_view& line) {
    if (at_ >= text_.size()) return false;
    begin_ = at_;
    const auto end = std::min(text_.find('\n', at_), text_.size());
    line = text_.substr(at_, end - at_);
    at_ = end + 1;
    ++number_;
    return true;
  }
  /// Moves past a line that is `last`; what lies before it. None: there is no such line, and nothing is left.
  std::optional<std::string_view> up_to(std::string_view last) {
    const auto from = at_;
    for (std::string_view line; next(line);) {
      if (line == last) return text_.substr(from, begin_ > from ? begin_ - from - 1 : 0);
    }
    return std::nullopt;
  }
  std::string place() const { return "line " + std::to_string(number_) + " of $ROTA_OUTPUT"; }

 private:
  std::string_view text_;
  std::size_t at_ = 0, begin_ = 0;
  std::size_t number_ = 0;
};

}  // namespace

Result<Value> value_from_text(std::string_view text, OutputType type) {
  const auto word = trimmed(text);
  Value out;
  switch (type) {
    case OutputType::string:
      if (text.find('\0') != text.npos) return not_a(kText, text);
      return Value(std::string(text));
    case OutputType::json: return text::parse_json(text, kJsonDepth);
    case OutputType::integer: {
      const auto n = number_from<std::int64_t>(word);
      if (!n) return not_a(kWhole, text);
      out = Value(*n);
      break;
    }
    case OutputType::number: {
      const auto n = number_from<double>(word);
      if (!n || !std::isfinite(*n)) return not_a(kNumber, text);
      out = Value(*n);
      break;
    }
    case OutputType::boolean:
      if (word != "true" && word != "false") return not_a(kTruth, text);
      out = Value(word == "true");
      break;
  }
  out.source = word;
  return out;
}

Values parse_values(std::string_view text, std::span<const DeclaredValue> declared) {
  Collector collector(declared);
  Lines lines(text);
  for (std::string_view line; lines.next(line);) {
    if (line.empty()) continue;
    const auto where = lines.place();
    const auto equals = line.find('='), block = line.find("<<");
    if (equals == line.npos && block == line.npos) {
      collector.fault(where, "expected NAME=VALUE or NAME<<DELIMITER, not " + quoted(line));
    } else if (equals < block) {
      collector.take(where, line.substr(0, equals), line.substr(equals + 1));
    } else {
      const auto delimiter = line.substr(block + 2);
      if (delimiter.empty()) {
        collector.fault(where, "expected a delimiter behind <<, such as NAME<<END");
        continue;
      }
      const auto value = lines.up_to(delimiter);
      if (value)
        collector.take(where, line.substr(0, block), *value);
      else
        collector.fault(where, "the line " + quoted(delimiter) + " that ends this value is missing");
    }
  }
  return collector.done();
}

namespace {

/// A whole number is also a number; everything is JSON; all else must be of its type.
Status fits(const Value& v, OutputType type) {
  const auto got = [&](const char* what) {
    return fail(Code::invalid, std::string("must be ") + what + ", not a " + std::string(type_name(v)));
  };
  switch (type) {
    case OutputType::string: {
      const auto* s = v.as<std::string>();
      return s && s->find('\0') == s->npos ? Status{} : got(kText);
    }
    case OutputType::integer: return v.as<std::int64_t>() ? Status{} : got(kWhole);
    case OutputType::number: {
      const auto* d = v.as<double>();
      return v.as<std::int64_t>() || (d && std::isfinite(*d)) ? Status{} : got(kNumber);
    }
    case OutputType::boolean: return v.as<bool>() ? Status{} : got(kTruth);
    case OutputType::json: return {};
  }
  return {};
}

}  // namespace

Values check_values(const ValueMap& returned, std::span<const DeclaredValue> declared) {
  Collector collector(declared);
  for (const auto& [name, value] : returned) {
    const auto* d = find(declared, name);
    if (!d) continue;
    if (const auto s = fits(value, d->type); !s) {
      collector.fault("outputs", "'" + name + "' of the target " + s.error().what);
    } else {
      const auto* whole = d->type == OutputType::number ? value.as<std::int64_t>() : nullptr;
      set_value(collector.values().values, name, whole ? Value(static_cast<double>(*whole)) : value);
    }
  }
  return collector.done();
}

namespace {

bool ended_well(const Ending& e, std::span<const std::uint8_t> good_exits) {
  if (e.stopped_by != StopCause::none || e.oom) return false;
  if (e.kind == Ending::Kind::returned) return true;
  return e.kind == Ending::Kind::exited &&
         std::any_of(good_exits.begin(), good_exits.end(), [&](std::uint8_t good) { return good == e.value; });
}

}  // namespace

void report_values(AttemptReport& report, Values found, const Masks& masks,
                   std::span<const std::uint8_t> good_exits) {
  const auto bears_secret = [&](auto& named) {
    if (masks.mask(named.second)) return false;
    if (found.faults++ == 0)
      found.fault = "outputs: '" + named.first + "' is a secret, which is handed to nobody else";
    return true;
  };
  std::erase_if(found.values, bears_secret);
  report.outputs = std::move(found.values);
  if (found.faults == 0 || !ended_well(report.ending, good_exits)) return;
  report.ending.kind = Ending::Kind::bad_output;
  report.message = masks.masked(found.fault);
  if (report.message.size() > limits::kMessageBytes) report.message.resize(limits::kMessageBytes);
}

std::uint64_t size_of(const ValueMap& values) {
  std::uint64_t n = 0;
  for (const auto& [name, value] : values) n += name.size() + to_text(value).size();
  return n;
}

void set_value(ValueMap& values, std::string_view name, Value value) {
  const auto found = std::find_if(values.begin(), values.end(), [&](const auto& v) { return v.first == name; });
  if (found != values.end())
    found->second = std::move(value);
  else
    values.emplace_back(std::string(name), std::move(value));
}

}  // namespace rota::output
