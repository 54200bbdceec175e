// The writer's thread.
#include "scheduler/cli/display/outbox.h"

#include <csignal>

#include "shared/limits.h"

namespace rota::cli {

Outbox::Outbox(Stream out, Stream err) : out_(std::move(out)), err_(std::move(err)) {}

Outbox::~Outbox() {
  {
    const std::lock_guard lock(mutex_);
    closing_ = true;
  }
  changed_.notify_all();
  if (writer_.joinable()) writer_.join();
}

Stream Outbox::entrance(Stream& to) {
  Stream s = to;
  s.write = [this, &to](std::string_view bytes) { return put(to, bytes); };
  s.idle = [this] {
    const std::lock_guard lock(mutex_);
    return held_ == 0;
  };
  return s;
}

bool Outbox::put(Stream& to, std::string_view bytes) {
  if (bytes.empty()) return true;
  std::unique_lock lock(mutex_);
  const bool& broken = &to == &out_ ? out_broken_ : err_broken_;
  if (!writer_.joinable()) start();
  changed_.wait(lock, [&] { return broken || held_ == 0 || held_ + bytes.size() <= limits::kDisplayQueueBytes; });
  if (broken) return false;
  held_ += bytes.size();
  if (!letters_.empty() && letters_.back().to == &to)
    letters_.back().bytes += bytes;
  else
    letters_.push_back({&to, std::string(bytes)});
  lock.unlock();
  changed_.notify_all();
  return true;
}

// Signals are for the main thread: the coordinator takes them there.
void Outbox::start() {
  sigset_t every, before;
  sigfillset(&every);
  pthread_sigmask(SIG_SETMASK, &every, &before);
  writer_ = std::thread([this] { work(); });
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

void Outbox::work() {
  std::unique_lock lock(mutex_);
  while (true) {
    changed_.wait(lock, [this] { return closing_ || !letters_.empty(); });
    if (letters_.empty()) return;
    const auto letter = std::move(letters_.front());
    letters_.pop_front();
    bool& broken = letter.to == &out_ ? out_broken_ : err_broken_;
    if (!broken) {
      lock.unlock();
      const bool written = letter.to->write(letter.bytes);
      lock.lock();
      broken = !written;
    }
    held_ -= letter.bytes.size();
    changed_.notify_all();
  }
}

void Outbox::drain() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return held_ == 0; });
}

}  // namespace rota::cli
