// The fields of a job.
#include "jobs/read/job_reader.h"

#include <fmt/format.h>

#include "jobs/read/env_file.h"
#include "jobs/read/fields.h"
#include "jobs/read/outputs_reader.h"
#include "jobs/read/secrets_reader.h"
#include "jobs/read/settings_reader.h"
#include "jobs/read/shape_reader.h"
#include "jobs/read/spread_reader.h"
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
                fmt::format("'{}' beside '{}': a job has exactly one of run, command and target", field, draft.action));
      return false;
    }
    draft.action = field;
    draft.action_at = at;
    return true;
  }
};

void read_run(JobReader& r, NodeAt n) {
  if (!r.take_action(n, "run")) return;
  if (r.in.refuse_expression(n, "'${{ }}' is not replaced in 'run': a value never becomes shell text",
                             "pass it with env: {X: \"${{ ... }}\"} and use \"$X\", or with args: and use \"$1\""))
    return;
  auto text = r.in.text(n, "run", "shell text");
  if (text && text->find_first_not_of(" \t\n") == std::string::npos) return r.in.report(n, "'run' is empty");
  if (text) r.draft.job.action = RunText{std::move(*text)};
}

void read_command(JobReader& r, NodeAt n) {
  if (!r.take_action(n, "command")) return;
  if (r.in.is(n, Kind::scalar))
    return r.in.report(n, "'command' takes a list of words such as [echo, hello]",
                       "for a line of shell text use 'run'");
  if (auto words = r.in.words(n, "command", false)) r.draft.job.action = CommandLine{std::move(*words)};
}

void read_target(JobReader& r, NodeAt n) {
  if (!r.take_action(n, "target")) return;
  if (auto name = r.in.text(n, "target", "the name of a function")) r.draft.job.action = TargetCall{std::move(*name)};
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

void read_args(JobReader& r, NodeAt n) {
  r.draft.args = n;
  if (!r.in.is(n, Kind::list)) {
    r.in.wrong(n, "args", "a list such as [1, two]");
    r.draft.arguments_read = false;
    return;
  }
  auto value = r.in.value(n, "args");
  r.draft.arguments_read = r.draft.arguments_read && value;
  if (value) r.draft.job.args = std::move(std::get<ValueList>(value->data));
}

void read_kwargs(JobReader& r, NodeAt n) {
  r.draft.kwargs = n;
  if (!r.in.is(n, Kind::map)) {
    r.in.wrong(n, "kwargs", "a map such as {delay: 1s}");
    r.draft.arguments_read = false;
    return;
  }
  auto value = r.in.value(n, "kwargs");
  r.draft.arguments_read = r.draft.arguments_read && value;
  if (value) r.draft.job.kwargs = std::move(std::get<ValueMap>(value->data));
}

void read_daemon(JobReader& r, NodeAt n) {
  if (const auto daemon = r.in.boolean(n, "daemon")) r.draft.job.daemon = *daemon;
}

const Field<JobReader> kFields[] = {
    {"run", read_run},
    {"command", read_command},
    {"target", read_target},
    {"name", read_name},
    {"args", read_args},
    {"kwargs", read_kwargs},
    {"mode", read_mode},
    {"shell", [](JobReader& r, NodeAt n) { r.draft.shell = n, read_shell(r.in, n, r.settings()); }},
    {"working_dir", [](JobReader& r, NodeAt n) { r.draft.working_dir = n, read_working_dir(r.in, n, r.settings()); }},
    {"env", [](JobReader& r, NodeAt n) { read_env(r.in, n, r.settings()); }},
    {"stdin", [](JobReader& r, NodeAt n) { r.draft.stdin_plan = n, read_stdin(r.in, n, r.settings()); }},
    {"needs", [](JobReader& r, NodeAt n) { r.draft.needs = n; }},  // read when all jobs are known
    {"timeout", [](JobReader& r, NodeAt n) { read_timeout(r.in, n, r.settings()); }},
    {"stop", [](JobReader& r, NodeAt n) { read_stop(r.in, n, r.settings()); }},
    {"retry", [](JobReader& r, NodeAt n) { read_retry(r.in, n, r.settings()); }},
    {"continue_on_error", [](JobReader& r, NodeAt n) { read_continue_on_error(r.in, n, r.settings()); }},
    {"success_exit_codes", [](JobReader& r, NodeAt n) { read_success_exit_codes(r.in, n, r.settings()); }},
    {"daemon", read_daemon},
    {"ready", [](JobReader& r, NodeAt n) { read_ready(r.in, n, r.settings()); }},
    {"log", [](JobReader& r, NodeAt n) { read_log(r.in, n, r.settings()); }},
    {"array", [](JobReader& r, NodeAt n) { r.draft.array = n, read_array(r.in, n, r.draft.job.shape); }},
    {"matrix", [](JobReader& r, NodeAt n) { r.draft.matrix = n, read_matrix(r.in, n, r.draft.job.shape); }},
    {"chunk", [](JobReader& r, NodeAt n) { read_chunk(r.in, n, r.draft.job); }},
    {"max_parallel", [](JobReader& r, NodeAt n) { read_job_parallel(r.in, n, r.draft.job); }},
    {"fail_fast", [](JobReader& r, NodeAt n) { read_fail_fast(r.in, n, r.draft.job); }},
    {"max_failures", [](JobReader& r, NodeAt n) { read_max_failures(r.in, n, r.draft.job); }},
    {"outputs", [](JobReader& r, NodeAt n) { r.draft.outputs = n, read_outputs(r.in, n, r.draft.job.outputs); }},
    {"secrets", [](JobReader& r, NodeAt n) { r.draft.secrets = n, read_secrets(r.in, n, r.settings()); }},
    {"env_file", [](JobReader&, NodeAt) {}},  // read before the others: `env` is put over it
    // Reserved: known to the format, refused by this version.
    {"uses", nullptr},
    {"with", nullptr},
    {"fresh", nullptr},
    {"max_tasks", nullptr},
    {"if", nullptr},
    {"priority", nullptr},
    {"pool", nullptr},
    {"resources", nullptr},
    {"delivery", nullptr},
    {"live", nullptr},
    {"restart", nullptr},
};

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
    {"input", "stdin"},
    {"strategy", "matrix"},
    {"fail-fast", "fail_fast"},
    {"max-parallel", "max_parallel"},
    {"parallelism", "max_parallel"},
    {"env-file", "env_file"},
    {"when", "if"},
    {"condition", "if"},
};

}  // namespace

void read_job_fields(Reading& in, NodeAt map, bool in_defaults, const Settings& defaults, Draft& draft) {
  JobReader reader{in, draft, defaults, in_defaults};
  for (const auto e : in.tree.entries(map)) {
    if (in.tree.text(e.key) == "env_file") read_env_files(in, e.value, false, reader.settings().env);
  }
  read_fields(in, map, kFields, {.inside = {}, .own_keys = true, .synonyms = kSynonyms}, reader);
}

}  // namespace rota::jobs
