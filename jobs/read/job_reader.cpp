// The fields of a job.
#include "jobs/read/job_reader.h"

#include <fmt/format.h>

#include <algorithm>

#include "jobs/read/env_file.h"
#include "jobs/read/fields.h"
#include "jobs/read/outputs_reader.h"
#include "jobs/read/pools_reader.h"
#include "jobs/read/resources_reader.h"
#include "jobs/read/secrets_reader.h"
#include "jobs/read/service_reader.h"
#include "jobs/read/settings_reader.h"
#include "jobs/read/shape_reader.h"
#include "jobs/read/spread_reader.h"
#include "jobs/read/target_name.h"
#include "jobs/read/warm_reader.h"
#include "shared/limits.h"
#include "shared/text/utf8.h"

namespace rota::jobs {
namespace {

using Kind = Node::Kind;

struct JobReader {
  Reading& in;
  Draft& draft;
  const Settings& defaults;
  bool in_defaults;

  Settings& settings() {
    if (!draft.settings) draft.settings = defaults;
    return *draft.settings;
  }

  /// True if this is the job's one action.
  bool take_action(NodeAt at, std::string_view field) {
    if (in_defaults)
      return in.report(at, fmt::format("'{}' cannot be a default: it is what each job says for itself", field)), false;
    if (draft.action_at != kNoNode) {
      in.report(at,
                fmt::format("'{}' beside '{}': a job has exactly one of run, command, target and uses", field,
                            draft.action));
      return false;
    }
    draft.action = field;
    draft.action_at = at;
    return true;
  }
};

void read_run(JobReader& r, NodeAt n) {
  if (!r.take_action(n, "run")) return;
  if (!r.in.is(n, Kind::scalar)) return r.in.wrong(n, "run", "shell text");
  const auto text = r.in.tree.text(n);  // its expressions never become a part of it: see run_script.h
  if (text.find_first_not_of(" \t\n") == std::string::npos) return r.in.report(n, "'run' is empty");
  if (text.find('\0') != std::string::npos) return r.in.report(n, "'run' may not hold a NUL character");
  r.draft.job.action = RunText{std::string(text)};
}

void read_command(JobReader& r, NodeAt n) {
  if (!r.take_action(n, "command")) return;
  if (r.in.is(n, Kind::scalar))
    return r.in.report(n, "'command' takes a list of words such as [echo, hello]",
                       "for a line of shell text use 'run'");
  if (!r.in.is(n, Kind::list)) return r.in.wrong(n, "command", "a list of words such as [echo, hello]");
  CommandLine command;
  bool sound = true;
  for (const auto item : r.in.tree.items(n)) {
    auto word = r.in.late_text(item, "command");
    sound = sound && word;
    if (!sound) continue;
    const auto index = static_cast<std::uint32_t>(command.argv.size());
    if (word->late) r.draft.job.late.push_back({LatePart::Place::word, index, {}, std::move(*word->late)});
    command.argv.push_back(std::move(word->now));
  }
  if (!sound) return;
  if (command.argv.empty() || command.argv.front().empty())
    return r.in.report(n, "'command' has no program: its first word is empty");
  r.draft.job.action = std::move(command);
}

void read_target(JobReader& r, NodeAt n) {
  if (!r.take_action(n, "target")) return;
  if (auto call = read_target_name(r.in, n, "target")) r.draft.job.action = std::move(*call);
}

/// The job itself becomes a join of those of the other file: see uses.h.
void read_used_file(JobReader& r, NodeAt n) {
  if (!r.take_action(n, "uses")) return;
  r.draft.uses = n;
  r.draft.job.action = TargetCall{"noop"};
}

void read_with(JobReader& r, NodeAt n) {
  if (r.in_defaults) return r.in.report(n, "'with' cannot be a default: it is of the file that a job uses");
  r.draft.with = n;
}

void read_name(JobReader& r, NodeAt n) {
  const auto name = r.in.text(n, "name");
  if (!name) return;
  bool plain = true;
  for (std::size_t at = 0; at < name->size();) {
    const auto c = text::next_code_point(*name, at);
    plain = plain && c != '\t' && !text::is_deceptive(c);
  }
  if (name->empty() || name->size() > limits::kNameBytes || !plain)
    return r.in.wrong(n, "name", fmt::format("1 to {} bytes of printable text", limits::kNameBytes));
  r.draft.job.name = *name;
}

void read_mode(JobReader& r, NodeAt n) {
  static constexpr std::string_view modes[] = {"thread", "process", "async"};
  r.draft.mode = n;
  if (const auto i = r.in.choice(n, "mode", modes)) r.draft.job.mode = static_cast<Mode>(*i);
}

/// Lists within lists have a limit, also where from_json() made them.
bool is_shallow(JobReader& r, NodeAt n, std::string_view field, const Reading::Late<Value>& v) {
  const auto depth = std::max(depth_of(v.now), v.late ? depth_of(*v.late) : 0);
  if (depth <= limits::kJobFileDepth) return true;
  r.in.report(n, fmt::format("'{}' has lists within lists more than {} levels deep (job_file_depth)", field,
                             limits::kJobFileDepth));
  return false;
}

void read_args(JobReader& r, NodeAt n) {
  auto& job = r.draft.job;
  r.draft.args = n;
  if (!r.in.is(n, Kind::list)) {
    r.in.wrong(n, "args", "a list such as [1, two]");
    r.draft.arguments_read = false;
    return;
  }
  ValueList args;
  forget_late(job.late, {LatePart::Place::argument});
  for (const auto item : r.in.tree.items(n)) {
    auto v = r.in.late_value(item, "args");
    if (!v || !is_shallow(r, item, "args", *v)) {
      r.draft.arguments_read = false;
      continue;
    }
    const auto index = static_cast<std::uint32_t>(args.size());
    if (v->late) job.late.push_back({LatePart::Place::argument, index, {}, std::move(*v->late)});
    args.push_back(std::move(v->now));
  }
  if (r.draft.arguments_read) job.args = std::move(args);
}

void read_kwargs(JobReader& r, NodeAt n) {
  auto& job = r.draft.job;
  r.draft.kwargs = n;
  if (!r.in.is(n, Kind::map)) {
    r.in.wrong(n, "kwargs", "a map such as {delay: 1s}");
    r.draft.arguments_read = false;
    return;
  }
  ValueMap kwargs;
  forget_late(job.late, {LatePart::Place::keyword});
  for (const auto e : r.in.tree.entries(n)) {
    const bool has_name = !r.in.refuse_expression(e.key, "'${{ }}' is not replaced in the names of 'kwargs'", {});
    const auto name = has_name ? r.in.text(e.key, "kwargs") : std::nullopt;
    auto v = r.in.late_value(e.value, "kwargs");
    if (!name || !v || !is_shallow(r, e.value, "kwargs", *v)) {
      r.draft.arguments_read = false;
      continue;
    }
    const auto index = static_cast<std::uint32_t>(kwargs.size());
    if (v->late) job.late.push_back({LatePart::Place::keyword, index, {}, std::move(*v->late)});
    kwargs.emplace_back(*name, std::move(v->now));
  }
  if (r.draft.arguments_read) job.kwargs = std::move(kwargs);
}

void read_condition(JobReader& r, NodeAt n) {
  r.draft.job.condition.reset();
  if (auto condition = r.in.condition(n)) r.draft.job.condition = std::move(*condition);
}

void read_directory(JobReader& r, NodeAt n) {
  r.draft.working_dir = n;
  read_working_dir(r.in, n, r.settings(), r.draft.job.late);
}
void read_variables(JobReader& r, NodeAt n) { read_env(r.in, n, r.settings(), r.draft.job.late); }
void read_input(JobReader& r, NodeAt n) {
  r.draft.stdin_plan = n;
  read_stdin(r.in, n, r.settings(), r.draft.job.late);
}
void read_logs(JobReader& r, NodeAt n) { read_log(r.in, n, r.settings(), r.draft.job.late); }

std::string_view field_read_by(void (*read)(JobReader&, NodeAt));

/// A field where late names may stand. In the defaults one that has some waits for each job.
template <void (*Read)(JobReader&, NodeAt)>
void late_field(JobReader& r, NodeAt n) {
  Read(r, n);
  if (!r.in_defaults || (r.draft.job.late.empty() && !r.draft.job.condition)) return;
  r.draft.job.late.clear();
  r.draft.job.condition.reset();
  r.draft.deferred.push_back({field_read_by(late_field<Read>), n});
}

void read_daemon(JobReader& r, NodeAt n) {
  if (const auto daemon = r.in.boolean(n, "daemon")) r.draft.job.daemon = *daemon;
}

const Field<JobReader> kFields[] = {
    {"run", read_run},
    {"command", read_command},
    {"target", read_target},
    {"name", read_name},
    {"args", late_field<read_args>},
    {"kwargs", late_field<read_kwargs>},
    {"mode", read_mode},
    {"shell", [](JobReader& r, NodeAt n) { r.draft.shell = n, read_shell(r.in, n, r.settings()); }},
    {"working_dir", late_field<read_directory>},
    {"env", late_field<read_variables>},
    {"stdin", late_field<read_input>},
    {"if", late_field<read_condition>},
    {"needs", [](JobReader& r, NodeAt n) { r.draft.needs = n; }, true},  // read when all jobs are known
    {"timeout", [](JobReader& r, NodeAt n) { read_timeout(r.in, n, r.settings()); }},
    {"stop", [](JobReader& r, NodeAt n) { read_stop(r.in, n, r.settings()); }},
    {"retry", [](JobReader& r, NodeAt n) { read_retry(r.in, n, r.settings()); }},
    {"continue_on_error", [](JobReader& r, NodeAt n) { read_continue_on_error(r.in, n, r.settings()); }},
    {"success_exit_codes", [](JobReader& r, NodeAt n) { read_success_exit_codes(r.in, n, r.settings()); }},
    {"daemon", read_daemon, true},
    {"ready", [](JobReader& r, NodeAt n) { read_ready(r.in, n, r.settings()); }},
    {"live", [](JobReader& r, NodeAt n) { r.draft.live = n, read_live(r.in, n, r.settings()); }},
    {"restart", [](JobReader& r, NodeAt n) { r.draft.restart = n, read_restart(r.in, n, r.settings()); }},
    {"resources", [](JobReader& r, NodeAt n) { read_resources(r.in, n, r.settings(), r.draft); }},
    {"log", late_field<read_logs>},
    {"array", [](JobReader& r, NodeAt n) { r.draft.array = n, read_array(r.in, n, r.draft.job.shape); }, true},
    {"matrix", [](JobReader& r, NodeAt n) { r.draft.matrix = n, read_matrix(r.in, n, r.draft.job.shape); }, true},
    {"chunk", [](JobReader& r, NodeAt n) { read_chunk(r.in, n, r.draft.job); }},
    {"max_parallel", [](JobReader& r, NodeAt n) { read_job_parallel(r.in, n, r.draft.job); }},
    {"fail_fast", [](JobReader& r, NodeAt n) { read_fail_fast(r.in, n, r.draft.job); }},
    {"max_failures", [](JobReader& r, NodeAt n) { read_max_failures(r.in, n, r.draft.job); }},
    {"outputs", [](JobReader& r, NodeAt n) { r.draft.outputs = n, read_outputs(r.in, n, r.draft.job.outputs); }, true},
    {"secrets", [](JobReader& r, NodeAt n) { r.draft.secrets = n, read_secrets(r.in, n, r.settings()); }},
    {"fresh", [](JobReader& r, NodeAt n) { read_fresh(r.in, n, r.draft); }},
    {"max_tasks", [](JobReader& r, NodeAt n) { read_max_tasks(r.in, n, r.draft); }},
    {"max_rss", [](JobReader& r, NodeAt n) { read_max_rss(r.in, n, r.draft); }},
    {"initializer", [](JobReader& r, NodeAt n) { read_initializer(r.in, n, r.draft); }},
    {"initializer_args", [](JobReader& r, NodeAt n) { read_initializer_args(r.in, n, r.draft); }},
    {"env_file", [](JobReader&, NodeAt) {}},  // read before the others: `env` is put over it
    {"priority", [](JobReader& r, NodeAt n) { read_priority(r.in, n, r.settings()); }},
    {"pool", [](JobReader& r, NodeAt n) { read_pool_use(r.in, n, r.settings()); }},
    {"uses", read_used_file},
    {"with", read_with},
    // Reserved: known to the format, refused by this version.
    {"delivery", nullptr},
};

std::string_view field_read_by(void (*read)(JobReader&, NodeAt)) {
  return std::find_if(std::begin(kFields), std::end(kFields), [&](const auto& f) { return f.read == read; })->name;
}

constexpr Synonym kSynonyms[] = {
    {"cmd", "command"},
    {"script", "run"},
    {"function", "target"},
    {"func", "target"},
    {"arguments", "args"},
    {"depends_on", "needs"},
    {"after", "needs"},
    {"dependencies", "needs"},
    {"cwd", "working_dir"},
    {"workdir", "working_dir"},
    {"environment", "env"},
    {"retries", "retry"},
    {"allow_failure", "continue_on_error"},
    {"type", "mode"},
    {"executor", "mode"},
    {"working-directory", "working_dir"},
    {"continue-on-error", "continue_on_error"},
    {"timeout-minutes", "timeout"},
    {"healthcheck", "ready"},
    {"readiness", "ready"},
    {"liveness", "live"},
    {"input", "stdin"},
    {"strategy", "matrix"},
    {"fail-fast", "fail_fast"},
    {"max-parallel", "max_parallel"},
    {"parallelism", "max_parallel"},
    {"env-file", "env_file"},
    {"when", "if"},
    {"condition", "if"},
};

/// What the defaults have left to each job. `env` is merged; any other field yields to the job's own.
void read_deferred(Reading& in, NodeAt map, JobReader& reader) {
  const auto deferred = reader.draft.deferred;
  for (const auto& d : deferred) {
    bool is_own = false;
    for (const auto e : in.tree.entries(map)) is_own = is_own || in.tree.text(e.key) == d.field;
    if (is_own && d.field != "env") continue;
    const auto row =
        std::find_if(std::begin(kFields), std::end(kFields), [&](const auto& f) { return f.name == d.field; });
    row->read(reader, d.value);
  }
}

/// `env_file`, before the other fields: `env` is put over it, and it over what the defaults have of the same name.
void read_variable_files(Reading& in, NodeAt map, JobReader& reader) {
  for (const auto e : in.tree.entries(map)) {
    if (in.tree.text(e.key) != "env_file") continue;
    const auto before = reader.settings().env;
    read_env_files(in, e.value, false, reader.settings().env);
    const auto& env = reader.settings().env;
    std::erase_if(reader.draft.job.late, [&](const LatePart& p) {
      return p.place == LatePart::Place::variable && p.index < before.size() && env[p.index] != before[p.index];
    });
  }
}

}  // namespace

void read_job_fields(Reading& in, NodeAt map, bool in_defaults, Pass pass, const Settings& defaults, Draft& draft) {
  JobReader reader{in, draft, defaults, in_defaults};
  if (pass == Pass::second) read_deferred(in, map, reader);
  if (pass != Pass::first) read_variable_files(in, map, reader);
  read_fields(in, map, kFields, {.inside = {}, .own_keys = true, .synonyms = kSynonyms}, reader, pass);
}

}  // namespace rota::jobs
