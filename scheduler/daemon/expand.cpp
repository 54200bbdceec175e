// Values into words, variables, arguments and paths.
#include "scheduler/daemon/expand.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "shared/limits.h"

namespace rota::daemon {
namespace {

using Place = jobs::LatePart::Place;

/// What the part is, for messages.
std::string name_of(const jobs::LatePart& part, const jobs::Settings& settings) {
  switch (part.place) {
    case Place::word: return fmt::format("word {} of its command", part.index + 1);
    case Place::argument: return fmt::format("argument {}", part.index + 1);
    case Place::keyword: return "an argument by name";
    case Place::variable:
      return part.index < settings.env.size() ? "env." + settings.env[part.index].first : "an env variable";
    case Place::script: return "an expression of its run text";
    case Place::working_dir: return "working_dir";
    case Place::stdin_text:
    case Place::stdin_file: return "stdin";
    case Place::stdout_path: return "log.stdout";
    case Place::stderr_path: return "log.stderr";
  }
  return "a value";
}

class Expansion {
 public:
  Expansion(lane::Assignment& out, const jobs::Plan& plan, const jobs::Job& job)
      : out_(out), plan_(plan), job_(job), settings_(plan.settings_of(job)) {}

  Status put(const jobs::LatePart& part, const Value& value) {
    const bool typed = !out_.target.empty() && (part.place == Place::argument || part.place == Place::keyword);
    if (typed) return put_typed(part, value);
    if (value.is_null()) return wrong(part, "there is no value: default(..., '') gives one where none was left");
    const auto text = to_text(value);
    const auto most = part.place == Place::stdin_text ? limits::kStdinBytes : limits::kArgBytes;
    if (text.size() + name_bytes(part) > most)
      return wrong(
          part, fmt::format("the value has {} bytes, the limit is {}: pass large values in a file", text.size(), most));
    if (part.place != Place::stdin_text && text.find('\0') != std::string::npos)
      return wrong(part, "the value holds a NUL character, which no word, variable or path can");
    return put_text(part, text);
  }

 private:
  /// Of "NAME=" of a variable, which the system counts with its value.
  std::size_t name_bytes(const jobs::LatePart& part) const {
    if (part.place == Place::script) return part.variable.size() + 1;
    if (part.place != Place::variable || part.index >= settings_.env.size()) return 0;
    return settings_.env[part.index].first.size() + 1;
  }

  Error wrong(const jobs::LatePart& part, std::string_view what) const {
    return fail(Code::invalid, fmt::format("{}: {}", name_of(part, settings_), what),
                fmt::format("{}:{}", part.value.line, part.value.column));
  }

  Status put_typed(const jobs::LatePart& part, const Value& value) {
    if (part.place == Place::argument && part.index < out_.args.size()) {
      out_.args[part.index] = value;
    } else if (part.place == Place::keyword && part.index < out_.kwargs.size()) {
      out_.kwargs[part.index].second = value;
    }
    return {};
  }

  Status put_text(const jobs::LatePart& part, const std::string& text) {
    switch (part.place) {
      case Place::word:
        if (part.index == 0 && text.empty()) return wrong(part, "the name of the program is empty");
        set_word(part.index, text);
        break;
      case Place::argument:  // of `run`: they are the last words
        set_word(out_.argv.size() - std::min(job_.args.size(), out_.argv.size()) + part.index, text);
        break;
      case Place::variable:
        if (part.index < settings_.env.size()) set_variable(settings_.env[part.index].first, text);
        break;
      case Place::script: out_.env.push_back(part.variable + "=" + text); break;
      case Place::stdin_text: out_.stdin_plan = {lane::StdinPlan::Kind::text, text}; break;
      case Place::working_dir: return set_path(part, out_.working_dir, text);
      case Place::stdin_file:
        out_.stdin_plan.kind = lane::StdinPlan::Kind::file;
        return set_path(part, out_.stdin_plan.text, text);
      case Place::stdout_path: return set_path(part, out_.log.stdout_path, text);
      case Place::stderr_path: return set_path(part, out_.log.stderr_path, text);
      case Place::keyword: break;
    }
    return {};
  }

  void set_word(std::size_t index, const std::string& text) {
    if (index < out_.argv.size()) out_.argv[index] = text;
  }

  void set_variable(const std::string& name, const std::string& text) {
    const auto start = name + "=";
    const auto at = std::find_if(out_.env.begin(), out_.env.end(), [&](const auto& e) { return e.starts_with(start); });
    if (at != out_.env.end()) {
      *at = start + text;
    } else {
      out_.env.push_back(start + text);
    }
  }

  Status set_path(const jobs::LatePart& part, std::string& to, const std::string& text) {
    if (text.empty()) return wrong(part, "the path is empty");
    to = (std::filesystem::path(plan_.directory) / text).lexically_normal().string();
    if (to.size() > 1 && to.ends_with('/')) to.pop_back();
    return {};
  }

  lane::Assignment& out_;
  const jobs::Plan& plan_;
  const jobs::Job& job_;
  const jobs::Settings& settings_;
};

std::size_t bytes_of(const lane::Assignment& a) {
  std::size_t sum = 0;
  for (const auto& word : a.argv) sum += word.size() + 1;
  for (const auto& entry : a.env) sum += entry.size() + 1;
  for (const auto& arg : a.args) sum += to_text(arg).size();
  for (const auto& [name, arg] : a.kwargs) sum += name.size() + to_text(arg).size();
  return sum;
}

}  // namespace

Status expand(lane::Assignment& out, const jobs::Plan& plan, const jobs::Job& job, std::span<const Value> values) {
  if (job.late.empty()) return {};
  Expansion expansion(out, plan, job);
  for (std::size_t i = 0; i < job.late.size() && i < values.size(); ++i) {
    if (auto s = expansion.put(job.late[i], values[i]); !s) return s;
  }
  if (const auto bytes = bytes_of(out); bytes > limits::kArgvBytes)
    return fail(Code::invalid, fmt::format("arguments and env have {} bytes; at most {} (argv_bytes) are passed", bytes,
                                           limits::kArgvBytes));
  return {};
}

}  // namespace rota::daemon
