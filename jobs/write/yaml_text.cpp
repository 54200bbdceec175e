// Quoting.
#include "jobs/write/yaml_text.h"

#include <fmt/format.h>

#include "jobs/model/formula_text.h"
#include "shared/text/utf8.h"

namespace rota::jobs {
namespace {

constexpr std::string_view kOpen = "${{";

// An expression that stands for its own opening.
std::string harmless(std::string_view text) {
  std::string out;
  for (auto at = text.find(kOpen); at != text.npos; at = text.find(kOpen)) {
    out += text.substr(0, at);
    out += "${{ '${{' }}";
    text.remove_prefix(at + kOpen.size());
  }
  return out += text;
}

std::string escaped(char32_t c) {
  const auto n = static_cast<std::uint32_t>(c);
  return n > 0xFFFF ? fmt::format("\\U{:08x}", n) : fmt::format("\\u{:04x}", n);
}

std::string late_text(const Formula& f, const Plan& plan) {
  if (f.kind == Formula::Kind::constant && f.constant.as<std::string>()) return harmless(*f.constant.as<std::string>());
  if (f.kind != Formula::Kind::text) return "${{ " + formula_text(f, plan) + " }}";
  std::string out;
  for (const Formula& part : f.parts) out += late_text(part, plan);
  return out;
}

}  // namespace

std::string yaml_raw(std::string_view text) {
  std::string out = "\"";
  for (std::size_t at = 0; at < text.size();) {
    const auto from = at;
    const char32_t c = text::next_code_point(text, at);
    if (c == '"' || c == '\\') out += '\\', out += static_cast<char>(c);
    else if (c == '\n') out += "\\n";
    else if (c == '\t') out += "\\t";
    else if (c < 0x20 || text::is_deceptive(c) || (c & 0xFFFE) == 0xFFFE) out += escaped(c);
    else out += text.substr(from, at - from);
  }
  return out + "\"";
}

std::string yaml_text(std::string_view text) { return yaml_raw(harmless(text)); }

std::string yaml_value(const Value& v) {
  if (const auto* s = v.as<std::string>()) return yaml_text(*s);
  if (const auto* list = v.as<ValueList>()) {
    std::vector<std::string> items;
    for (const auto& x : *list) items.push_back(yaml_value(x));
    return yaml_list(items);
  }
  const auto* map = v.as<ValueMap>();
  if (!map) return to_text(v);
  std::string out;
  for (const auto& [key, x] : *map) out += (out.empty() ? "" : ", ") + yaml_raw(key) + ": " + yaml_value(x);
  return "{" + out + "}";
}

std::string yaml_list(const std::vector<std::string>& items) {
  std::string out;
  for (const auto& item : items) out += (out.empty() ? "" : ", ") + item;
  return "[" + out + "]";
}

std::string yaml_duration(Duration d) {
  const auto ns = d.count();
  return ns % 1'000'000 == 0 ? fmt::format("{}ms", ns / 1'000'000)
                             : fmt::format("{:.9f}s", static_cast<double>(ns) / 1e9);
}

std::string yaml_late(const Formula& formula, const Plan& plan) { return yaml_raw(late_text(formula, plan)); }

}  // namespace rota::jobs
