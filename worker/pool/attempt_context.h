// A target's view of its attempt in a pool worker, in both modes.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "worker/pool/attempt.h"
#include "worker/pool/attempt_output.h"
#include "worker/targets/target.h"

namespace rota::worker {

class AttemptContext final : public TargetContext {
 public:
  AttemptContext(Attempt& attempt, AttemptOutput& output) : attempt_(attempt), output_(output) {}
  void out(std::string_view bytes) override { output_.write(output::Stream::out, bytes); }
  void err(std::string_view bytes) override { output_.write(output::Stream::err, bytes); }
  void progress(double done) override { output_.progress(done); }
  bool stop_requested() const override { return attempt_.stop.requested(); }
  bool sleep_for(Duration d) override { return attempt_.stop.wait_for(d); }
  void on_stop(std::function<void()> call) override { attempt_.stop.on_request(std::move(call)); }
  const char* env(std::string_view name) const override;
  std::string_view name() const override { return attempt_.assignment.name; }
  std::span<const DeclaredValue> declared() const override { return attempt_.assignment.outputs.fields; }
  Duration grace() const override { return Duration(attempt_.assignment.grace_ns); }
  void on_this_thread(Turn turn) override;
  std::string path(const std::string& text) const override { return resolved_path(attempt_.assignment, text); }

  void set_output(std::string_view name, Value value) override {
    keep_output(attempt_.assignment, attempt_.report.outputs, name, std::move(value));
  }

  /// If the job declares it, and as long as there is room: what is too much is refused at the end.
  static void keep_output(const lane::Assignment& assignment, ValueMap& kept, std::string_view name, Value value);
  static std::string resolved_path(const lane::Assignment& assignment, const std::string& text) {
    return text.starts_with('/') || assignment.working_dir.empty() ? text : assignment.working_dir + "/" + text;
  }

 private:
  Attempt& attempt_;
  mutable std::map<std::string, std::string, std::less<>> own_;  // values that were asked for
  AttemptOutput& output_;
};

/// The environment that a process of its own would have: its run's, over it its own.
std::vector<std::string> environment_of(const Attempt& attempt);

/// Sets `ending` and `message` from what a target returned, and whether a stop came before that.
void conclude(AttemptReport& report, const Status& result, StopCause stopped_by);
/// The same for an exception that left the target.
void conclude_thrown(AttemptReport& report, std::exception_ptr thrown, StopCause stopped_by);

}  // namespace rota::worker
