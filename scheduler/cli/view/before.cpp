// Targets and limits as tables.
#include "scheduler/cli/view/before.h"

#include <fmt/format.h>

#include "scheduler/cli/words.h"
#include "shared/limits.h"
#include "shared/text/text.h"

namespace rota::cli {
namespace {

std::string parameters_text(const jobs::Signature& target) {
  std::string out;
  for (const auto& p : target.parameters) {
    out += std::string(out.empty() ? "" : ", ") + (p.any_name ? "**" : "") + std::string(p.name);
    if (p.variadic) out += "...";
    if (!p.required && !p.default_text.empty()) out += "=" + std::string(p.default_text);
  }
  return out;
}

std::string modes_text(const jobs::Signature& target) {
  std::string out;
  for (const auto mode : {Mode::thread, Mode::process, Mode::async})
    if (target.has(mode)) out += (out.empty() ? "" : " ") + std::string(to_text(mode));
  return out;
}

}  // namespace

std::string targets_text(const std::vector<jobs::Signature>& targets, const Look& look) {
  std::vector<Row> rows;
  for (const auto& target : targets)
    rows.push_back(
        {std::string(target.name), parameters_text(target), modes_text(target), std::string(target.summary)});
  return render_table({{"TARGET"}, {"ARGUMENTS"}, {"MODES"}, {"WHAT IT DOES", false, true}}, std::move(rows), look);
}

std::string limits_text(const Look& look) {
  std::vector<Row> rows;
  for (const auto& limit : limits::all()) {
    const auto value =
        limit.unit == "bytes" ? text::format_size(limit.value) : number(limit.value) + " " + std::string(limit.unit);
    rows.push_back({std::string(limit.name), value, std::string(limit.meaning)});
  }
  return render_table({{"LIMIT"}, {"VALUE", true}, {"MEANING", false, true}}, std::move(rows), look);
}

}  // namespace rota::cli
