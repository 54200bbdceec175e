// Waiting for an end beside the reading.
#include "scheduler/cli/commands/end_watch.h"

#include <chrono>

#include "scheduler/cli/commands/holder.h"
#include "shared/limits.h"

namespace rota::cli {
namespace {

constexpr auto kTryAgain = std::chrono::milliseconds(200);

}  // namespace

EndWatch::EndWatch(const Horizon& horizon, const Seen& seen)
    : run_(seen.sight.view.summary.run),
      instance_directory_(seen.sight.directory),
      dial_(horizon.world().dial),
      socket_(horizon.socket()) {
  if (seen.of_service) thread_ = std::thread([this] { watch(); });
}

EndWatch::~EndWatch() {
  {
    const std::lock_guard guard(mutex_);
    leaving_ = true;
    if (asked_) asked_->hang_up();
  }
  wake_.notify_all();
  if (thread_.joinable()) thread_.join();
}

bool EndWatch::over() {
  if (!thread_.joinable()) return !holder_of(instance_directory_);
  const std::lock_guard guard(mutex_);
  return over_;
}

std::string EndWatch::trouble() {
  const std::lock_guard guard(mutex_);
  return trouble_;
}

void EndWatch::end(std::string trouble) {
  const std::lock_guard guard(mutex_);
  over_ = true;
  trouble_ = std::move(trouble);
}

bool EndWatch::ask_once() {
  const auto contact = dial_(socket_);
  if (!contact) return false;
  {
    const std::lock_guard guard(mutex_);
    if (leaving_) return true;
    asked_ = contact->get();
  }
  const auto answer = expect<control::answer::Waited>((*contact)->ask(control::ask::Wait{std::to_string(run_)}));
  {
    const std::lock_guard guard(mutex_);
    asked_ = nullptr;
  }
  if (!answer && answer.error().code == Code::unreachable) return false;
  // A run that is not in its hands any more was folded: it has ended.
  end(answer || answer.error().code == Code::not_found ? std::string() : to_text(answer.error()));
  return true;
}

void EndWatch::watch() {
  auto heard = std::chrono::steady_clock::now();
  while (true) {
    const auto asked = std::chrono::steady_clock::now();
    if (ask_once()) return;
    const auto now = std::chrono::steady_clock::now();
    if (now - asked > kTryAgain) heard = now;  // it was there, and went away just now
    if (now - heard > std::chrono::seconds(limits::kServiceReturnSeconds))
      return end("the service went away and did not come back; `rota show " + std::to_string(run_) +
                 "` tells what is known");
    std::unique_lock guard(mutex_);
    if (wake_.wait_for(guard, kTryAgain, [this] { return leaving_; })) return;
  }
}

}  // namespace rota::cli
