// Y5: reading a job file from the disk never hangs and never takes what is not a file.
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>

#include "jobs/read/load.h"
#include "shared/limits.h"
#include "tests/support/temp_dir.h"

namespace rota::jobs {
namespace {

class JobFileOnDisk : public ::testing::Test {
 protected:
  std::string path(const std::string& name) const { return directory_.file(name); }
  static std::string error(const std::string& path) {
    const auto source = read_job_file(path);
    return source ? "" : to_text(source.error());
  }

 private:
  rota::test::TempDir directory_;
};

TEST_F(JobFileOnDisk, is_read_whole) {
  std::ofstream(path("f.yaml")) << "jobs: {}\n";
  const auto source = read_job_file(path("f.yaml"));
  ASSERT_TRUE(source);
  EXPECT_EQ(source->bytes, "jobs: {}\n");
  EXPECT_EQ(source->path, path("f.yaml"));
}

TEST_F(JobFileOnDisk, y05_that_is_missing_is_said_to_be) {
  const auto source = read_job_file(path("none.yaml"));
  ASSERT_FALSE(source);
  EXPECT_EQ(source.error().code, Code::invalid);
  EXPECT_NE(to_text(source.error()).find("none.yaml"), std::string::npos);
  EXPECT_NE(to_text(source.error()).find("No such file"), std::string::npos);
}

TEST_F(JobFileOnDisk, y05_that_is_a_directory_or_a_device_is_refused) {
  EXPECT_NE(error(path("")).find("this is a directory"), std::string::npos);
  EXPECT_NE(error("/dev/null").find("this is a device"), std::string::npos);
}

TEST_F(JobFileOnDisk, y05_that_is_a_fifo_is_refused_without_waiting_for_a_writer) {
  ASSERT_EQ(mkfifo(path("fifo").c_str(), 0600), 0);
  EXPECT_NE(error(path("fifo")).find("this is a FIFO"), std::string::npos);
}

TEST_F(JobFileOnDisk, y05_that_is_one_byte_too_large_is_refused_unread) {
  std::ofstream(path("large")).close();
  std::filesystem::resize_file(path("large"), limits::kJobFileBytes + 1);  // sparse
  EXPECT_NE(error(path("large")).find("job_file_bytes"), std::string::npos);
  std::filesystem::resize_file(path("large"), limits::kJobFileBytes);
  EXPECT_EQ(error(path("large")), "");
}

}  // namespace
}  // namespace rota::jobs
