// Variables for the expressions of shell text.
#include "jobs/read/run_script.h"

#include <fmt/format.h>

#include <algorithm>

#include "jobs/read/shell_scan.h"
#include "shared/text/text.h"

namespace rota::jobs {
namespace {

constexpr std::string_view kVariable = "ROTA_X";
constexpr std::string_view kInstead =
    "pass it with env: {X: \"${{ ... }}\"} and use \"$X\", or with args: and use \"$1\"";

/// The places of all expressions; a fault where one is not closed.
std::vector<Hole> holes_of(std::string_view text, std::vector<ExpressionFault>& faults) {
  std::vector<Hole> holes;
  for (auto open = text.find(kExpressionOpen); open != text.npos;) {
    const auto end = end_of_expression(text, open);
    if (end == text.npos) {
      faults.push_back({open, "'${{' is not closed by '}}'", {}});
      break;
    }
    holes.push_back({open, end, false, {}});
    open = text.find(kExpressionOpen, end);
  }
  return holes;
}

}  // namespace

bool is_script_variable(std::string_view name) {
  return name.starts_with(kVariable) && name.size() > kVariable.size() &&
         name.find_first_not_of("0123456789", kVariable.size()) == name.npos;
}

void read_script(Reading& in, NodeAt at, const std::vector<std::string>& shell, RunText& out,
                 std::vector<LatePart>& late) {
  const auto text = in.tree.text(at);
  if (text.find(kExpressionOpen) == text.npos) return;
  const auto kind = shell_kind(shell);
  if (!kind.known) {
    in.refuse_expression(
        at,
        fmt::format("'${{{{ }}}}' cannot stand in 'run' under shell '{}': how it reads a value is not known here",
                    text::escape_terminal(shell.empty() ? "" : shell.front().substr(0, 80))),
        std::string(kInstead));
    return;
  }
  std::vector<ExpressionFault> faults;
  auto holes = holes_of(text, faults);
  scan_shell(text, kind.bash, holes);
  std::string script;
  std::vector<LatePart> parts;
  std::size_t from = 0;
  for (const auto& hole : holes) {
    script += text.substr(from, hole.begin - from);
    from = hole.end;
    if (!hole.refusal.empty())
      faults.push_back({hole.begin, fmt::format("'${{{{ }}}}' cannot stand {}", hole.refusal), std::string(kInstead)});
    auto e = express(text, hole.begin, hole.end, in.scope, faults);
    if (!e) continue;
    if (e->formula.kind == Formula::Kind::constant && e->formula.constant.is_null())
      faults.push_back({hole.begin, "there is no value to put into a text: it is null", {}});
    LatePart part;
    part.place = LatePart::Place::script;
    part.variable = fmt::format("{}{}", kVariable, parts.size() + 1);
    part.value = std::move(e->formula);
    script += fmt::format(fmt::runtime(hole.in_double_quotes ? "${{{}}}" : "\"${{{}}}\""), part.variable);
    parts.push_back(std::move(part));
  }
  if (!faults.empty()) return in.report_all(faults, at);
  script += text.substr(from);
  out.text = std::move(script);
  const auto places = in.places(at);
  for (auto& part : parts) {
    in.settle_places(part.value, places);
    late.push_back(std::move(part));
  }
}

}  // namespace rota::jobs
