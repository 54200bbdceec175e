// Writing without making the writer wait: a thread of its own writes what is put in, in order over both streams, so
// that a slow terminal or pipe does not hold the coordinator up. Memory is bounded: beyond limits::kDisplayQueueBytes
// the one who puts in waits after all, rather than lose output.
#pragma once

#include <condition_variable>
#include <deque>
#include <mutex>
#include <string>
#include <thread>

#include "scheduler/cli/stream.h"

namespace rota::cli {

/// Owned and used by one thread; its own thread starts with the first bytes and blocks all signals.
class Outbox {
 public:
  Outbox(Stream out, Stream err);
  /// Writes what is left.
  ~Outbox();
  Outbox(const Outbox&) = delete;
  Outbox& operator=(const Outbox&) = delete;

  /// Streams whose `write` puts in; they must not outlive the outbox. A broken stream is seen one write late.
  Stream out() { return entrance(out_); }
  Stream err() { return entrance(err_); }
  /// Waits until everything is written (or its stream is broken).
  void drain();

 private:
  struct Letter {
    Stream* to;
    std::string bytes;
  };
  Stream entrance(Stream& to);
  bool put(Stream& to, std::string_view bytes);
  void start();
  void work();

  Stream out_, err_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Letter> letters_;
  std::size_t held_ = 0;  // bytes in letters_ and in the writer's hand
  bool out_broken_ = false, err_broken_ = false;
  bool closing_ = false;
  std::thread writer_;
};

}  // namespace rota::cli
