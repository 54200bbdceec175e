// The outbox: order over both streams, no waiting for a slow reader, bounded memory, broken streams.
#include "scheduler/cli/display/outbox.h"

#include <gtest/gtest.h>

#include <future>
#include <mutex>
#include <vector>

#include "shared/limits.h"

namespace rota::cli {
namespace {

// Streams that note what is written; `gate` holds the writer back until it is opened.
struct Wire {
  std::mutex mutex;
  std::vector<std::pair<char, std::string>> written;
  std::shared_future<void> gate;

  Stream stream(char name, bool works = true) {
    Stream s;
    s.write = [this, name, works](std::string_view bytes) {
      if (gate.valid()) gate.wait();
      const std::lock_guard lock(mutex);
      if (works) written.emplace_back(name, std::string(bytes));
      return works;
    };
    return s;
  }
  std::string of(char name) {
    const std::lock_guard lock(mutex);
    std::string out;
    for (const auto& [n, bytes] : written)
      if (n == name) out += bytes;
    return out;
  }
};

TEST(Outbox, keeps_the_order_over_both_streams) {
  Wire wire;
  Outbox box(wire.stream('o'), wire.stream('e'));
  auto out = box.out(), err = box.err();
  std::string order;
  for (int i = 0; i < 1000; ++i) {
    (i % 3 ? out : err).write(std::to_string(i) + "\n");
    order += std::to_string(i) + "\n";
  }
  box.drain();
  std::string all;
  for (const auto& [name, bytes] : wire.written) all += bytes;
  EXPECT_EQ(all, order);
}

TEST(Outbox, does_not_wait_for_a_slow_reader_and_says_that_it_is_behind) {
  Wire wire;
  std::promise<void> open;
  wire.gate = open.get_future().share();
  Outbox box(wire.stream('o'), wire.stream('e'));
  auto out = box.out();
  EXPECT_TRUE(out.idle());
  for (int i = 0; i < 100; ++i) EXPECT_TRUE(out.write("line\n"));
  EXPECT_FALSE(out.idle());
  open.set_value();
  box.drain();
  EXPECT_TRUE(out.idle());
  EXPECT_EQ(wire.of('o').size(), 500u);
}

TEST(Outbox, its_end_writes_what_is_left) {
  Wire wire;
  { Outbox(wire.stream('o'), wire.stream('e')).out().write("last words"); }
  EXPECT_EQ(wire.of('o'), "last words");
}

TEST(Outbox, a_broken_stream_is_told_and_the_other_goes_on) {
  Wire wire;
  Outbox box(wire.stream('o', false), wire.stream('e'));
  auto out = box.out(), err = box.err();
  out.write("lost");
  box.drain();
  EXPECT_FALSE(out.write("more"));
  EXPECT_TRUE(err.write("kept"));
  box.drain();
  EXPECT_EQ(wire.of('e'), "kept");
}

TEST(Outbox, at_its_limit_it_waits_rather_than_lose_anything) {
  Wire wire;
  std::promise<void> open;
  wire.gate = open.get_future().share();
  Outbox box(wire.stream('o'), wire.stream('e'));
  auto out = box.out();
  const std::string half(limits::kDisplayQueueBytes / 2, 'x');
  out.write(half);
  out.write(half);
  auto third = std::async(std::launch::async, [&] { return out.write("one past"); });
  open.set_value();
  EXPECT_TRUE(third.get());
  box.drain();
  EXPECT_EQ(wire.of('o').size(), limits::kDisplayQueueBytes + 8);
}

}  // namespace
}  // namespace rota::cli
