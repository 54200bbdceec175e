// Locks of files as others see them.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "shared/posix/fd.h"
#include "tests/support/scratch.h"

namespace rota::posix {
namespace {

TEST(Lock, is_seen_by_others_and_a_fifo_in_its_place_holds_up_nobody) {
  const test::Scratch scratch;
  const auto path = scratch.path("lock");
  EXPECT_FALSE(is_locked(path).value()) << "not there";
  const auto file = open_file(path, O_RDWR | O_CREAT, 0600);
  EXPECT_FALSE(is_locked(path).value());
  ASSERT_TRUE(try_lock(file->get()).value());
  EXPECT_TRUE(is_locked(path).value());
  const auto fifo = scratch.path("fifo");
  ASSERT_EQ(::mkfifo(fifo.c_str(), 0600), 0);
  const auto locked = is_locked(fifo);
  EXPECT_TRUE(!locked || !*locked);
}

}  // namespace
}  // namespace rota::posix
