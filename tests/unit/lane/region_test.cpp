// Sealed regions: who can write, who can resize, and what a refusal is called.
#include "shared/lane/region.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cerrno>

#include "tests/support/lane_pair.h"
#include "tests/support/scratch.h"

namespace rota::lane {
namespace {

constexpr std::size_t kBytes = 64 << 10;

TEST(Region, s02_nobody_can_shrink_or_grow_a_region_once_it_is_made) {
  const auto own = Region::create_own("test", kBytes);
  const auto peers = Region::create_for_peer("test", kBytes);
  for (const int fd : {own->fd(), peers->fd()}) {
    EXPECT_EQ(::ftruncate(fd, 0), -1);
    EXPECT_EQ(errno, EPERM);
    EXPECT_EQ(::ftruncate(fd, 2 * kBytes), -1);
    EXPECT_EQ(errno, EPERM);
    EXPECT_EQ(::fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE), -1) << "the seals themselves are sealed";
  }
}

TEST(Region, the_creator_s_own_region_can_never_be_mapped_or_written_again) {
  const auto own = Region::create_own("test", kBytes);
  EXPECT_EQ(::mmap(nullptr, kBytes, PROT_READ | PROT_WRITE, MAP_SHARED, own->fd(), 0), MAP_FAILED);
  EXPECT_EQ(::pwrite(own->fd(), "x", 1, 0), -1);
  void* read_only = ::mmap(nullptr, kBytes, PROT_READ, MAP_SHARED, own->fd(), 0);
  ASSERT_NE(read_only, MAP_FAILED);
  EXPECT_EQ(::mprotect(read_only, kBytes, PROT_READ | PROT_WRITE), -1);
  ::munmap(read_only, kBytes);
  const auto again = posix::open_file("/proc/self/fd/" + std::to_string(own->fd()), O_RDWR);
  if (again) {
    EXPECT_EQ(::mmap(nullptr, kBytes, PROT_READ | PROT_WRITE, MAP_SHARED, again->get(), 0), MAP_FAILED);
  }
  own->bytes()[0] = std::byte{1};  // but the creator's mapping goes on writing
}

TEST(Region, both_sides_see_one_memory) {
  auto own = Region::create_own("test", kBytes);
  auto peers = Region::attach_peers(posix::Fd(::dup(own->fd())), kBytes);
  ASSERT_TRUE(peers) << to_text(peers.error());
  own->bytes()[kBytes - 1] = std::byte{42};
  EXPECT_EQ(peers->bytes()[kBytes - 1], std::byte{42});
}

TEST(Region, s01_a_descriptor_of_another_size_or_other_seals_is_refused) {
  const auto own = Region::create_own("test", kBytes);
  const auto peers = Region::create_for_peer("test", kBytes);
  EXPECT_EQ(Region::attach_peers(posix::Fd(::dup(own->fd())), 2 * kBytes).error().code, Code::corrupt);
  EXPECT_EQ(Region::attach_peers(posix::Fd(::dup(peers->fd())), kBytes).error().code, Code::corrupt);
  EXPECT_EQ(Region::attach_own(posix::Fd(::dup(own->fd())), kBytes).error().code, Code::corrupt);
  auto bare = posix::make_memfd("bare", true);
  ASSERT_EQ(::ftruncate(bare->get(), kBytes), 0);
  EXPECT_EQ(Region::attach_own(std::move(*bare), kBytes).error().code, Code::corrupt);
  EXPECT_FALSE(Region::attach_own(posix::Fd(::open("/dev/null", O_RDWR | O_CLOEXEC)), kBytes));
}

TEST(Region, s03_no_room_is_an_error_with_its_name_and_neither_a_signal_nor_a_leak) {
  const int before = test::open_descriptors();
  rlimit old{};
  ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &old), 0);
  const rlimit tight{4096, old.rlim_max};
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &tight), 0);
  const auto region = Region::create_own("test", kBytes);
  const auto end = CoordinatorEnd::create({1, 1}, 1);
  ::setrlimit(RLIMIT_FSIZE, &old);
  ASSERT_FALSE(region);
  EXPECT_EQ(region.error().os_errno, EFBIG);
  ASSERT_FALSE(end);
  EXPECT_EQ(end.error().os_errno, EFBIG);
  EXPECT_EQ(test::open_descriptors(), before);
}

TEST(Region, o02_no_descriptors_left_is_an_error_at_each_step_and_leaks_none) {
  rlimit old{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &old), 0);
  const int before = test::open_descriptors();
  for (rlim_t room = 0; room < 4; ++room) {  // two regions and two bells
    posix::Fd lowest(::dup(0));
    const auto next = static_cast<rlim_t>(lowest.get());
    lowest.reset();
    const rlimit tight{next + room, old.rlim_max};
    ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &tight), 0);
    const auto end = CoordinatorEnd::create({1, 1}, 1);
    ::setrlimit(RLIMIT_NOFILE, &old);
    ASSERT_FALSE(end) << room;
    EXPECT_EQ(end.error().os_errno, EMFILE);
    EXPECT_EQ(test::open_descriptors(), before);
  }
}

TEST(Region, s04_nothing_is_left_in_dev_shm) {
  const auto pair = test::LanePair::greeted();
  EXPECT_EQ(test::slurp("/proc/self/maps").find("/dev/shm"), std::string::npos);
}

TEST(WorkerEnd, s01_another_worker_s_or_another_build_s_region_is_refused_at_attach) {
  const auto end = CoordinatorEnd::create({5, 1}, 1);
  const auto wrong_seat = WorkerEnd::attach({6, 1}, test::duplicates(*end));
  ASSERT_FALSE(wrong_seat);
  EXPECT_EQ(wrong_seat.error().code, Code::corrupt);
  EXPECT_FALSE(WorkerEnd::attach({5, 2}, test::duplicates(*end)));
  auto swapped = test::duplicates(*end);
  std::swap(swapped.lane_to_worker, swapped.lane_to_coordinator);
  EXPECT_FALSE(WorkerEnd::attach({5, 1}, std::move(swapped)));
  EXPECT_TRUE(WorkerEnd::attach({5, 1}, test::duplicates(*end)));
}

TEST(CoordinatorEnd, too_many_threads_are_refused_and_the_most_are_taken) {
  EXPECT_TRUE(CoordinatorEnd::create({1, 1}, limits::kThreadSlots));
  EXPECT_EQ(CoordinatorEnd::create({1, 1}, limits::kThreadSlots + 1).error().code, Code::refused);
}

}  // namespace
}  // namespace rota::lane
