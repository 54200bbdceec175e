// A writer that is killed, or whose disk fails: what it acknowledged is there, what it had not is there whole or not at
// all, and whoever looks before the next writer comes sees the same and changes nothing.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <random>

#include "scheduler/store/journal.h"
#include "scheduler/store/schema.h"
#include "tests/journal_writer/records.h"
#include "tests/journal_writer/steps.h"
#include "tests/store/writer.h"
#include "tests/support/scratch.h"

namespace rota::store {
namespace {

using test::content_after;
using test::Scratch;
using test::WriterProcess;

Result<test::Content> content_of(const std::string& directory) {
  auto journal = open_journal(directory);
  if (!journal) return journal.error();
  test::Content out;
  std::vector<core::Record> records;
  if (auto s = (*journal)->replay([&](const core::Record& r) { records.push_back(r); }); !s) return s.error();
  out.facts = test::bytes_of(records);
  journal->reset();
  auto reader = open_reader(directory);
  if (!reader) return reader.error();
  for (RunId run = 1; run <= 3; ++run) {
    auto view = (*reader)->view(run);
    if (!view && view.error().code != Code::not_found) return view.error();
    if (view && view->jobs.size() == 40) ++out.folded;
  }
  return out;
}

/// Every file with its bytes.
std::map<std::string, std::string> files_of(const std::string& directory) {
  std::map<std::string, std::string> out;
  for (const auto& entry : std::filesystem::directory_iterator(directory))
    out[entry.path().filename()] = test::slurp(entry.path());
  return out;
}

/// A reader sees the folded runs and leaves every byte as it is. (No journal yet is fine.)
void expect_a_reader_to_change_nothing(const std::string& directory) {
  const auto before = files_of(directory);
  if (auto reader = open_reader(directory)) {
    const auto runs = (*reader)->summaries(0);
    EXPECT_TRUE(runs) << (runs ? "" : to_text(runs.error()));
  }
  EXPECT_EQ(files_of(directory), before);
}

void expect_what_was_acked(const std::string& directory, std::size_t acked) {
  expect_a_reader_to_change_nothing(directory);
  const auto content = content_of(directory);
  ASSERT_TRUE(content) << to_text(content.error());
  EXPECT_TRUE(*content == content_after(acked) || *content == content_after(acked + 1))
      << "acked " << acked << ", found " << content->facts.size() << " bytes and " << content->folded << " runs";
}

/// Runs the steps with a fault at every operation in turn; returns how many operations there are.
int for_each_operation(const std::string& fault,
                       const std::function<void(const std::string&, WriterProcess::Ended)>& check) {
  for (int n = 1;; ++n) {
    SCOPED_TRACE(fault + ":" + std::to_string(n));
    Scratch scratch;
    auto ended = WriterProcess("steps", scratch.path(), fault + ":" + std::to_string(n)).finish();
    const bool clean =
        !ended.lines.empty() && ended.lines.back() == "closed" && ended.ending.kind == Ending::Kind::exited;
    check(scratch.path(), std::move(ended));
    if (clean || testing::Test::HasFailure()) return n;
  }
}

TEST(Crash, d01_a_writer_killed_before_any_operation_loses_nothing_that_it_acked) {
  const int operations =
      for_each_operation("kill", [](const std::string& directory, const WriterProcess::Ended& ended) {
        expect_what_was_acked(directory, test::last_acked(ended.lines));
      });
  EXPECT_GT(operations, 30);
}

TEST(Crash, d01_a_writer_killed_in_the_middle_of_any_write_loses_nothing_that_it_acked) {
  for_each_operation("torn", [](const std::string& directory, const WriterProcess::Ended& ended) {
    expect_what_was_acked(directory, test::last_acked(ended.lines));
  });
}

/// The failing commit is an error, the next one is refused with the same words, and what was acked is there.
void expect_a_final_error(const std::string& directory, const WriterProcess::Ended& ended,
                          const std::vector<std::string>& causes) {
  const auto acked = test::last_acked(ended.lines);
  if (ended.lines.size() == acked + 2 && acked < test::kSteps) {
    EXPECT_EQ(ended.lines[acked], ended.lines[acked + 1]);
    EXPECT_NE(ended.lines[acked].find("storage failed"), std::string::npos) << ended.lines[acked];
    EXPECT_TRUE(std::any_of(causes.begin(), causes.end(), [&](const auto& cause) {
      return ended.lines[acked].find(cause) != std::string::npos;
    })) << ended.lines[acked];
    EXPECT_NE(ended.lines[acked].find(journal_path(directory)), std::string::npos) << ended.lines[acked];
  } else if (acked == 0 && ended.lines.size() == 1) {
    EXPECT_EQ(ended.lines[0].find("error: " + directory), 0u) << ended.lines[0];  // it could not even be opened
  } else {
    EXPECT_EQ(ended.lines.back(), "closed");  // the disk failed after the last commit
  }
  expect_what_was_acked(directory, acked);
}

TEST(Crash, d05_an_io_error_is_final_and_loses_nothing_that_was_acked) {
  for_each_operation("eio", [](const std::string& directory, const WriterProcess::Ended& ended) {
    expect_a_final_error(directory, ended, {"Input/output error"});
  });
}

TEST(Crash, d04_a_full_disk_is_final_and_loses_nothing_that_was_acked) {
  for_each_operation("enospc", [](const std::string& directory, const WriterProcess::Ended& ended) {
    expect_a_final_error(directory, ended, {"full", "No space left on device"});
  });
}

/// The numbers of the turns, when each is whole and in its place.
std::optional<std::size_t> whole_turns(Journal& journal) {
  std::vector<core::Record> records;
  if (!journal.replay([&](const core::Record& r) { records.push_back(r); })) return std::nullopt;
  std::string expected;
  std::size_t turns = 0;
  const auto found = test::bytes_of(records);
  while (expected.size() < found.size())
    expected += test::bytes_of(test::numbered_turn(static_cast<std::uint32_t>(turns++)));
  return expected == found ? std::optional(turns) : std::nullopt;
}

TEST(Crash, d01_kills_at_random_moments_lose_nothing_that_was_acked) {
  const auto seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random(seed);
  for (int round = 0; round < 40; ++round) {
    Scratch scratch;
    WriterProcess writer("forever", scratch.path());
    std::size_t acked = 0;
    for (auto wait = random() % 200; wait > 0; --wait) {
      if (writer.line()) ++acked;
    }
    writer.kill();
    acked = std::max(acked, test::last_acked(writer.finish().lines));
    expect_a_reader_to_change_nothing(scratch.path());
    auto journal = open_journal(scratch.path());
    ASSERT_TRUE(journal) << to_text(journal.error());
    const auto turns = whole_turns(**journal);
    ASSERT_TRUE(turns);
    EXPECT_TRUE(*turns == acked || *turns == acked + 1) << "acked " << acked << ", found " << *turns;
  }
}

}  // namespace
}  // namespace rota::store
