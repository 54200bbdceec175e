// Captured output read back: one attempt by its range, a whole run in order of time, and what comes while one looks.
#include "scheduler/store/output.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <thread>

#include "scheduler/store/instances.h"
#include "tests/support/scratch.h"

namespace rota::store {
namespace {

using output::Stream;
using test::Scratch;

/// An instance directory with segments that are written here.
class Instance {
 public:
  Instance() { std::filesystem::create_directory(output_directory(scratch_.path())); }
  std::string path() const { return scratch_.path(); }
  std::string segment_path(std::uint32_t number) const {
    return output_directory(path()) + "/" + output::segment_file_name(number);
  }
  output::SegmentWriter& segment(std::uint32_t number) {
    auto& writer = writers_[number];
    if (!writer) writer = std::make_unique<output::SegmentWriter>(number, segment_path(number));
    return *writer;
  }
  output::SegmentWriter::Place write(std::uint32_t number, AttemptId attempt, std::string_view text) {
    return segment(number).append(attempt, Stream::out, text).value();
  }

 private:
  Scratch scratch_;
  std::map<std::uint32_t, std::unique_ptr<output::SegmentWriter>> writers_;
};

AttemptId attempt(JobIndex job, std::uint32_t number = 1) { return {{9, job, 0}, number}; }

/// A sink that writes down "job:text ".
struct Notes {
  std::string text;
  OutputSink sink() {
    return [this](const output::Chunk& chunk) {
      EXPECT_EQ(chunk.task.run, 9u);
      text += std::to_string(chunk.task.job) + ":" + std::string(chunk.bytes) + " ";
      return true;
    };
  }
};

TEST(Output, the_chunks_of_one_attempt_are_found_between_those_of_others) {
  Instance instance;
  OutputRef range{1, 0, 0, 4, 0};
  range.first = instance.write(1, attempt(0), "ab").first;
  instance.write(1, attempt(1), "other");
  instance.write(1, attempt(0, 2), "later");
  range.last = instance.write(1, attempt(0), "cd").end;
  std::string text;
  const auto done = read_output(instance.path(), attempt(0), range, [&](const output::Chunk& chunk) {
    text += chunk.bytes;
    return true;
  });
  ASSERT_TRUE(done) << to_text(done.error());
  EXPECT_EQ(text, "abcd");
}

TEST(Output, an_attempt_that_wrote_nothing_needs_no_segment) {
  Instance instance;
  EXPECT_TRUE(read_output(instance.path(), attempt(0), {}, [](const output::Chunk&) { return true; }));
}

TEST(Output, a_segment_that_is_gone_is_named) {
  Instance instance;
  const auto done =
      read_output(instance.path(), attempt(0), {3, 0, 50, 10, 0}, [](const output::Chunk&) { return true; });
  ASSERT_FALSE(done);
  EXPECT_NE(to_text(done.error()).find(instance.segment_path(3)), std::string::npos) << to_text(done.error());
}

TEST(Output, chunks_of_several_segments_come_in_order_of_time) {
  Instance instance;
  for (int i = 0; i < 6; ++i) instance.write(1 + i % 3, attempt(i % 3), std::to_string(i));
  OutputFollower follower(instance.path(), 9);
  Notes notes;
  EXPECT_TRUE(follower.poll(notes.sink()).value());
  EXPECT_EQ(notes.text, "0:0 1:1 2:2 0:3 1:4 2:5 ");
}

TEST(Output, asking_again_gives_what_came_since_also_in_new_segments) {
  Instance instance;
  OutputFollower follower(instance.path(), 9);
  Notes notes;
  EXPECT_TRUE(follower.poll(notes.sink()).value());
  EXPECT_EQ(notes.text, "");
  instance.write(1, attempt(0), "a");
  EXPECT_TRUE(follower.poll(notes.sink()).value());
  instance.write(1, attempt(0), "b");
  instance.write(2, attempt(1), "c");
  EXPECT_TRUE(follower.poll(notes.sink()).value());
  EXPECT_TRUE(follower.poll(notes.sink()).value());
  EXPECT_EQ(notes.text, "0:a 0:b 1:c ");
}

TEST(Output, a_sink_that_has_enough_stops_the_reading_and_can_go_on_later) {
  Instance instance;
  for (const char* text : {"a", "b", "c"}) instance.write(1, attempt(0), text);
  OutputFollower follower(instance.path(), 9);
  int seen = 0;
  EXPECT_FALSE(follower.poll([&](const output::Chunk&) { return ++seen < 2; }).value());
  EXPECT_EQ(seen, 2);
  Notes notes;
  EXPECT_TRUE(follower.poll(notes.sink()).value());
  EXPECT_EQ(notes.text, "0:c ");
}

TEST(Output, a_chunk_that_is_half_written_comes_when_it_is_whole) {
  Instance instance;
  instance.write(1, attempt(0), "first");
  instance.write(1, attempt(0), "second");
  const auto bytes = test::slurp(instance.segment_path(1));
  std::ofstream(instance.segment_path(1), std::ios::binary | std::ios::trunc) << bytes.substr(0, bytes.size() - 3);
  OutputFollower follower(instance.path(), 9);
  Notes notes;
  EXPECT_TRUE(follower.poll(notes.sink()).value());
  EXPECT_EQ(notes.text, "0:first ");
  std::ofstream(instance.segment_path(1), std::ios::binary | std::ios::app) << bytes.substr(bytes.size() - 3);
  EXPECT_TRUE(follower.poll(notes.sink()).value());
  EXPECT_EQ(notes.text, "0:first 0:second ");
}

TEST(Output, a_damaged_segment_is_told_once_and_hides_no_other) {
  Instance instance;
  instance.write(1, attempt(0), "one");
  instance.write(1, attempt(0), "two");
  instance.write(2, attempt(1), "three");
  auto bytes = test::slurp(instance.segment_path(1));
  bytes[bytes.find("one")] = 'X';
  std::ofstream(instance.segment_path(1), std::ios::binary | std::ios::trunc) << bytes;
  OutputFollower follower(instance.path(), 9);
  Notes notes;
  const auto first = follower.poll(notes.sink());
  ASSERT_FALSE(first);
  EXPECT_EQ(first.error().code, Code::corrupt);
  EXPECT_EQ(notes.text, "1:three ");
  EXPECT_TRUE(follower.poll(notes.sink()));
}

TEST(Output, waiting_ends_when_something_was_written) {
  Instance instance;
  OutputFollower follower(instance.path(), 9);
  Notes notes;
  ASSERT_TRUE(follower.poll(notes.sink()));
  std::thread writer([&] { instance.write(1, attempt(0), "news"); });
  while (notes.text.empty() && follower.wait(std::chrono::seconds(30)).value())
    ASSERT_TRUE(follower.poll(notes.sink()));
  writer.join();
  EXPECT_EQ(notes.text, "0:news ");
}

TEST(Output, waiting_in_vain_ends_as_well) {
  Instance instance;
  OutputFollower follower(instance.path(), 9);
  EXPECT_FALSE(follower.wait(std::chrono::milliseconds(1)).value());
}

TEST(Output, a_run_whose_directory_is_gone_has_no_output) {
  OutputFollower follower("/nowhere/at/all", 9);
  Notes notes;
  EXPECT_TRUE(follower.poll(notes.sink()).value());
  EXPECT_TRUE(follower.wait(std::chrono::milliseconds(1)).value()) << "blind, so one may look again";
}

}  // namespace
}  // namespace rota::store
