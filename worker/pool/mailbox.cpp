// The way from executors to the loop.
#include "worker/pool/mailbox.h"

namespace rota::worker {

void Mailbox::post(Event e, Hurry hurry) {
  {
    const std::lock_guard lock(mutex_);
    events_.push_back(e);
    if (woken_ || (promised_ && hurry == Hurry::no)) return;
    woken_ = true;
  }
  wake_();
}

void Mailbox::take(std::vector<Event>& events) {
  events.clear();
  const std::lock_guard lock(mutex_);
  events_.swap(events);
  woken_ = false;
}

void Mailbox::promise(bool will_look) {
  {
    const std::lock_guard lock(mutex_);
    promised_ = will_look;
    if (will_look || events_.empty() || woken_) return;
    woken_ = true;
  }
  wake_();
}

}  // namespace rota::worker
