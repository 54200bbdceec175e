// The protocol of the bells, every interleaving of it: two sides that run the steps of Duplex one by one, over memory
// with a store buffer for each side (as x86 has it). What a store leaves in the buffer the other side sees at any later
// moment; a sequentially consistent store empties it first. No state may be left in which both sides can only sleep.
#include <gtest/gtest.h>

#include <array>
#include <set>
#include <vector>

namespace rota {
namespace {

constexpr int kMessages = 3, kRoom = 1;

/// The writer owns the first and the last, the reader the others.
enum Word { kWritten, kRead, kSleeps, kStarved, kWords };
enum class Order { buffered, consistent };

/// Which stores are sequentially consistent: all four in Duplex. With one of them taken away a wake-up can be lost.
struct Rules {
  Order written = Order::consistent, sleeps = Order::consistent;
  Order starved = Order::consistent, read = Order::consistent;
};

struct Store {
  int word = 0, value = 0;
  auto operator<=>(const Store&) const = default;
};

struct State {
  std::array<int, kWords> memory{};
  std::array<std::vector<Store>, 2> buffer;  // of the writer, of the reader
  std::array<int, 2> bell{};                 // that wakes the writer, the reader
  std::array<int, 2> at{};                   // the next step of each side
  int sent = 0, rung_for = 0, taken = 0;
  auto operator<=>(const State&) const = default;
};

constexpr int kWriter = 0, kReader = 1;

int load(const State& s, int side, int word) {
  for (auto it = s.buffer[side].rbegin(); it != s.buffer[side].rend(); ++it)
    if (it->word == word) return it->value;
  return s.memory[word];
}

void store(State& s, int side, Store what, Order order) {
  s.buffer[side].push_back(what);
  if (order == Order::buffered) return;
  for (const Store& b : s.buffer[side]) s.memory[b.word] = b.value;
  s.buffer[side].clear();
}

enum WriterStep { kPut, kMark, kPutAgain, kLook, kSleepForRoom, kWriterDone };

/// Duplex::flush: put, mark itself starved when the ring is full, put again, publish, ring; else sleep.
bool step_writer(State& s, const Rules& rules) {
  const bool room = s.sent - load(s, kWriter, kRead) < kRoom;
  switch (s.at[kWriter]) {
    case kPut:
    case kPutAgain:
      if (!room) {
        s.at[kWriter] = s.at[kWriter] == kPut ? kMark : kSleepForRoom;
        return true;
      }
      if (load(s, kWriter, kStarved)) store(s, kWriter, {kStarved, 0}, Order::buffered);
      store(s, kWriter, {kWritten, ++s.sent}, rules.written);
      s.at[kWriter] = kLook;
      return true;
    case kMark:
      store(s, kWriter, {kStarved, 1}, rules.starved);
      s.at[kWriter] = kPutAgain;
      return true;
    case kLook: {
      const int sleeps = load(s, kWriter, kSleeps);
      if (sleeps % 2 == 1 && sleeps != s.rung_for) {
        s.rung_for = sleeps;
        s.bell[kReader] = 1;
      }
      s.at[kWriter] = s.sent == kMessages ? kWriterDone : kPut;
      return true;
    }
    case kSleepForRoom:
      if (!s.bell[kWriter]) return false;
      s.bell[kWriter] = 0;
      s.at[kWriter] = kPut;
      return true;
    default: return false;
  }
}

enum ReaderStep { kTake, kGiveRoom, kLookStarved, kFallAsleep, kLookAgain, kSleep, kWake, kReaderDone };

/// Duplex::receive until nothing is there, with the room given back; about_to_sleep; sleep; awake.
bool step_reader(State& s, const Rules& rules) {
  const bool has = load(s, kReader, kWritten) > s.taken;
  const int sleeps = load(s, kReader, kSleeps);
  switch (s.at[kReader]) {
    case kTake:
      if (has) ++s.taken;
      s.at[kReader] = has ? kGiveRoom : kFallAsleep;
      return true;
    case kGiveRoom:
      store(s, kReader, {kRead, s.taken}, rules.read);
      s.at[kReader] = kLookStarved;
      return true;
    case kLookStarved:
      if (load(s, kReader, kStarved)) s.bell[kWriter] = 1;
      s.at[kReader] = s.taken == kMessages ? kReaderDone : kTake;
      return true;
    case kFallAsleep:
      store(s, kReader, {kSleeps, sleeps + 1}, rules.sleeps);
      s.at[kReader] = kLookAgain;
      return true;
    case kLookAgain:
      if (has) store(s, kReader, {kSleeps, sleeps + 1}, Order::buffered);
      s.at[kReader] = has ? kTake : kSleep;
      return true;
    case kSleep:
      if (!s.bell[kReader]) return false;
      store(s, kReader, {kSleeps, sleeps + 1}, Order::buffered);
      s.at[kReader] = kWake;
      return true;
    case kWake:
      s.bell[kReader] = 0;
      s.at[kReader] = kTake;
      return true;
    default: return false;
  }
}

bool drain_one(State& s, int side) {
  if (s.buffer[side].empty()) return false;
  const Store oldest = s.buffer[side].front();
  s.buffer[side].erase(s.buffer[side].begin());
  s.memory[oldest.word] = oldest.value;
  return true;
}

struct Explored {
  std::size_t states = 0;
  bool lost = false;  // somebody sleeps for ever
};

Explored explore(const Rules& rules) {
  Explored out;
  std::set<State> seen;
  std::vector<State> open{State{}};
  while (!open.empty()) {
    const State s = std::move(open.back());
    open.pop_back();
    if (!seen.insert(s).second) continue;
    bool moved = false;
    const auto go = [&](auto&& change) {
      State next = s;
      if (!change(next)) return;
      moved = true;
      open.push_back(std::move(next));
    };
    go([&](State& n) { return step_writer(n, rules); });
    go([&](State& n) { return step_reader(n, rules); });
    go([](State& n) { return drain_one(n, kWriter); });
    go([](State& n) { return drain_one(n, kReader); });
    if (!moved && s.taken < kMessages) out.lost = true;
  }
  out.states = seen.size();
  return out;
}

TEST(BellModel, w19_no_interleaving_loses_a_wake_up) {
  const auto e = explore({});
  EXPECT_FALSE(e.lost);
  EXPECT_GT(e.states, 1000u) << "so few that hardly anything was tried";
}

TEST(BellModel, w19_the_model_finds_a_wake_up_that_a_writer_loses) {
  Rules rules;
  rules.written = Order::buffered;
  EXPECT_TRUE(explore(rules).lost);
}

TEST(BellModel, w19_the_model_finds_a_wake_up_that_a_sleeper_loses) {
  Rules rules;
  rules.sleeps = Order::buffered;
  EXPECT_TRUE(explore(rules).lost);
}

TEST(BellModel, w18_the_model_finds_room_that_nobody_hears_of) {
  Rules rules;
  rules.starved = Order::buffered;
  EXPECT_TRUE(explore(rules).lost);
  rules = {};
  rules.read = Order::buffered;
  EXPECT_TRUE(explore(rules).lost);
}

}  // namespace
}  // namespace rota
