// Writing expressions.
#include "jobs/model/formula_text.h"

namespace rota::jobs {
namespace {

constexpr int kAtom = 9, kOuter = 0;

/// How tightly an operation holds its parts together; kAtom: a call.
int strength(Operation o) {
  switch (o) {
    case Operation::either: return 1;
    case Operation::both: return 2;
    case Operation::equal:
    case Operation::not_equal: return 3;
    case Operation::less:
    case Operation::less_equal:
    case Operation::greater:
    case Operation::greater_equal: return 4;
    case Operation::add: return 5;
    case Operation::negate: return 6;
    default: return kAtom;
  }
}

std::string quoted(const std::string& s) {
  std::string out = "'";
  for (const char c : s) out += c == '\'' ? std::string("''") : std::string(1, c);
  return out + "'";
}

std::string constant_text(const Value& v) {
  if (const auto* s = v.as<std::string>()) return quoted(*s);
  if (v.as<ValueList>() || v.as<ValueMap>()) return "from_json(" + quoted(to_text(v)) + ")";
  return to_text(v);
}

std::string name_text(const LateName& name, const Plan& plan) {
  const auto need = [&] {
    return "needs." + (name.job < plan.jobs.size() ? plan.jobs[name.job].id.text() : std::to_string(name.job));
  };
  switch (name.of) {
    case LateName::Of::matrix: return "matrix." + name.key;
    case LateName::Of::array_index: return "array.index";
    case LateName::Of::array_count: return "array.count";
    case LateName::Of::need_output: return need() + ".outputs." + name.key;
    case LateName::Of::need_outcome: return need() + ".outcome";
    case LateName::Of::run_id: return "run.id";
    case LateName::Of::run_name: return "run.name";
    case LateName::Of::run_outcome: return "run.outcome";
    case LateName::Of::run_failed: return "run.failed";
    case LateName::Of::job_id: return "job.id";
    case LateName::Of::job_attempt: return "job.attempt";
  }
  return "?";
}

std::string write(const Formula& f, const Plan& plan, int within);

std::string call_text(std::string_view function, const std::vector<Formula>& parts, const Plan& plan) {
  std::string out(function);
  for (std::size_t i = 0; i < parts.size(); ++i) out += (i ? ", " : "(") + write(parts[i], plan, kOuter);
  return out + (parts.empty() ? "()" : ")");
}

std::string operation_text(const Formula& f, const Plan& plan, int within) {
  const int own = strength(f.operation);
  const auto word = to_text(f.operation);
  if (own == kAtom) return call_text(word, f.parts, plan);
  std::string out;
  if (f.operation == Operation::negate) {
    out = "!" + (f.parts.empty() ? std::string() : write(f.parts[0], plan, own));
  } else {  // the right side must hold together more tightly: a + (b + c) is not a + b + c
    for (std::size_t i = 0; i < f.parts.size(); ++i)
      out += (i ? " " + std::string(word) + " " : "") + write(f.parts[i], plan, i ? own + 1 : own);
  }
  return own < within ? "(" + out + ")" : out;
}

std::string write(const Formula& f, const Plan& plan, int within) {
  switch (f.kind) {
    case Formula::Kind::constant: return constant_text(f.constant);
    case Formula::Kind::name: return name_text(f.name, plan);
    case Formula::Kind::operation: return operation_text(f, plan, within);
    case Formula::Kind::list: return call_text("list", f.parts, plan);
    case Formula::Kind::map: {
      std::string out = "{";
      for (std::size_t i = 0; i < f.parts.size(); ++i)
        out += (i ? ", " : "") + (i < f.keys.size() ? f.keys[i] : "?") + ": " + write(f.parts[i], plan, kOuter);
      return out + "}";
    }
    case Formula::Kind::text: {
      std::string out;
      for (std::size_t i = 0; i < f.parts.size(); ++i) out += (i ? " + " : "") + write(f.parts[i], plan, 6);
      return within > 5 ? "(" + out + ")" : out;
    }
  }
  return "?";
}

void replace_all(std::string& in, const std::string& what, const std::string& with) {
  for (auto at = in.find(what); at != in.npos; at = in.find(what, at + with.size())) in.replace(at, what.size(), with);
}

}  // namespace

std::string formula_text(const Formula& formula, const Plan& plan) { return write(formula, plan, kOuter); }

// An expression outside of quotes was put into some; one within them stands as it is.
std::string script_text(const Job& job, const Plan& plan) {
  const auto* run = std::get_if<RunText>(&job.action);
  std::string out = run ? run->text : std::string();
  for (const LatePart& part : job.late) {
    if (part.place != LatePart::Place::script) continue;
    const auto expression = "${{ " + formula_text(part.value, plan) + " }}";
    replace_all(out, "\"${" + part.variable + "}\"", expression);
    replace_all(out, "${" + part.variable + "}", expression);
  }
  return out;
}

}  // namespace rota::jobs
