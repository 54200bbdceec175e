// Looking up a host never takes longer than it may, whatever the system does.
#include "scheduler/daemon/resolve.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <atomic>
#include <memory>

#include "shared/posix/fd.h"
#include "tests/support/eventually.h"

namespace rota::daemon {
namespace {

using namespace std::chrono_literals;

/// A lookup that does not come back before it is let go.
struct Hanging {
  std::shared_ptr<std::atomic<bool>> go = std::make_shared<std::atomic<bool>>(false);
  std::shared_ptr<std::atomic<int>> back = std::make_shared<std::atomic<int>>(0);
  Lookup lookup() const {
    return [go = go, back = back](const char*, const char*, const addrinfo*, addrinfo**) {
      go->wait(false);
      ++*back;
      return EAI_AGAIN;
    };
  }
  void let_go(int lookups) const {
    *go = true;
    go->notify_all();
    EXPECT_TRUE(test::eventually(test::kPatience, [&] { return *back == lookups; }));
  }
};

TEST(Resolve, a_lookup_that_hangs_is_not_waited_for_longer_than_it_may_take) {
  const Hanging hanging;
  const auto found = resolve("a.host", "80", monotonic_now() + 20ms, -1, hanging.lookup());
  ASSERT_FALSE(found);
  EXPECT_EQ(*hanging.back, 0) << "it hangs still";
  EXPECT_NE(found.error().what.find("not looked up"), std::string::npos) << found.error().what;
  hanging.let_go(1);
}

TEST(Resolve, a_lookup_that_hangs_is_left_when_nobody_wants_to_know) {
  const Hanging hanging;
  const auto over = posix::make_eventfd();
  const std::uint64_t one = 1;
  ASSERT_EQ(::write(over->get(), &one, sizeof one), static_cast<ssize_t>(sizeof one));
  EXPECT_FALSE(resolve("a.host", "80", monotonic_now() + 1h, over->get(), hanging.lookup()));
  EXPECT_EQ(*hanging.back, 0);
  hanging.let_go(1);
}

TEST(Resolve, a_number_is_not_looked_up_and_a_name_that_is_not_there_is_told) {
  const auto refuse = [](const char*, const char*, const addrinfo*, addrinfo**) { return EAI_NONAME; };
  EXPECT_TRUE(resolve("127.0.0.1", "80", monotonic_now() + 1h, -1, refuse));
  const auto found = resolve("no.such.host", "80", monotonic_now() + 1h, -1, refuse);
  ASSERT_FALSE(found);
  EXPECT_NE(found.error().what.find("cannot find the host"), std::string::npos);
}

}  // namespace
}  // namespace rota::daemon
