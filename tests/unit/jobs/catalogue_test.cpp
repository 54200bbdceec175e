// The catalogue: what calls are taken and what is said of the others.
#include "jobs/catalogue/catalogue.h"

#include <gtest/gtest.h>

#include <set>

namespace rota::jobs {
namespace {

std::string fault(std::string_view target, const ValueList& args, const ValueMap& kwargs = {}) {
  const auto* s = find_target(target);
  if (!s) return "no such target";
  const auto status = check_call(*s, args, kwargs);
  return status ? "" : status.error().what;
}

TEST(Catalogue, has_each_target_once_and_in_some_mode) {
  std::set<std::string_view> names;
  for (const auto& s : catalogue()) {
    EXPECT_TRUE(names.insert(s.name).second) << s.name;
    EXPECT_TRUE(s.thread || s.process || s.async) << s.name;
    EXPECT_FALSE(s.summary.empty());
    bool optional_seen = false;
    for (const auto& p : s.parameters) {
      EXPECT_FALSE(p.required && optional_seen) << s.name << ": a required parameter behind an optional one";
      optional_seen = optional_seen || !p.required;
    }
  }
  for (const auto* name : {"noop", "print_numbers", "sleep", "spin", "echo", "checksum", "send_keep_alive", "udp_echo",
                           "tcp_wait", "http_get"})
    EXPECT_NE(find_target(name), nullptr) << name;
  EXPECT_EQ(find_target("nope"), nullptr);
}

TEST(Catalogue, work_that_would_hold_the_event_loop_is_not_async) {
  for (const auto* name : {"spin", "checksum"}) EXPECT_FALSE(find_target(name)->has(Mode::async));
  EXPECT_TRUE(find_target("sleep")->has(Mode::async));
}

TEST(Calls, that_fit_are_taken) {
  EXPECT_EQ(fault("noop", {}), "");
  EXPECT_EQ(fault("print_numbers", {5}), "");
  EXPECT_EQ(fault("print_numbers", {5}, {{"delay", "250ms"}}), "");
  EXPECT_EQ(fault("print_numbers", {}, {{"delay", 0.5}, {"count", 3}}), "");
  EXPECT_EQ(fault("sleep", {0}), "");
  EXPECT_EQ(fault("echo", {}), "");
  EXPECT_EQ(fault("echo", {1, "two", 3.5, true}), "");
  EXPECT_EQ(fault("checksum", {42}), "");  // a number where text is wanted is its text
}

TEST(Calls, that_do_not_fit_are_told_why) {
  EXPECT_EQ(fault("print_numbers", {"five"}),
            "target 'print_numbers' takes 'count' as an integer, got the string \"five\"");
  EXPECT_EQ(fault("print_numbers", {2.5}), "target 'print_numbers' takes 'count' as an integer, got the float 2.5");
  EXPECT_EQ(fault("print_numbers", {}), "target 'print_numbers' needs 'count', an integer");
  EXPECT_EQ(fault("print_numbers", {1, 2, 3}), "target 'print_numbers' takes at most 2 arguments, got 3");
  EXPECT_EQ(fault("noop", {1}), "target 'noop' takes no arguments, got 1");
  EXPECT_EQ(fault("noop", {}, {{"x", 1}}), "target 'noop' has no argument 'x'; it takes none");
  EXPECT_EQ(fault("sleep", {1}, {{"duration", 1}}), "target 'sleep' gets 'duration' twice: by position and by name");
  EXPECT_EQ(fault("sleep", {}, {{"seconds", 1}}), "target 'sleep' has no argument 'seconds'; it takes duration");
  EXPECT_EQ(fault("echo", {}, {{"words", "x"}}), "target 'echo' takes 'words' by position only: put them in args");
  EXPECT_EQ(fault("echo", {Value()}), "target 'echo' takes 'words' as text, got nothing");
  EXPECT_EQ(fault("echo", {Value(ValueList{1})}), "target 'echo' takes 'words' as text, got the list [1]");
  for (const Value& bad :
       {Value(-1), Value("5x"), Value(true), Value(), Value(1e300), Value(std::numeric_limits<double>::quiet_NaN())})
    EXPECT_NE(fault("sleep", {bad}), "");
}

TEST(Calls, with_several_faults_are_told_all_of_them) {
  const auto faults = call_faults(*find_target("print_numbers"), {}, {{"delay", "x"}, {"cuont", 1}});
  ASSERT_EQ(faults.size(), 3u);
  EXPECT_EQ(faults[0].place, CallFault::Place::keyword);
  EXPECT_EQ(faults[0].index, 0u);
  EXPECT_EQ(faults[1].sentence, "target 'print_numbers' has no argument 'cuont'; did you mean 'count'?");
  EXPECT_EQ(faults[2].place, CallFault::Place::call);
}

TEST(Calls, give_their_arguments_by_name_however_they_were_passed) {
  const auto& s = *find_target("print_numbers");
  EXPECT_EQ(*argument(s, {5}, {{"delay", 2}}, "count"), Value(5));
  EXPECT_EQ(*argument(s, {5}, {{"delay", 2}}, "delay"), Value(2));
  EXPECT_EQ(argument(s, {5}, {}, "delay"), nullptr);
}

}  // namespace
}  // namespace rota::jobs
