// A worker that scribbles on its own pages: every nonsense is seen by the coordinator's end, and none is believed.
#include <gtest/gtest.h>

#include <limits>
#include <string>
#include <sys/mman.h>

#include <cstring>
#include <functional>
#include <random>

#include "shared/wire/crc32c.h"
#include "tests/support/lane_pair.h"

namespace rota {
namespace {

using lane::FrameHeader;
using lane::HeaderPage;
using test::a_start;
using test::LanePair;

/// The worker's region as its own process sees it: writable.
class Scribble {
 public:
  explicit Scribble(const lane::CoordinatorEnd& end) {
    for (const auto& [ours, number] : end.descriptors())
      if (number == lane::descriptor::kLaneToCoordinator)
        at_ =
            static_cast<std::byte*>(::mmap(nullptr, lane::kRegionBytesB, PROT_READ | PROT_WRITE, MAP_SHARED, ours, 0));
  }
  ~Scribble() { ::munmap(at_, lane::kRegionBytesB); }
  Scribble(const Scribble&) = delete;
  Scribble& operator=(const Scribble&) = delete;
  HeaderPage& header() { return *reinterpret_cast<HeaderPage*>(at_); }
  std::byte* cell(std::uint64_t i) { return at_ + lane::kRingOffsetB + i % lane::kRingCells * lane::kCellBytes; }
  FrameHeader& frame(std::uint64_t i) { return *reinterpret_cast<FrameHeader*>(cell(i)); }
  lane::LedgerEntry& entry(std::uint32_t i) {
    return reinterpret_cast<lane::LedgerEntry*>(at_ + lane::kLedgerOffset)[i];
  }
  lane::ThreadSlot& slot(std::uint32_t i) { return reinterpret_cast<lane::ThreadSlot*>(at_ + lane::kSlotsOffset)[i]; }
  std::byte* all() { return at_; }

 private:
  std::byte* at_ = nullptr;
};

std::string breach(LanePair& pair) {
  lane::Up m;
  const auto got = pair.coordinator.receive(m);
  if (got) return "no breach";
  EXPECT_EQ(got.error().code, Code::corrupt);
  EXPECT_FALSE(pair.coordinator.receive(m).has_value()) << "a corrupt lane stays corrupt";
  return got.error().what;
}

/// One frame published by an honest worker, then changed under `how`; with a right checksum again if `sealed`.
std::string breach_of_frame(const std::function<void(FrameHeader&)>& how, bool sealed = true) {
  auto pair = LanePair::greeted();
  Scribble page(pair.coordinator);
  const auto at = page.header().tail.load();
  pair.worker.send(lane::up::Note{std::nullopt, "honest"});
  pair.worker.flush();
  auto& frame = page.frame(at);
  how(frame);
  if (sealed && frame.length <= limits::kFrameBytes) {
    FrameHeader h = frame;
    h.crc = 0;
    const std::string_view head(reinterpret_cast<const char*>(&h), sizeof h);
    const std::string_view body(reinterpret_cast<const char*>(&frame) + sizeof h, frame.length);
    frame.crc = wire::crc32c(body, wire::crc32c(head));
  }
  return breach(pair);
}

TEST(HostileWorker, w16_a_length_past_the_frame_limit_is_a_breach) {
  EXPECT_NE(breach_of_frame([](auto& f) { f.length = limits::kFrameBytes + 1; }).find("longer"), std::string::npos);
  EXPECT_NE(breach_of_frame([](auto& f) { f.length = 0xffffffff; }).find("longer"), std::string::npos);
}
TEST(HostileWorker, w16_a_frame_past_what_was_written_is_a_breach) {
  EXPECT_NE(breach_of_frame([](auto& f) { f.length = 5000; }).find("past"), std::string::npos);
}
TEST(HostileWorker, w16_a_wrong_checksum_is_a_breach) {
  EXPECT_NE(breach_of_frame([](auto& f) { f.crc ^= 1; }, false).find("checksum"), std::string::npos);
}
TEST(HostileWorker, w16_a_frame_of_another_place_generation_or_kind_is_a_breach) {
  EXPECT_NE(breach_of_frame([](auto& f) { f.position += 1; }).find("where it says"), std::string::npos);
  EXPECT_NE(breach_of_frame([](auto& f) { f.generation += 1; }).find("generation"), std::string::npos);
  EXPECT_NE(breach_of_frame([](auto& f) { f.kind = 9; }).find("kind"), std::string::npos);
  EXPECT_NE(breach_of_frame([](auto& f) { f.flags = 0x80; }).find("kind"), std::string::npos);
}
TEST(HostileWorker, w16_frames_that_do_not_fit_together_are_a_breach) {
  EXPECT_NE(breach_of_frame([](auto& f) { f.flags = lane::kLast; }).find("fit together"), std::string::npos);
  EXPECT_NE(breach_of_frame([](auto& f) { f.flags = lane::kFirst; }).find("fit together"), std::string::npos);
}
TEST(HostileWorker, w16_a_payload_that_is_no_message_is_a_breach) {
  EXPECT_NE(breach_of_frame([](auto& f) { reinterpret_cast<char*>(&f)[sizeof f] = 0x7f; }).find("cannot be read"),
            std::string::npos);
}

TEST(HostileWorker, w16_an_index_of_what_was_written_that_is_nonsense_is_a_breach) {
  for (const std::uint64_t ahead : {std::uint64_t{lane::kRingCells} + 1, ~std::uint64_t{0} / 2, ~std::uint64_t{0}}) {
    auto pair = LanePair::greeted();
    Scribble page(pair.coordinator);
    page.header().tail.fetch_add(ahead);
    EXPECT_NE(breach(pair).find("nonsense"), std::string::npos) << ahead;
  }
}

TEST(HostileWorker, w16_an_index_of_what_was_read_that_is_nonsense_is_a_breach) {
  for (const std::uint64_t head : {std::uint64_t{1} << 40, ~std::uint64_t{0}}) {
    auto pair = LanePair::greeted();
    Scribble page(pair.coordinator);
    page.header().head.store(head);
    for (std::uint32_t n = 0; n < 30; ++n)
      pair.coordinator.send(a_start(n, 100'000));  // it is looked at when the ring is full
    pair.coordinator.flush();
    EXPECT_NE(breach(pair).find("nonsense"), std::string::npos);
  }
}

TEST(HostileWorker, w16_words_about_attempts_that_are_not_in_flight_are_a_breach) {
  const lane::Up words[] = {lane::up::Started{{{1, 5, 0}, 1}, 0, {}}, lane::up::Ready{{{1, 5, 0}, 1}},
                            lane::up::Finished{{{1, 5, 0}, 1}, {}},
                            lane::up::FinishedMany{{}, {{{{1, 5, 0}, 1}, 0, 0, {}}}}};
  for (const auto& word : words) {
    auto pair = LanePair::greeted();
    pair.worker.send(word);
    pair.worker.flush();
    EXPECT_NE(breach(pair).find("not in flight"), std::string::npos);
  }
}

TEST(HostileWorker, w16_a_second_start_or_end_of_an_attempt_is_a_breach) {
  for (const lane::Up& word :
       {lane::Up{lane::up::Started{{{1, 5, 0}, 1}, 0, {}}}, lane::Up{lane::up::Finished{{{1, 5, 0}, 1}, {}}}}) {
    auto pair = LanePair::greeted();
    pair.coordinator.send(a_start(5));
    pair.worker.send(word);
    pair.worker.send(word);
    pair.worker.flush();
    lane::Up m;
    ASSERT_TRUE(*pair.coordinator.receive(m));
    EXPECT_NE(breach(pair), "no breach");
  }
}

TEST(HostileWorker, w16_a_word_about_many_ends_that_names_one_twice_or_none_is_a_breach) {
  const lane::up::FinishedMany::End end{{{1, 5, 0}, 1}, std::numeric_limits<std::int64_t>::max(), -1, {}};
  for (const auto& word : {lane::up::FinishedMany{}, lane::up::FinishedMany{{}, {end, end}}}) {
    auto pair = LanePair::greeted();
    pair.coordinator.send(a_start(5));
    pair.worker.send(word);
    pair.worker.flush();
    EXPECT_NE(breach(pair), "no breach");
  }
}

TEST(Lane, many_plain_ends_in_one_word_come_as_a_start_and_an_end_each) {
  auto pair = LanePair::greeted();
  pair.coordinator.send(a_start(5));
  pair.coordinator.send(a_start(6));
  pair.worker.send(lane::up::Started{{{1, 6, 0}, 1}, 0, Instant{1000}});
  pair.worker.send(lane::up::FinishedMany{Instant{1000}, {{{{1, 6, 0}, 1}, 0, 7, {}}, {{{1, 5, 0}, 1}, 50, 9, {}}}});
  pair.worker.flush();
  std::vector<std::string> told;
  for (lane::Up m; *pair.coordinator.receive(m);) {
    if (const auto* s = std::get_if<lane::up::Started>(&m))
      told.push_back("start " + std::to_string(s->attempt.task.job) + " " + std::to_string(s->at.ns));
    if (const auto* f = std::get_if<lane::up::Finished>(&m))
      told.push_back("end " + std::to_string(f->attempt.task.job) + " " + std::to_string(f->report.ended.ns));
  }
  EXPECT_EQ(told, (std::vector<std::string>{"start 6 1000", "end 6 1007", "start 5 1050", "end 5 1059"}));
  EXPECT_EQ(pair.coordinator.in_flight(), 0u);
}

TEST(HostileWorker, the_first_word_is_a_hello_of_the_right_worker_and_there_is_only_one) {
  const lane::Up wrong[] = {lane::up::Note{std::nullopt, "hi"}, lane::up::Hello{lane::kProtocol, {2, 8}, 1, {}},
                            lane::up::Hello{lane::kProtocol + 1, LanePair::kWorker, 1, {}}};
  for (const auto& word : wrong) {
    LanePair pair;
    pair.worker.send(word);
    pair.worker.flush();
    EXPECT_NE(breach(pair), "no breach");
  }
  auto pair = LanePair::greeted();
  pair.worker.send(lane::up::Hello{lane::kProtocol, LanePair::kWorker, 1, {}});
  pair.worker.flush();
  EXPECT_NE(breach(pair), "no breach");
}

TEST(HostileWorker, s01_a_header_that_is_not_what_it_must_be_is_refused_field_by_field) {
  const std::function<void(lane::Identity&)> changes[] = {
      [](auto& i) { i.magic ^= 1; },         [](auto& i) { i.layout += 1; },     [](auto& i) { i.kind = 1; },
      [](auto& i) { i.region_bytes *= 2; },  [](auto& i) { i.ring_offset = 0; }, [](auto& i) { i.ring_cells *= 2; },
      [](auto& i) { i.slots_offset = 0; },   [](auto& i) { i.slots += 1; },      [](auto& i) { i.ledger_offset += 64; },
      [](auto& i) { i.ledger_entries = 1; }, [](auto& i) { i.seat += 1; },       [](auto& i) { i.generation -= 1; }};
  for (const auto& change : changes) {
    LanePair pair;
    Scribble page(pair.coordinator);
    change(page.header().identity);
    pair.worker.send(lane::up::Hello{lane::kProtocol, LanePair::kWorker, 1, {}});
    pair.worker.flush();
    EXPECT_NE(breach(pair).find("the other side's"), std::string::npos);
  }
}

TEST(HostileWorker, blame_that_is_nonsense_is_left_out) {
  auto pair = LanePair::greeted();
  Scribble page(pair.coordinator);
  pair.coordinator.send(a_start(4));
  page.entry(0).job = 4, page.entry(0).run = 1, page.entry(0).number = 1;   // true
  page.entry(1).job = 77, page.entry(1).run = 9, page.entry(1).number = 3;  // never sent here
  page.entry(lane::kLedgerEntries - 1).number = 0xffffffff;
  page.slot(0).signal = 11, page.slot(0).running = lane::kLedgerEntries + 1;  // past the ledger
  page.slot(1).signal = 4711, page.slot(1).running = 1;                       // no signal
  page.slot(2).signal = 11, page.slot(2).running = 3;                         // a free entry
  EXPECT_EQ(pair.coordinator.begun(), (std::vector<AttemptId>{{{1, 4, 0}, 1}}));
  EXPECT_FALSE(pair.coordinator.guilty());
  page.slot(lane::kSlots - 1).signal = 11, page.slot(lane::kSlots - 1).running = 1;
  EXPECT_EQ(pair.coordinator.guilty(), (lane::Guilty{{{1, 4, 0}, 1}, 11}));
}

TEST(HostileWorker, w16_random_bytes_anywhere_in_its_region_are_survived) {
  for (std::uint32_t seed = 1; seed <= 400; ++seed) {
    std::mt19937_64 random(seed);
    auto pair = LanePair::greeted();
    Scribble page(pair.coordinator);
    for (std::uint32_t n = 0; n < 20; ++n) pair.coordinator.send(a_start(n));
    for (int i = 0; i < 50; ++i) pair.worker.send(lane::up::Note{std::nullopt, std::string(random() % 900, 'x')});
    pair.worker.flush();
    const bool near = random() % 2;  // around the header and the frames that are about to be read
    for (int i = 0; i < 40; ++i) {
      const auto in_ring = lane::kRingOffsetB + random() % 20'000;
      page.all()[near ? (i % 4 ? in_ring : 64 + random() % 200) : random() % lane::kRegionBytesB] =
          static_cast<std::byte>(random());
    }
    lane::Up m;
    int taken = 0;
    for (auto got = pair.coordinator.receive(m); got && *got; got = pair.coordinator.receive(m)) ++taken;
    EXPECT_LE(taken, 51) << "seed " << seed;
    pair.coordinator.begun();
    pair.coordinator.guilty();
    pair.coordinator.flush();
  }
}

}  // namespace
}  // namespace rota
