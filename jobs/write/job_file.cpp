// Fields of plans and jobs as YAML.
#include "jobs/write/job_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "jobs/model/content_hash.h"
#include "jobs/model/formula_text.h"
#include "jobs/write/yaml_text.h"

namespace rota::jobs {
namespace {

using Place = LatePart::Place;

/// Writes the fields of one job at an indentation.
class JobText {
 public:
  JobText(const Plan& plan, const Job& job, std::string_view indent)
      : plan_(plan), job_(job), s_(plan.settings_of(job)), indent_(indent) {}

  std::string text() {
    if (!job_.name.empty()) field("name", yaml_text(job_.name));
    action();
    surroundings();
    rules();
    if (!job_.hook) graph();
    return std::move(out_);
  }

 private:
  void field(std::string_view name, const std::string& value) {
    out_ += fmt::format("{}{}: {}\n", indent_, name, value);
  }

  std::string at(Place place, std::uint32_t index, std::string otherwise) const {
    for (const LatePart& part : job_.late)
      if (part.place == place && part.index == index) return yaml_late(part.value, plan_);
    return otherwise;
  }
  bool is_late(Place place) const {
    for (const LatePart& part : job_.late)
      if (part.place == place) return true;
    return false;
  }

  void action() {
    if (std::holds_alternative<RunText>(job_.action)) {
      field("run", is_late(Place::script) ? yaml_raw(script_text(job_, plan_))
                                          : yaml_text(std::get<RunText>(job_.action).text));
      std::vector<std::string> shell;
      for (const auto& word : s_.shell) shell.push_back(yaml_text(word));
      field("shell", yaml_list(shell));
    } else if (const auto* command = std::get_if<CommandLine>(&job_.action)) {
      std::vector<std::string> words;
      for (std::uint32_t i = 0; i < command->argv.size(); ++i)
        words.push_back(at(Place::word, i, yaml_text(command->argv[i])));
      field("command", yaml_list(words));
    } else {
      field("target", yaml_text(std::get<TargetCall>(job_.action).target));
    }
    std::vector<std::string> args;
    for (std::uint32_t i = 0; i < job_.args.size(); ++i)
      args.push_back(at(Place::argument, i, yaml_value(job_.args[i])));
    if (!args.empty()) field("args", yaml_list(args));
    std::string kwargs;
    for (std::uint32_t i = 0; i < job_.kwargs.size(); ++i)
      kwargs += (i ? ", " : "") + yaml_raw(job_.kwargs[i].first) + ": " +
                at(Place::keyword, i, yaml_value(job_.kwargs[i].second));
    if (!kwargs.empty()) field("kwargs", "{" + kwargs + "}");
    field("mode", std::string(to_text(job_.mode)));
  }

  void surroundings() {
    const bool in_process = !std::holds_alternative<TargetCall>(job_.action) || job_.mode == Mode::process;
    if (in_process) field("working_dir", at(Place::working_dir, 0, yaml_text(s_.working_dir)));
    std::string env;
    for (std::uint32_t i = 0; i < s_.env.size(); ++i)
      env += (i ? ", " : "") + yaml_raw(s_.env[i].first) + ": " + at(Place::variable, i, yaml_text(s_.env[i].second));
    if (!env.empty()) field("env", "{" + env + "}");
    if (s_.stdin_plan.kind == Stdin::Kind::text || is_late(Place::stdin_text))
      field("stdin", at(Place::stdin_text, 0, yaml_text(s_.stdin_plan.text)));
    else if (s_.stdin_plan.kind == Stdin::Kind::file || is_late(Place::stdin_file))
      field("stdin", "{file: " + at(Place::stdin_file, 0, yaml_text(s_.stdin_plan.text)) + "}");
    std::string secrets;
    for (const Secret& secret : s_.secrets)
      secrets += (secrets.empty() ? "" : ", ") + yaml_raw(secret.name) + ": " + source(secret);
    if (!secrets.empty()) field("secrets", "{" + secrets + "}");
    log();
  }

  static std::string source(const Secret& secret) {
    if (secret.from == Secret::From::env) return "{env: " + yaml_text(secret.source) + "}";
    if (secret.from == Secret::From::file) return "{file: " + yaml_text(secret.source) + "}";
    std::vector<std::string> words;
    for (const auto& word : secret.argv) words.push_back(yaml_text(word));
    return "{command: " + yaml_list(words) + "}";
  }

  void log() {
    if (s_.log == Log{} && !is_late(Place::stdout_path) && !is_late(Place::stderr_path)) return;
    auto text = fmt::format("{{merge: {}, max_bytes: {}", s_.log.merge, s_.log.max_bytes);
    const auto out = at(Place::stdout_path, 0, s_.log.stdout_path.empty() ? "" : yaml_text(s_.log.stdout_path));
    const auto err = at(Place::stderr_path, 0, s_.log.stderr_path.empty() ? "" : yaml_text(s_.log.stderr_path));
    if (!out.empty()) text += ", stdout: " + out;
    if (!err.empty()) text += ", stderr: " + err;
    field("log", text + "}");
  }

  void shares() {
    if (s_.priority != 0) field("priority", std::to_string(s_.priority));
    std::string pools;
    for (const PoolUse& use : s_.pools)
      pools += fmt::format("{}{}: {}", pools.empty() ? "" : ", ", yaml_raw(use.pool), use.slots);
    if (!pools.empty()) field("pool", "{" + pools + "}");
  }

  void rules() {
    shares();
    if (s_.timeout) field("timeout", yaml_duration(*s_.timeout));
    field("stop", fmt::format("{{signal: {}, grace: {}}}", s_.stop_signal, yaml_duration(s_.stop_grace)));
    if (s_.retry.limit) {
      static constexpr std::string_view kOn[] = {"exit", "signal", "timeout", "lost", "spawn"};
      std::vector<std::string> on;
      for (std::size_t bit = 0; bit < std::size(kOn); ++bit)
        if (s_.retry.on & (1u << bit)) on.emplace_back(kOn[bit]);
      field("retry", fmt::format("{{limit: {}, delay: {}, backoff: {}, max_delay: {}, jitter: {}, on: {}}}",
                                 s_.retry.limit, yaml_duration(s_.retry.delay), s_.retry.backoff,
                                 yaml_duration(s_.retry.max_delay), s_.retry.jitter, yaml_list(on)));
    }
    resources();
    if (s_.continue_on_error) field("continue_on_error", "true");
    if (s_.success_exit_codes == std::vector<std::uint8_t>{0}) return;
    std::vector<std::string> codes;
    for (const auto code : s_.success_exit_codes) codes.push_back(std::to_string(code));
    field("success_exit_codes", yaml_list(codes));
  }

  void graph() {
    if (job_.daemon) field("daemon", "true");
    if (s_.ready) field("ready", probe(*s_.ready, true));
    if (job_.daemon) service();
    std::string needs, outputs;
    for (const Need& need : job_.needs)
      needs += fmt::format("{}{}: {}", needs.empty() ? "" : ", ", plan_.jobs[need.job].id.text(), to_text(need.kind));
    if (!needs.empty()) field("needs", "{" + needs + "}");
    if (job_.condition) field("if", yaml_raw("${{ " + formula_text(*job_.condition, plan_) + " }}"));
    for (const Output& o : job_.outputs)
      outputs += fmt::format("{}{}: {}", outputs.empty() ? "" : ", ", o.name, to_text(o.type));
    if (!outputs.empty()) field("outputs", "{" + outputs + "}");
    shape();
    warm();
  }

  void resources() {
    const Resources& r = s_.resources;
    std::string text;
    const auto add = [&](std::string_view name, const std::string& value) {
      text += fmt::format("{}{}: {}", text.empty() ? "" : ", ", name, value);
    };
    if (r.cpus_milli) add("cpus", fmt::format("{}", r.cpus_milli / 1000.0));
    if (r.memory) add("memory", std::to_string(r.memory));
    if (!job_.runs_in_pool()) {
      if (r.nice) add("nice", std::to_string(r.nice));
      if (r.open_files) add("open_files", std::to_string(r.open_files));
      if (r.cpu_time.count()) add("cpu_time", yaml_duration(r.cpu_time));
      if (r.file_size) add("file_size", std::to_string(r.file_size));
    }
    if (!text.empty()) field("resources", "{" + text + "}");
  }

  static std::string probe(const Probe& p, bool ready) {
    const auto within = p.within ? ", within: " + yaml_duration(*p.within) : std::string();
    if (!p.log.empty()) return "{log: " + yaml_text(p.log) + within + "}";
    std::vector<std::string> words;
    for (const auto& word : p.exec) words.push_back(yaml_text(word));
    const auto condition = !p.tcp.empty()    ? "tcp: " + yaml_text(p.tcp)
                           : !p.http.empty() ? "http: " + yaml_text(p.http)
                           : !p.file.empty() ? "file: " + yaml_text(p.file)
                                             : "exec: " + yaml_list(words);
    auto text = fmt::format("{{{}, delay: {}, interval: {}, timeout: {}", condition, yaml_duration(p.delay),
                            yaml_duration(p.interval), yaml_duration(p.timeout));
    if (!ready || p.failures != 0) text += fmt::format(", failures: {}", p.failures);
    return text + within + "}";
  }

  void service() {
    if (s_.live) field("live", probe(*s_.live, false));
    const Restart& r = s_.restart;
    if (r.when == Restart::When::no) return;
    field("restart", fmt::format("{{when: {}, limit: {}, delay: {}, backoff: {}, max_delay: {}, jitter: {}}}",
                                 r.when == Restart::When::always ? "always" : "on_failure", r.pace.limit,
                                 yaml_duration(r.pace.delay), r.pace.backoff, yaml_duration(r.pace.max_delay),
                                 r.pace.jitter));
  }

  void warm() {
    if (job_.mode != Mode::process || !std::holds_alternative<TargetCall>(job_.action) || job_.daemon) return;
    field("fresh", job_.fresh ? "true" : "false");
    if (job_.max_tasks) field("max_tasks", std::to_string(job_.max_tasks));
    if (job_.max_rss) field("max_rss", std::to_string(job_.max_rss));
    if (!job_.initializer.empty()) field("initializer", yaml_text(job_.initializer));
    if (!job_.initializer_args.empty()) field("initializer_args", yaml_value(Value(job_.initializer_args)));
  }

  void shape() {
    if (const auto* a = std::get_if<Array>(&job_.shape)) {
      const auto last = a->first + static_cast<std::int64_t>(a->count - 1) * a->step;
      field("array", fmt::format("\"{}..{}:{}\"", a->first, last, a->step));
    }
    if (const auto* m = std::get_if<Matrix>(&job_.shape)) matrix(*m);
    if (job_.chunk) field("chunk", std::to_string(job_.chunk));
    if (job_.max_parallel) field("max_parallel", std::to_string(*job_.max_parallel));
    if (job_.fail_fast) field("fail_fast", "true");
    if (job_.max_failures)
      field("max_failures", job_.max_failures->percent < 0 ? std::to_string(job_.max_failures->count)
                                                           : fmt::format("{}%", job_.max_failures->percent));
  }

  void matrix(const Matrix& m) {
    std::string text;
    for (const Axis& axis : m.axes) {
      const auto last = axis.first + (static_cast<std::int64_t>(axis.count) - 1) * axis.step;
      text += (text.empty() ? "" : ", ") + yaml_raw(axis.name) + ": ";
      text += axis.values.empty() ? fmt::format("\"{}..{}:{}\"", axis.first, last, axis.step)
                                  : yaml_value(Value(axis.values));
    }
    std::vector<std::string> excluded, included;
    for (const auto position : m.excluded) {
      ValueMap combination(m.axes.size());
      auto rest = position;
      for (std::size_t a = m.axes.size(); a-- > 0; rest /= m.axes[a].count)
        combination[a] = {m.axes[a].name, m.axes[a].at(rest % m.axes[a].count)};
      excluded.push_back(yaml_value(Value(std::move(combination))));
    }
    for (const Included& i : m.included) included.push_back(yaml_value(Value(i.values)));
    if (!excluded.empty()) text += ", exclude: " + yaml_list(excluded);
    if (!included.empty()) text += (text.empty() ? "include: " : ", include: ") + yaml_list(included);
    field("matrix", "{" + text + "}");
  }

  const Plan& plan_;
  const Job& job_;
  const Settings& s_;
  const std::string_view indent_;
  std::string out_;
};

std::string history_text(const History& kept) {
  std::string out;
  const auto add = [&](std::string_view name, const std::string& value) {
    out += fmt::format("{}{}: {}", out.empty() ? "" : ", ", name, value);
  };
  if (kept.keep_runs) add("keep_runs", std::to_string(*kept.keep_runs));
  if (kept.keep_for) add("keep_for", yaml_duration(*kept.keep_for));
  if (kept.max_log_bytes) add("max_log_bytes", std::to_string(*kept.max_log_bytes));
  return out;
}

std::string head_text(const Plan& plan) {
  static constexpr std::string_view kPolicies[] = {"finish", "stop", "cancel"};
  auto out = fmt::format("version: 1\nname: {}\nfailure_policy: {}\n", yaml_text(plan.name.text()),
                         kPolicies[static_cast<std::size_t>(plan.failure_policy)]);
  if (plan.max_parallel) out += fmt::format("max_parallel: {}\n", *plan.max_parallel);
  if (plan.timeout) out += "timeout: " + yaml_duration(*plan.timeout) + "\n";
  if (const Concurrency& c = plan.concurrency; !c.group.empty()) {
    static constexpr std::string_view kWhenFull[] = {"queue", "skip", "replace", "fail"};
    out += fmt::format("concurrency: {{group: {}, limit: {}, when_full: {}}}\n", yaml_text(c.group), c.limit,
                       kWhenFull[static_cast<std::size_t>(c.when_full)]);
  }
  if (plan.history.any()) out += "history: {" + history_text(plan.history) + "}\n";
  std::string pools;
  for (const Pool& pool : plan.pools) {
    std::string what = pool.slots ? fmt::format("slots: {}", pool.slots) : "";
    if (pool.rate)
      what += fmt::format("{}rate: {}/{}", what.empty() ? "" : ", ", pool.rate, yaml_duration(pool.per));
    pools += fmt::format("{}{}: {{{}}}", pools.empty() ? "" : ", ", yaml_raw(pool.name), what);
  }
  if (!pools.empty()) out += "pools: {" + pools + "}\n";
  std::string env, workers;
  for (const auto& [name, value] : plan.env)
    env += (env.empty() ? "" : ", ") + yaml_raw(name) + ": " + yaml_text(value);
  if (!env.empty()) out += "env: {" + env + "}\n";
  const auto worker = [&](std::string_view name, std::uint32_t n) {
    if (n) workers += fmt::format("{}{}: {}", workers.empty() ? "" : ", ", name, n);
  };
  worker("pool", plan.workers.pool);
  worker("threads", plan.workers.threads);
  worker("process_slots", plan.workers.process_slots);
  worker("launchers", plan.workers.launchers);
  worker("python", plan.workers.python);
  if (!plan.python_interpreter.empty()) out += "python: {interpreter: " + yaml_text(plan.python_interpreter) + "}\n";
  return workers.empty() ? out : out + "workers: {" + workers + "}\n";
}

// 3 that was typed and 3 that is the value of a parameter are one; 3.10 and 3.1 are two texts.
void make_plain(Value& v) {
  Value bare = v;
  bare.source.clear();
  if (v.source == to_text(bare)) v.source.clear();
}

// Of a text, what stands still is put together.
void make_plain(Formula& formula) {
  make_plain(formula.constant);
  for (Formula& part : formula.parts) make_plain(part);
  if (formula.kind != Formula::Kind::text) return;
  std::vector<Formula> parts;
  for (Formula& part : formula.parts) {
    const bool still = part.kind == Formula::Kind::constant;
    if (still) part.constant = Value(to_text(part.constant));
    if (still && !parts.empty() && parts.back().kind == Formula::Kind::constant)
      parts.back().constant = Value(to_text(parts.back().constant) + to_text(part.constant));
    else parts.push_back(std::move(part));
  }
  if (parts.size() == 1 && parts[0].kind == Formula::Kind::constant) formula = Formula(parts[0]);
  else formula.parts = std::move(parts);
}

// Puts a value into the place of a late part; false: it has none but its variable's.
bool put(Job& job, Settings& s, const LatePart& part, const Value& value) {
  switch (part.place) {
    case Place::word: std::get<CommandLine>(job.action).argv[part.index] = to_text(value); return true;
    case Place::argument: job.args[part.index] = value; return true;
    case Place::keyword: job.kwargs[part.index].second = value; return true;
    case Place::variable: s.env[part.index].second = to_text(value); return true;
    case Place::working_dir: s.working_dir = to_text(value); return true;
    case Place::stdin_text: s.stdin_plan = {Stdin::Kind::text, to_text(value)}; return true;
    case Place::stdin_file: s.stdin_plan = {Stdin::Kind::file, to_text(value)}; return true;
    case Place::stdout_path: s.log.stdout_path = to_text(value); return true;
    case Place::stderr_path: s.log.stderr_path = to_text(value); return true;
    case Place::script: return false;
  }
  return false;
}

// Placeholders for people are as they were typed; all that counts is what stands behind them.
void make_plain(Job& job, Settings& s) {
  // Targets on threads and in coroutines have no directory of their own.
  if (std::holds_alternative<TargetCall>(job.action) && job.mode != Mode::process) s.working_dir.clear();
  if (!job.daemon) {
    s.live.reset();
    s.restart = {};
  }
  if (job.runs_in_pool()) s.resources = {s.resources.cpus_milli, s.resources.memory};
  std::vector<LatePart> late;
  for (LatePart& part : job.late) {
    make_plain(part.value);
    const bool still = part.value.kind == Formula::Kind::constant;
    const bool was_put = put(job, s, part, still ? part.value.constant : Value());
    if (!still || !was_put) late.push_back(std::move(part));
  }
  job.late = std::move(late);
  for (Value& v : job.args) make_plain(v);
  for (auto& [name, v] : job.kwargs) make_plain(v);
}

void make_plain(Plan& plan) {
  for (Job& job : plan.jobs) {
    Settings s = plan.settings_of(job);
    make_plain(job, s);
    job.settings = static_cast<std::uint32_t>(plan.settings.size());
    plan.settings.push_back(std::move(s));
  }
  hash_contents(plan);
}

/// The field in which two jobs are not the same work; empty: they are.
std::string_view difference(const Plan& a, const Job& x, const Plan& b, const Job& y) {
  const auto needs = [](const Plan& plan, const Job& job) {
    std::vector<std::pair<std::string, NeedKind>> out;
    for (const Need& need : job.needs) out.emplace_back(plan.jobs[need.job].id.text(), need.kind);
    return out;
  };
  const auto condition = [](const Plan& plan, const Job& job) {
    return job.condition ? formula_text(*job.condition, plan) : std::string();
  };
  const std::array<std::pair<bool, std::string_view>, 15> same{{
      {x.id == y.id, "name"},
      {x.mode == y.mode, "mode"},
      {x.daemon == y.daemon, "daemon"},
      {x.hook == y.hook, "hook"},
      {x.shape == y.shape, "array or matrix"},
      {x.outputs == y.outputs, "outputs"},
      {x.max_parallel == y.max_parallel, "max_parallel"},
      {x.fail_fast == y.fail_fast, "fail_fast"},
      {x.max_failures == y.max_failures, "max_failures"},
      {x.fresh == y.fresh && x.max_tasks == y.max_tasks && x.max_rss == y.max_rss, "fresh, max_tasks or max_rss"},
      {x.initializer == y.initializer && x.initializer_args == y.initializer_args, "initializer"},
      {needs(a, x) == needs(b, y), "needs"},
      {condition(a, x) == condition(b, y), "if"},
      {a.settings_of(x) == b.settings_of(y), "env, secrets, paths, limits or retries"},
      {x.content_hash == y.content_hash, "run, command, target, args or kwargs"},
  }};
  const auto other = std::find_if(same.begin(), same.end(), [](const auto& field) { return !field.first; });
  return other == same.end() ? std::string_view() : other->second;
}

}  // namespace

std::string job_file_text(const Plan& plan, std::string_view above) {
  std::string out(above), hooks, jobs;
  for (const Job& job : plan.jobs) {
    const auto fields = JobText(plan, job, "    ").text();
    if (job.hook) hooks += fmt::format("  {}:\n{}", to_text(*job.hook), fields);
    else jobs += fmt::format("  {}:\n{}", yaml_raw(job.id.text()), fields);
  }
  out += head_text(plan) + "jobs:\n" + jobs;
  return hooks.empty() ? out : out + "hooks:\n" + hooks;
}

std::string first_difference(Plan a, Plan b) {
  make_plain(a);
  make_plain(b);
  for (std::size_t j = 0; j < std::max(a.jobs.size(), b.jobs.size()); ++j) {
    if (j >= a.jobs.size() || j >= b.jobs.size())
      return fmt::format("'{}' is not in both", (j < a.jobs.size() ? a : b).jobs[j].id.text());
    if (const auto field = difference(a, a.jobs[j], b, b.jobs[j]); !field.empty())
      return fmt::format("'{}' would not have the same {}", a.jobs[j].id.text(), field);
  }
  return {};
}

}  // namespace rota::jobs
