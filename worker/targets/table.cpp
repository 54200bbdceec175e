// The built-in targets by name, and the check that comes before every call.
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <string>

#include "jobs/catalogue/plugin_name.h"
#include "jobs/catalogue/python_name.h"
#include "shared/text/text.h"
#include "worker/targets/foreign.h"
#include "worker/targets/functions.h"
#include "worker/targets/plugin.h"
#include "worker/targets/target.h"

namespace rota::worker {

TargetTable built_in_targets() {
  static constexpr Target table[] = {
      {"noop", noop, co_noop},
      {"print_numbers", print_numbers, co_print_numbers},
      {"sleep", sleep, co_sleep},
      {"spin", spin, nullptr},
      {"echo", echo, co_echo},
      {"checksum", checksum, nullptr},
      {"send_keep_alive", send_keep_alive, co_send_keep_alive},
      {"udp_echo", udp_echo, co_udp_echo},
      {"tcp_wait", tcp_wait, co_tcp_wait},
      {"http_get", http_get, co_http_get},
  };
  return TargetTable(table);
}

namespace {
Error wrong(std::string_view name, const std::string& what) {
  return fail(Code::invalid, "target '" + std::string(name) + "' " + what);
}

/// What is said of functions that are checked where they are called.
const jobs::Signature kAnything{"", {}, true, true, true, ""};

Result<const Target*> find(const TargetTable& table, std::string_view name) {
  for (const auto& t : table)
    if (t.name == name) return &t;
  const auto plugin_name = jobs::plugin_name(name);
  if (!plugin_name) return wrong(name, "is not known to this worker; `rota targets` lists those that are");
  const auto plugin = Plugin::load(plugin_name->path);
  if (!plugin) return plugin.error();
  return (*plugin)->find(plugin_name->function);
}

}  // namespace

Result<Callee> resolve(const TargetTable& table, std::string_view name, Mode mode, const ValueList& args,
                       const ValueMap& kwargs) {
  if (jobs::python_name(name)) {
    if (!table.python) return wrong(name, "is a function in Python, and this worker has no interpreter");
    return Callee{nullptr, &kAnything, table.python, std::string(name), mode};
  }
  const auto found = find(table, name);
  if (!found) return found.error();
  const auto* target = *found;
  const auto* signature = target->signature ? target->signature : jobs::find_target(name);
  if (!signature) return wrong(name, "has no signature in the catalogue");
  if (mode == Mode::async && (target->foreign ? !signature->async : !target->coroutine))
    return wrong(name, "is a plain function and would block the loop: it runs under thread or process, not async");
  if (mode != Mode::async && !target->foreign && !target->plain)
    return wrong(name, "is a coroutine: it runs under async, not " + std::string(to_text(mode)));
  if (auto s = jobs::check_call(*signature, args, kwargs); !s) return s.error();
  if (target->foreign) {
    if (auto s = check_foreign(*target->foreign, Arguments(*signature, args, kwargs)); !s) return s.error();
  }
  return Callee{target, signature};
}

Status Callee::run(TargetContext& context, const Arguments& arguments) const {
  if (language) return language->run(name, mode, context, arguments);
  return target->foreign ? run_foreign(*target->foreign, context, arguments) : target->plain(context, arguments);
}

Coroutine Callee::begin(TargetContext& context, const Arguments& arguments) const {
  return target->foreign ? begin_foreign(*target->foreign, context, arguments)
                         : target->coroutine(context, arguments);
}

std::int64_t Arguments::integer(std::string_view name, std::int64_t fallback) const {
  const auto* v = find(name);
  const auto* i = v ? v->as<std::int64_t>() : nullptr;
  return i ? *i : fallback;
}

std::string Arguments::text(std::string_view name, std::string fallback) const {
  const auto* v = find(name);
  return v ? to_text(*v) : fallback;
}

Duration Arguments::duration(std::string_view name, Duration fallback) const {
  const auto* v = find(name);
  if (!v) return fallback;
  const auto d = text::parse_duration(to_text(*v));
  return d ? *d : fallback;
}

}  // namespace rota::worker
