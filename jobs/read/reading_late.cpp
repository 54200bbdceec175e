// Readers of what may hold expressions.
#include <fmt/format.h>

#include <functional>

#include "jobs/read/reading.h"
#include "jobs/read/scalar.h"

namespace rota::jobs {
namespace {

bool has_expression(std::string_view s) { return s.find(kExpressionOpen) != std::string_view::npos; }

Formula constant_formula(Value v) {
  Formula f;
  f.constant = std::move(v);
  return f;
}

/// `so_far` is what a list or map holds before `next`; constants become formulas only once one of them is late.
void add_part(Formula& f, bool late, std::size_t so_far, const std::function<const Value&(std::size_t)>& before,
              Reading::Late<Value>& next) {
  if (!late) return;
  for (auto i = f.parts.size(); i < so_far; ++i) f.parts.push_back(constant_formula(before(i)));
  f.parts.push_back(next.late ? std::move(*next.late) : constant_formula(next.now));
}

/// The part that makes it late.
const Formula* first_name(const Formula& f) {
  if (f.kind == Formula::Kind::name || (f.kind == Formula::Kind::operation && f.parts.empty())) return &f;
  for (const auto& part : f.parts) {
    if (const auto* found = first_name(part)) return found;
  }
  return nullptr;
}

void set_places(Formula& f, const TextPlaces& places) {
  const auto place = places.for_people(f.column);
  f.line = place.line;
  f.column = place.column;
  for (auto& part : f.parts) set_places(part, places);
}

}  // namespace

TextPlaces Reading::places(NodeAt scalar) {
  if (lines_.empty()) lines_ = line_starts(source_);
  return {source_, lines_, place(scalar), tree.text(scalar)};
}

void Reading::report_all(const std::vector<ExpressionFault>& faults, NodeAt scalar) {
  if (faults.empty()) return;
  const auto where = places(scalar);
  for (const auto& f : faults) {
    if (!f.message.empty()) findings.add(where.at(f.at), f.message, f.hint);
  }
}

void Reading::settle_places(Formula& formula, const TextPlaces& where) { set_places(formula, where); }

bool Reading::refuse_expression(NodeAt at, std::string message, std::string hint) {
  const auto open = tree.text(at).find(kExpressionOpen);
  if (open == std::string_view::npos) return false;
  findings.add(places(at).at(open), std::move(message), std::move(hint));
  return true;
}

std::optional<Formula> Reading::expression(NodeAt at, std::string_view field) {
  if (!has_constants) {
    refuse_expression(at, fmt::format("'${{{{ }}}}' is not replaced in '{}'", field), {});
    return {};
  }
  std::vector<ExpressionFault> faults;
  auto e = express(tree.text(at), scope, faults);
  report_all(faults, at);
  if (!e) return {};
  if (e->formula.kind != Formula::Kind::constant) settle_places(e->formula, places(at));
  return std::move(e->formula);
}

void Reading::refuse_late(NodeAt at, std::string_view field) {
  std::vector<ExpressionFault> faults;
  const auto again = express(tree.text(at), scope, faults);  // for offsets: what was read has places
  const auto* there = again ? first_name(again->formula) : nullptr;
  findings.add(places(at).at(there ? there->column : 0),
               fmt::format("'{}' is fixed when the file is read: only params and env can stand here", field),
               "what a task knows can stand in run, command, args, kwargs, env, working_dir, stdin, log and if");
}

std::optional<Value> Reading::constant(NodeAt at, std::string_view field) {
  auto f = expression(at, field);
  if (!f) return {};
  if (f->kind == Formula::Kind::constant) return std::move(f->constant);
  refuse_late(at, field);
  return {};
}

std::optional<Reading::Late<std::string>> Reading::late_text(NodeAt at, std::string_view field,
                                                             std::string_view expected) {
  if (!is(at, Node::Kind::scalar)) return wrong(at, field, expected), std::nullopt;
  Late<std::string> out{std::string(tree.text(at)), {}};
  if (has_expression(out.now)) {
    auto f = expression(at, field);
    if (!f) return {};
    if (f->kind != Formula::Kind::constant) {
      out.late = std::move(f);
    } else {
      out.now = to_text(f->constant);
    }
  }
  if (!free_of_nul(at, field, out.now)) return {};
  return out;
}

std::optional<Reading::Late<std::string>> Reading::late_path(NodeAt at, std::string_view field) {
  auto out = late_text(at, field, "a path");
  if (!out || out->late) return out;
  auto path = absolute(at, field, out->now);
  if (!path) return {};
  out->now = std::move(*path);
  return out;
}

std::optional<Formula> Reading::condition(NodeAt at) {
  if (!is(at, Node::Kind::scalar))
    return wrong(at, "if", "an expression such as params.deploy or needs.build.outcome == 'failed'"), std::nullopt;
  std::vector<ExpressionFault> faults;
  auto e = express_condition(tree.text(at), scope, faults);
  report_all(faults, at);
  if (!e) return {};
  settle_places(e->formula, places(at));
  return std::move(e->formula);
}

std::optional<Reading::Late<Value>> Reading::scalar_value(NodeAt at, std::string_view field) {
  const auto s = tree.text(at);
  if (has_expression(s)) {
    auto f = expression(at, field);
    if (!f) return {};
    if (f->kind == Formula::Kind::constant) return Late<Value>{std::move(f->constant), {}};
    return Late<Value>{Value(std::string(s)), std::move(f)};
  }
  if (tree[at].quoted) return Late<Value>{Value(std::string(s)), {}};
  auto typed = core_value(s);
  if (typed) return Late<Value>{std::move(*typed), {}};
  report(at, fmt::format("'{}': {}", field, typed.error().what), "put it in quotes to pass it as text");
  return {};
}

std::optional<Reading::Late<Value>> Reading::late_list(NodeAt at, std::string_view field) {
  ValueList list;
  Formula f;
  f.kind = Formula::Kind::list;
  bool sound = true, late = false;
  for (const auto item : tree.items(at)) {
    auto v = late_value(item, field);
    sound = sound && v;
    if (!sound) continue;
    late = late || v->late;
    add_part(
        f, late, list.size(), [&](std::size_t i) -> const Value& { return list[i]; }, *v);
    list.push_back(std::move(v->now));
  }
  if (!sound) return {};
  f.line = place(at).line;
  f.column = place(at).column;
  return Late<Value>{Value(std::move(list)), late ? std::optional(std::move(f)) : std::nullopt};
}

std::optional<Reading::Late<Value>> Reading::late_map(NodeAt at, std::string_view field) {
  ValueMap map;
  Formula f;
  f.kind = Formula::Kind::map;
  bool sound = true, late = false;
  for (const auto e : tree.entries(at)) {
    const bool has_key =
        !refuse_expression(e.key, fmt::format("'${{{{ }}}}' is not replaced in the keys of '{}'", field), {});
    const auto key = has_key ? text(e.key, field) : std::nullopt;
    auto v = late_value(e.value, field);
    sound = sound && key && v;
    if (!sound) continue;
    late = late || v->late;
    f.keys.push_back(*key);
    add_part(
        f, late, map.size(), [&](std::size_t i) -> const Value& { return map[i].second; }, *v);
    map.emplace_back(*key, std::move(v->now));
  }
  if (!sound) return {};
  f.line = place(at).line;
  f.column = place(at).column;
  return Late<Value>{Value(std::move(map)), late ? std::optional(std::move(f)) : std::nullopt};
}

std::optional<Reading::Late<Value>> Reading::late_value(NodeAt at, std::string_view field) {
  switch (kind(at)) {
    case Node::Kind::null: return Late<Value>{};
    case Node::Kind::scalar: return scalar_value(at, field);
    case Node::Kind::list: return late_list(at, field);
    case Node::Kind::map: return late_map(at, field);
    default: return {};
  }
}

std::optional<Value> Reading::value(NodeAt at, std::string_view field) {
  switch (kind(at)) {
    case Node::Kind::scalar: {
      if (has_expression(tree.text(at))) return constant(at, field);
      auto v = scalar_value(at, field);
      return v ? std::optional(std::move(v->now)) : std::nullopt;
    }
    case Node::Kind::list: {
      ValueList list;
      bool sound = true;
      for (const auto item : tree.items(at)) {
        auto v = value(item, field);
        sound = sound && v;
        if (sound) list.push_back(std::move(*v));
      }
      return sound ? std::optional<Value>(std::move(list)) : std::nullopt;
    }
    case Node::Kind::map: {
      ValueMap map;
      bool sound = true;
      for (const auto e : tree.entries(at)) {
        const auto key = text(e.key, field);
        auto v = value(e.value, field);
        sound = sound && key && v;
        if (sound) map.emplace_back(*key, std::move(*v));
      }
      return sound ? std::optional<Value>(std::move(map)) : std::nullopt;
    }
    case Node::Kind::null: return Value();
    default: return {};
  }
}

}  // namespace rota::jobs
