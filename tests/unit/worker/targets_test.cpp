// The table of target functions, and the small parts they are made of.
#include "shared/limits.h"
#include "worker/targets/target.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <thread>

#include "jobs/catalogue/catalogue.h"
#include "worker/pool/flags.h"
#include "worker/targets/endpoint.h"
#include "worker/targets/sha256.h"
#include "worker/targets/stop_state.h"

namespace rota::worker {
namespace {

TEST(TargetTable, holds_exactly_what_the_catalogue_promises_in_exactly_its_modes) {
  std::set<std::string_view> names;
  for (const auto& target : built_in_targets()) {
    const auto* signature = jobs::find_target(target.name);
    ASSERT_NE(signature, nullptr) << target.name << " is not in the catalogue";
    EXPECT_EQ(signature->thread, target.plain != nullptr) << target.name;
    EXPECT_EQ(signature->process, target.plain != nullptr) << target.name;
    EXPECT_EQ(signature->async, target.coroutine != nullptr) << target.name;
    names.insert(target.name);
  }
  for (const auto& signature : jobs::catalogue())
    EXPECT_TRUE(names.contains(signature.name)) << signature.name << " has no function";
}

TEST(TargetTable, a_call_is_resolved_or_refused_with_a_sentence) {
  const auto table = built_in_targets();
  EXPECT_TRUE(resolve(table, "noop", Mode::thread, {}, {}));
  EXPECT_TRUE(resolve(table, "print_numbers", Mode::async, {Value(5)}, {{"delay", Value("1s")}}));
  EXPECT_EQ(resolve(table, "nope", Mode::thread, {}, {}).error().code, Code::invalid);
  EXPECT_EQ(resolve(table, "print_numbers", Mode::thread, {}, {}).error().code, Code::invalid) << "count is required";
  EXPECT_EQ(resolve(table, "spin", Mode::async, {Value("1s")}, {}).error().code, Code::invalid);
}

TEST(Arguments, are_found_by_position_and_by_name_and_fall_back) {
  const auto* signature = jobs::find_target("print_numbers");
  const ValueList args{Value(7)};
  const ValueMap kwargs{{"delay", Value("250ms")}};
  const Arguments both(*signature, args, kwargs);
  EXPECT_EQ(both.integer("count"), 7);
  EXPECT_EQ(both.duration("delay", std::chrono::seconds(1)), std::chrono::milliseconds(250));
  const ValueMap none;
  EXPECT_EQ(Arguments(*signature, args, none).duration("delay", std::chrono::seconds(1)), std::chrono::seconds(1));
}

TEST(Sha256, gives_the_published_digests) {
  const auto digest = [](std::string_view text) {
    Sha256 hash;
    hash.add(text);
    return hash.finish();
  };
  EXPECT_EQ(digest(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(digest("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(digest("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"),
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
  EXPECT_EQ(digest(std::string(1'000'000, 'a')), "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

TEST(Sha256, does_not_mind_how_the_bytes_are_cut) {
  const std::string text(1000, 'q');
  Sha256 whole;
  whole.add(text);
  const auto want = whole.finish();
  for (std::size_t step = 1; step < 200; ++step) {
    Sha256 parts;
    for (std::size_t at = 0; at < text.size(); at += step) parts.add(std::string_view(text).substr(at, step));
    EXPECT_EQ(parts.finish(), want) << step;
  }
}

TEST(HostPort, is_taken_apart_or_refused_with_what_was_expected) {
  const auto plain = parse_host_port("127.0.0.1:9999");
  ASSERT_TRUE(plain);
  EXPECT_EQ(plain->host, "127.0.0.1");
  EXPECT_EQ(plain->port, "9999");
  EXPECT_EQ(parse_host_port("[::1]:80")->host, "::1");
  EXPECT_EQ(parse_host_port("localhost:0")->port, "0");
  for (const auto* bad : {"", "localhost", ":80", "host:", "host:x", "host:65536", "host:-1", "::1:80", "host:80 "})
    EXPECT_FALSE(parse_host_port(bad)) << bad;
}

TEST(StopState, keeps_the_first_cause_and_the_latest_haste) {
  StopState stop;
  EXPECT_TRUE(stop.wait_for(std::chrono::milliseconds(1)));
  stop.request({StopCause::timeout, std::chrono::seconds(5), false});
  stop.request({StopCause::cancel_user, std::chrono::seconds(1), true});
  EXPECT_EQ(stop.cause(), StopCause::timeout);
  EXPECT_TRUE(stop.latest().now);
  EXPECT_FALSE(stop.wait_for(std::chrono::hours(1)));
}

TEST(StopState, calls_at_every_request_and_at_once_when_it_came_before) {
  StopState stop;
  int calls = 0;
  stop.request({StopCause::timeout, {}, false});
  stop.on_request([&] { ++calls; });
  EXPECT_EQ(calls, 1);
  stop.request({StopCause::timeout, {}, true});
  EXPECT_EQ(calls, 2);
  stop.on_request({});
  stop.request({StopCause::timeout, {}, true});
  EXPECT_EQ(calls, 2);
}

TEST(StopState, wakes_a_sleeper_of_another_thread) {
  StopState stop;
  std::thread sleeper([&] { EXPECT_FALSE(stop.wait_for(std::chrono::hours(1))); });
  stop.request({StopCause::cancel_user, {}, false});
  sleeper.join();
}

TEST(PoolFlags, are_read_in_any_order_and_refused_by_name) {
  const auto parse = [](std::vector<std::string> words) {
    std::vector<char*> argv;
    for (auto& w : words) argv.push_back(w.data());
    return parse_pool_flags(argv);
  };
  const auto flags = parse({"--threads", "4", "--seat", "2", "--generation", "9"});
  ASSERT_TRUE(flags);
  EXPECT_EQ(flags->worker, (WorkerId{2, 9}));
  EXPECT_EQ(flags->threads, 4u);
  EXPECT_TRUE(parse({"--threads", std::to_string(limits::kThreadSlots)}));
  for (const auto& bad : {std::vector<std::string>{"--threads", "0"},
                          {"--threads", std::to_string(limits::kThreadSlots + 1)},
                          {"--seat"},
                          {"--seat", "x"},
                          {"--what", "1"},
                          {"--seat", "1", "--generation"}})
    EXPECT_FALSE(parse(bad));
}

}  // namespace
}  // namespace rota::worker
