// What only a whole job shows: its fields against each other, its call against the catalogue, its size against limits.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "jobs/catalogue/catalogue.h"
#include "jobs/catalogue/plugin_name.h"
#include "jobs/catalogue/python_name.h"
#include "jobs/read/environment.h"
#include "jobs/read/job_reader.h"
#include "jobs/read/plugins.h"
#include "jobs/read/pythons.h"
#include "jobs/read/run_script.h"
#include "jobs/read/settings_reader.h"
#include "jobs/read/resources_reader.h"
#include "jobs/read/service_reader.h"
#include "jobs/read/warm_reader.h"
#include "shared/limits.h"
#include "shared/text/text.h"
#include "shared/wire/codec.h"

namespace rota::jobs {
namespace {

/// The n-th item of a list, the value of a map's key, or the node itself when there is none.
NodeAt item_at(const Tree& tree, NodeAt list, std::size_t n) {
  for (const auto item : tree.items(list)) {
    if (n-- == 0) return item;
  }
  return list;
}
NodeAt key_at(const Tree& tree, NodeAt map, std::string_view name) {
  for (const auto e : tree.entries(map)) {
    if (tree.text(e.key) == name) return e.key;
  }
  return map;
}

bool hints_at_action(const Tree& tree, NodeAt fields) {
  static constexpr std::array<std::string_view, 4> kActions{"run", "command", "target", "uses"};
  for (const auto entry : tree.entries(fields))
    if (!text::nearest(tree.text(entry.key), kActions).empty()) return true;
  return false;
}

std::string modes_of(const Signature& s) {
  std::string out;
  for (const auto mode : {Mode::thread, Mode::process, Mode::async}) {
    if (s.has(mode)) out += (out.empty() ? "" : " or ") + std::string(to_text(mode));
  }
  return out;
}

class Settling {
 public:
  Settling(Reading& in, NodeAt key, const Draft& defaults, const Settings& settings, Draft& draft)
      : in_(in), key_(key), defaults_(defaults), settings_(settings), draft_(draft) {}

  void run(std::size_t file_env_bytes) {
    if (draft_.action_at == kNoNode) {
      const auto fields = in_.tree.resolved(in_.tree.raw(key_).next);
      if (hints_at_action(in_.tree, fields)) return;  // a misspelt one, which is said at its place
      in_.report(key_,
                 fmt::format("job '{}' does nothing: give it one of run, command, target and uses",
                             in_.tree.text(key_)));
      return;
    }
    const bool is_target = draft_.action == "target" || draft_.action == "uses";
    if (draft_.mode == kNoNode) draft_.job.mode = is_target ? Mode::thread : Mode::process;
    if (auto* run = std::get_if<RunText>(&draft_.job.action))
      read_script(in_, draft_.action_at, settings_.shell, *run, draft_.job.late);
    settle_warm(in_, defaults_, draft_);
    settle_service(in_, defaults_, draft_);
    settle_resources(in_, defaults_, draft_);
    if (!draft_.job.initializer.empty()) check_initializer();
    if (is_target) {
      check_target();
    } else {
      check_program();
    }
    if (draft_.arguments_read) check_size(file_env_bytes);
  }

 private:
  void check_target() {
    const auto* call = std::get_if<TargetCall>(&draft_.job.action);
    const auto mode = draft_.job.mode;
    if (draft_.shell != defaults_.shell) in_.report(draft_.shell, "'shell' is for 'run', not for a target");
    if (mode != Mode::process) {
      const auto refuse = [&](NodeAt at, NodeAt of_defaults, std::string_view field) {
        if (at != of_defaults)
          in_.report(
              at,
              fmt::format("'{}' is not for a target under {}: it shares its process with others", field, to_text(mode)),
              "use mode: process");
      };
      refuse(draft_.working_dir, defaults_.working_dir, "working_dir");
      refuse(draft_.stdin_plan, defaults_.stdin_plan, "stdin");
    }
    if (!call || call->target.empty()) return;
    if (const auto* signature = signature_of(call->target, draft_.action_at)) check_call_of(*signature);
  }

  /// Of a built-in target or one of the user's own; null after a report, and where nobody can say.
  const Signature* signature_of(const std::string& name, NodeAt at) {
    if (const auto plugin = plugin_name(name)) return function_of(*plugin, at);
    if (const auto python = python_name(name)) return function_of(*python, at);
    const auto* signature = find_target(name);
    if (!signature) report_unknown_target(name, at);
    return signature;
  }

  /// It is called as a function under process is, with positional arguments.
  void check_initializer() {
    const auto& job = draft_.job;
    const auto* call = std::get_if<TargetCall>(&job.action);
    const auto* signature = signature_of(job.initializer, draft_.initializer);
    if (!signature) return;
    if (python_name(job.initializer) && call && call->runtime != Runtime::python)
      in_.report(draft_.initializer, "an initializer in Python is for a target in Python: it prepares its process");
    if (!signature->has(Mode::process))
      in_.report(draft_.initializer,
                 fmt::format("initializer '{}' runs under {}, not under process", signature->name,
                             modes_of(*signature)));
    for (const auto& fault : call_faults(*signature, job.initializer_args, {})) {
      const bool item = fault.place == CallFault::Place::argument && draft_.initializer_args != kNoNode;
      in_.report(item ? item_at(in_.tree, draft_.initializer_args, fault.index) : draft_.initializer, fault.sentence);
    }
  }

  void check_call_of(const Signature& signature) {
    const auto mode = draft_.job.mode;
    if (!signature.has(mode)) {
      const auto at = draft_.mode == kNoNode ? draft_.action_at : draft_.mode;
      in_.report(at, fmt::format("target '{}' runs under {}, not under {}", signature.name, modes_of(signature),
                                 to_text(mode)));
    }
    if (draft_.arguments_read) check_arguments(signature);
  }

  /// Null after a report, and where nobody can say.
  const Signature* function_of(const PluginName& name, NodeAt at) {
    constexpr std::string_view hint = "`rota targets FILE.so` lists what a library offers";
    if (!has_function(name.path, name.function, hint, at)) return nullptr;
    const auto* table = in_.plugins ? in_.plugins->find(name.path) : nullptr;
    if (!table) return nullptr;
    if (!*table) return wrong_target(table->error(), hint, at), nullptr;
    return function_in(**table, name.path, name.function, hint, at);
  }

  const Signature* function_of(const PythonName& name, NodeAt at) {
    constexpr std::string_view hint = "`rota targets FILE.py` lists what a file offers";
    if (!has_function(name.module, name.function, hint, at)) return nullptr;
    const auto* answer = in_.pythons ? in_.pythons->find(name.module) : nullptr;
    if (!answer) return nullptr;
    if (!*answer) return wrong_target(answer->error(), {}, at), nullptr;
    return function_in((*answer)->table, name.module, name.function, hint, at);
  }

  void wrong_target(const Error& e, std::string_view hint, NodeAt at) {
    in_.report(at, fmt::format("target: {}", text::escape_terminal(to_text(e))), std::string(hint));
  }

  bool has_function(const std::string& where, const std::string& function, std::string_view hint, NodeAt at) {
    if (!function.empty()) return true;
    wrong_target(fail(Code::invalid, "no function is named after the ':'", where), hint, at);
    return false;
  }

  const Signature* function_in(const PluginTable& table, const std::string& where, const std::string& function,
                               std::string_view hint, NodeAt at) {
    const auto* signature = table.find(function);
    if (signature && signature->is_target()) return signature;
    if (signature) {
      wrong_target(fail(Code::invalid, fmt::format("'{}' {}", function, signature->summary), where), {}, at);
      return nullptr;
    }
    std::vector<std::string_view> there;
    for (const auto& s : table.signatures())
      if (s.is_target()) there.push_back(s.name);
    wrong_target(fail(Code::invalid, no_such_function(function, there), where), hint, at);
    return nullptr;
  }

  void report_unknown_target(const std::string& name, NodeAt at) {
    const auto shown = text::escape_terminal(name.substr(0, 80));
    if (name.find_first_of(":/") != std::string::npos || name.ends_with(".py") || name.ends_with(".so"))
      return in_.report(at,
                        fmt::format("target '{}': no function is named so", shown),
                        "your own are ./library.so:function, file.py:function and py:package.module:function; "
                        "`rota targets` lists those that are built in");
    std::vector<std::string_view> names;
    for (const auto& s : catalogue()) names.push_back(s.name);
    in_.findings.add_unknown(in_.place(at), fmt::format("unknown target '{}'", shown), name, names,
                             "`rota targets` lists them");
  }

  void check_arguments(const Signature& signature) {
    for (const auto& fault : call_faults(signature, draft_.job.args, draft_.job.kwargs)) {
      if (is_late(fault)) continue;  // the worker sees the value
      auto at = draft_.action_at;
      if (fault.place == CallFault::Place::argument) at = item_at(in_.tree, draft_.args, fault.index);
      if (fault.place == CallFault::Place::keyword)
        at = key_at(in_.tree, draft_.kwargs, draft_.job.kwargs[fault.index].first);
      in_.report(at, fault.sentence);
    }
  }

  /// What stands there is the file's own text until its task is known.
  bool is_late(const CallFault& fault) const {
    const auto place = fault.place == CallFault::Place::argument  ? LatePart::Place::argument
                       : fault.place == CallFault::Place::keyword ? LatePart::Place::keyword
                                                                  : LatePart::Place::script;
    const auto& late = draft_.job.late;
    return place != LatePart::Place::script && std::any_of(late.begin(), late.end(), [&](const LatePart& p) {
      return p.place == place && p.index == fault.index;
    });
  }

  void check_program() {
    auto* command = std::get_if<CommandLine>(&draft_.job.action);
    if (draft_.action == "command" && draft_.shell != defaults_.shell)
      in_.report(draft_.shell, "'shell' is for 'run'; 'command' starts its program without one");
    if (draft_.kwargs != defaults_.kwargs)
      in_.report(draft_.kwargs, fmt::format("'kwargs' are for a target; '{}' takes 'args'", draft_.action));
    draft_.job.kwargs.clear();
    forget_late(draft_.job.late, {LatePart::Place::keyword});
    if (!draft_.arguments_read) return;
    if (command) {  // its arguments become words of it
      for (auto& part : draft_.job.late) {
        if (part.place != LatePart::Place::argument) continue;
        part.place = LatePart::Place::word;
        part.index += static_cast<std::uint32_t>(command->argv.size());
      }
    }
    std::size_t n = 0;
    for (const auto& arg : draft_.job.args) {
      const auto at = draft_.args == kNoNode ? draft_.action_at : item_at(in_.tree, draft_.args, n++);
      check_word_argument(arg, at);
      if (command) command->argv.push_back(to_text(arg));
    }
    if (command) draft_.job.args.clear();  // they are words of the command now
  }

  void check_word_argument(const Value& arg, NodeAt at) {
    if (arg.as<ValueList>() || arg.as<ValueMap>())
      return in_.report(at, fmt::format("'args' of '{}' are words: text, numbers, true or false", draft_.action));
    if (arg.is_null()) return in_.report(at, "an argument is missing here", "write \"\" for an empty one");
    if (to_text(arg).find('\0') != std::string::npos) in_.report(at, "'args' may not hold a NUL character");
  }

  void check_size(std::size_t file_env_bytes) {
    std::size_t bytes = file_env_bytes + bytes_of(settings_.env);
    std::size_t longest = 0;
    const auto word = [&](std::size_t size) {
      bytes += size + 1;
      longest = std::max(longest, size);
    };
    const auto* run = std::get_if<RunText>(&draft_.job.action);
    if (const auto* command = std::get_if<CommandLine>(&draft_.job.action)) {
      for (const auto& w : command->argv) word(w.size());
    } else if (run) {
      for (const auto& w : settings_.shell) word(w.size());
      word(run->text.size());
      for (const auto& part : draft_.job.late)
        if (part.place == LatePart::Place::script && part.value.kind == Formula::Kind::constant)
          word(part.variable.size() + 1 + to_text(part.value.constant).size());
      for (const auto& a : draft_.job.args) word(to_text(a).size());
    } else if (!draft_.job.args.empty() || !draft_.job.kwargs.empty()) {
      bytes += wire::encoded(draft_.job.args).size() + wire::encoded(draft_.job.kwargs).size();
    }
    if (longest > limits::kArgBytes)
      in_.report(draft_.action_at,
                 fmt::format("one word has {} bytes; the system takes {} (arg_bytes)", longest, limits::kArgBytes),
                 run && run->text.size() == longest ? "put the script into a file" : "pass large values in a file");
    if (bytes > limits::kArgvBytes)
      in_.report(
          draft_.action_at,
          fmt::format("arguments and env have {} bytes; at most {} (argv_bytes) are passed", bytes, limits::kArgvBytes),
          "pass large values in a file");
  }

  Reading& in_;
  NodeAt key_;
  const Draft& defaults_;
  const Settings& settings_;
  Draft& draft_;
};

}  // namespace

void settle(Reading& in, NodeAt key, const Draft& defaults, const Settings& settings, std::size_t file_env_bytes,
            Draft& draft) {
  Settling(in, key, defaults, settings, draft).run(file_env_bytes);
}

}  // namespace rota::jobs
