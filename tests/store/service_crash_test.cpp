// A service that is killed at any operation: what it acknowledged is there once, what it had not is there once or not
// at all, nothing that was pruned comes back, and no output is left of it or missing.
#include <gtest/gtest.h>

#include <filesystem>

#include "scheduler/store/events.h"
#include "scheduler/store/instances.h"
#include "scheduler/store/journal.h"
#include "shared/wire/codec.h"
#include "tests/journal_writer/service_steps.h"
#include "tests/store/writer.h"
#include "tests/support/scratch.h"

namespace rota::store {
namespace {

namespace fs = std::filesystem;
using test::Scratch;
using test::ServiceContent;
using test::WriterProcess;

constexpr RunId kRuns = 4;
constexpr int kShares = 4;

std::string key_of(RunId run) { return "key-" + std::to_string(run); }

/// All but the events.
ServiceContent content_of(Journal& journal) {
  ServiceContent out;
  std::vector<core::Record> records;
  const auto replayed = journal.replay([&](const core::Record& r) { records.push_back(r); });
  EXPECT_TRUE(replayed) << (replayed ? "" : to_text(replayed.error()));
  out.facts = test::bytes_of(records);
  for (const auto& record : records) {
    if (const auto* s = std::get_if<core::record::Submitted>(&record.fact)) out.open.insert(s->run);
  }
  for (RunId run = 1; run <= kRuns; ++run) {
    if (const auto known = journal.find_key(key_of(run), {})) out.keys[key_of(run)] = *known;
    const auto view = journal.view(run);
    if (!view) continue;
    EXPECT_EQ(view->jobs.size(), 40u);
    out.folded.insert(run);
    const auto submission = journal.submission(run);
    EXPECT_TRUE(submission) << run;
    if (!submission) continue;
    auto bytes = wire::encoded(submission->plan);
    wire::encode(bytes, submission->terms);
    EXPECT_EQ(bytes, test::submission_bytes(run)) << run;
  }
  return out;
}

bool same(const ServiceContent& a, const ServiceContent& b) {
  return a.facts == b.facts && a.open == b.open && a.folded == b.folded && a.keys == b.keys;
}

/// The facts that can be told are the newest of all that were, each under its own number.
bool tells(const std::string& directory, const ServiceContent& expected) {
  auto reader = EventReader::open(directory);
  if (!reader) return expected.events.empty();
  const auto batch = reader->read(1, 0);
  EXPECT_TRUE(batch) << (batch ? "" : to_text(batch.error()));
  if (!batch || batch->next != expected.events.size() + 1) return false;
  EXPECT_EQ(batch->missing + batch->facts.size(), expected.events.size());
  for (const auto& fact : batch->facts) {
    if (wire::encoded(fact.fact) != expected.events[fact.number - 1]) return false;
  }
  return true;
}

/// Every run that is known has its output, and nothing else is there.
void expect_output_of(const std::string& directory, const ServiceContent& content) {
  std::set<std::string> expected, found;
  for (const auto& runs : {content.open, content.folded}) {
    for (const RunId run : runs) {
      expected.insert(std::to_string(run));
      EXPECT_EQ(test::slurp(output_directory(directory, run) + "/0.seg"), test::output_of(run));
    }
  }
  for (const auto& entry : fs::directory_iterator(output_directory(directory))) found.insert(entry.path().filename());
  EXPECT_EQ(found, expected);
}

void expect_what_was_acked(const std::string& root, std::size_t acked) {
  const auto before = test::service_content_after(acked), after = test::service_content_after(acked + 1);
  const auto directory = service_directory(root);
  const bool told_before = tells(directory, before), told_after = tells(directory, after);
  EXPECT_TRUE(told_before || told_after) << "acked " << acked;

  const auto instance = open_service_instance(root);
  ASSERT_TRUE(instance) << to_text(instance.error());
  auto journal = test::open_steps_journal(directory);
  ASSERT_TRUE(journal) << to_text(journal.error());
  const auto content = content_of(**journal);
  const bool is_before = same(content, before), is_after = same(content, after);
  ASSERT_TRUE(is_before || is_after) << "acked " << acked;
  EXPECT_TRUE((is_before && told_before) || (is_after && told_after)) << "events and runs are not of one moment";

  // The next prune finishes what was begun; a second one finds nothing to do.
  for (int i = 0; i < 2; ++i) {
    const auto pruned = (*journal)->prune({.keep_runs = 100});
    ASSERT_TRUE(pruned) << to_text(pruned.error());
    EXPECT_TRUE(pruned->runs.empty());
    ASSERT_TRUE(remove_set_aside(directory));
    expect_output_of(directory, content);
  }
}

/// Every fourth operation, from `first` on, so that one test takes its share of the time.
void each_operation(const std::string& fault, int first) {
  int operation = first;
  for (bool clean = false; !clean && !testing::Test::HasFailure(); operation += kShares) {
    const auto text = fault + ":" + std::to_string(operation);
    SCOPED_TRACE(text);
    Scratch scratch;
    const auto ended = WriterProcess("service-steps", scratch.path(), text).finish();
    clean = !ended.lines.empty() && ended.lines.back() == "closed" && ended.ending.kind == Ending::Kind::exited;
    ASSERT_TRUE(clean || ended.ending.kind == Ending::Kind::signalled) << ended.lines.back();
    expect_what_was_acked(scratch.path(), test::last_acked(ended.lines));
  }
  EXPECT_GT(operation, 200);
}

class ServiceCrashes : public testing::TestWithParam<int> {};

TEST_P(ServiceCrashes, d01_k01_k02_k14_a_service_killed_before_any_operation_keeps_each_submission_once) {
  each_operation("kill", GetParam());
}

TEST_P(ServiceCrashes, d01_k01_k02_k14_a_service_killed_in_the_middle_of_any_write_keeps_each_submission_once) {
  each_operation("torn", GetParam());
}

INSTANTIATE_TEST_SUITE_P(Shares, ServiceCrashes, testing::Range(1, 1 + kShares));

TEST(ServiceCrash, d01_a_fact_keeps_its_number_over_kills_and_snapshots) {
  Scratch scratch;
  const auto directory = service_directory(scratch.path());
  std::vector<std::string> followed;  // by one who resumes by number
  for (int life = 0; life < 15; ++life) {
    WriterProcess writer("service-forever", scratch.path());
    for (int turn = 0; turn < 7 + life * 5; ++turn) ASSERT_TRUE(writer.line());
    writer.kill();
    writer.finish();
    auto reader = EventReader::open(directory).value();
    for (;;) {
      const auto batch = reader.read(followed.size() + 1, 50);
      ASSERT_TRUE(batch) << to_text(batch.error());
      EXPECT_EQ(batch->missing, 0u);
      if (batch->facts.empty()) break;
      for (const auto& fact : batch->facts) {
        ASSERT_EQ(fact.number, followed.size() + 1);
        followed.push_back(wire::encoded(fact.fact));
      }
    }
  }
  const auto all = EventReader::open(directory).value().read(1, 0);
  ASSERT_TRUE(all) << to_text(all.error());
  ASSERT_EQ(all->facts.size(), followed.size());
  for (std::size_t i = 0; i < followed.size(); ++i) EXPECT_EQ(wire::encoded(all->facts[i].fact), followed[i]) << i;
}

}  // namespace
}  // namespace rota::store
