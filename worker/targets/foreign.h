// A call into a plugin: arguments, context and results as the C interface has them.
#pragma once

#include <deque>
#include <string>
#include <vector>

#include "jobs/sdk/include/rota/rota.h"
#include "worker/targets/target.h"

/// What the host keeps of one attempt for the plugin. Its name is the C interface's.
struct rota_context {
  explicit rota_context(rota::worker::TargetContext& t) : to(t) {}
  rota::worker::TargetContext& to;
  std::string message;  // of fail()
  std::string path;     // the last one that was asked for
  rota_wait wait{};     // what a coroutine waits for
  bool waits = false;
};

namespace rota::worker {

/// The functions that a plugin may call.
const rota_host& foreign_host();

/// Arguments as a plugin takes them, in the order of its parameters. Points into `from`.
class ForeignArguments {
 public:
  explicit ForeignArguments(const Arguments& from);
  ForeignArguments(const ForeignArguments&) = delete;
  ForeignArguments& operator=(const ForeignArguments&) = delete;
  const rota_value* const* data() const { return places_.data(); }

 private:
  void fill(rota_value& to, const Value& v);
  void fill_typed(rota_value& to, const Value& v, jobs::ParameterType type);
  void fill_rest(rota_value& to, const Arguments& from, std::size_t first);
  std::deque<std::string> texts_;
  std::deque<std::vector<rota_value>> lists_;
  std::deque<std::vector<rota_entry>> maps_;
  std::vector<rota_value> values_;
  std::vector<const rota_value*> places_;
};

/// What the plugin's own check says of the arguments.
Status check_foreign(const rota_target& target, const Arguments& arguments);
/// A plain function, to its end; a coroutine where there is no plain function, on a loop of this thread.
Status run_foreign(const rota_target& target, TargetContext& context, const Arguments& arguments);
Coroutine begin_foreign(const rota_target& target, TargetContext& context, const Arguments& arguments);
/// A rota_result as the end of a target.
Status foreign_end(int result, const rota_context& context);

}  // namespace rota::worker
