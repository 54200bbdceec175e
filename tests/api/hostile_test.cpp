// Clients that are slow, silent, greedy or mad: they are cut or refused, and nobody else notices.
#include <sys/resource.h>

#include "tests/api/large_run.h"
#include "tests/api/raw_client.h"
#include "tests/api/world.h"

namespace rota::daemon {
namespace {

namespace answer = control::answer;
namespace ask = control::ask;
using std::chrono::milliseconds;

constexpr milliseconds kShort{500};
/// For what a test has to do itself in time.
constexpr milliseconds kEnough{3'000};

void short_times(Server::Options& options) { options.times = {kShort, kShort}; }
void short_stall(Server::Options& options) { options.times = {test::kPatience, kShort}; }
void enough_time(Server::Options& options) { options.times = {kEnough, kEnough}; }

std::uint32_t clients(World& world) {
  return world.get<std::uint32_t>([&] { return world.server->clients(); });
}
bool logged(World& world, const std::string& text) {
  return test::eventually(test::kPatience, [&] { return world.log().find(text) != std::string::npos; });
}

TEST(Hostile, c04_a_client_that_never_reads_is_cut_while_others_are_served) {
  World world(short_stall);
  post_large_run(world, 20'000);
  RawClient deaf(world.socket());
  deaf.hello();
  deaf.send(ask::View{1});
  EXPECT_EQ(world.ask_for<answer::Runs>(ask::List{}).runs.size(), 1u);
  EXPECT_TRUE(logged(world, "did not take its answer in time"));
  EXPECT_EQ(clients(world), 0u);
}

TEST(Hostile, c04_a_client_that_reads_a_byte_at_a_time_is_cut) {
  World world(short_stall);
  post_large_run(world, 20'000);
  RawClient slow(world.socket());
  slow.hello();
  slow.send(ask::View{1});
  auto other = world.client();
  EXPECT_TRUE(test::eventually(test::kPatience, [&] {
    char byte = 0;
    EXPECT_TRUE(other.ask(ask::Status{}));
    return ::recv(slow.fd(), &byte, 1, MSG_DONTWAIT) >= 0 && world.log().find("did not take") != std::string::npos;
  }));
}

TEST(Hostile, c04_a_client_that_asks_on_without_reading_holds_no_more_than_one_answer) {
  World world(short_stall);
  post_large_run(world, 20'000);
  RawClient greedy(world.socket());
  greedy.hello();
  for (int i = 0; i < 100; ++i)
    if (!greedy.send(ask::View{1})) break;
  EXPECT_TRUE(logged(world, "did not take its answer in time"));
  EXPECT_EQ(clients(world), 0u);
}

TEST(Hostile, c05_whoever_says_no_hello_is_cut) {
  World world(short_times);
  RawClient silent(world.socket());
  RawClient partial(world.socket());
  partial.send(framed(control::to_json(control::Hello{})).substr(0, 9));
  EXPECT_TRUE(silent.is_cut());
  EXPECT_TRUE(partial.is_cut());
  EXPECT_TRUE(logged(world, "said no hello in time"));
}

TEST(Hostile, c05_what_came_while_the_coordinator_was_held_up_itself_came_in_time) {
  World world(enough_time);
  RawClient greets(world.socket()), asks(world.socket());
  EXPECT_FALSE(greets.receive().empty() || asks.receive().empty()) << "the coordinator's hellos";
  asks.hello();
  const auto question = framed(control::to_json(control::Ask(ask::List{})));
  asks.send(question.substr(0, 10));
  world.call([&] {  // its loop does not turn meanwhile, and finds the deadlines and the bytes at once
    const auto over = monotonic_now() + 2 * Duration(kEnough);
    test::eventually(test::kPatience, [&] { return monotonic_now() > over; });
    greets.hello();
    asks.send(question.substr(10));
  });
  greets.send(ask::List{});
  for (auto* client : {&greets, &asks}) EXPECT_NE(client->receive().find("\"runs\""), std::string::npos);
  EXPECT_EQ(world.log(), "");
}

TEST(Hostile, c05_a_hello_that_drips_in_byte_by_byte_is_cut_at_the_same_time) {
  World world(short_times);
  RawClient slow(world.socket());
  auto hello = control::Hello{};
  hello.version = std::string(1'000'000, 'v');
  const auto bytes = framed(control::to_json(hello));
  auto other = world.client();
  std::size_t sent = 0;
  EXPECT_TRUE(test::eventually(test::kPatience, [&] {
    EXPECT_TRUE(other.ask(ask::Status{}));
    return !slow.send(bytes.substr(sent++, 1));
  }));
  EXPECT_LT(sent, bytes.size());
}

TEST(Hostile, c05_a_question_that_is_begun_and_not_ended_is_cut) {
  World world(enough_time);
  RawClient half(world.socket());
  half.hello();
  half.send(framed(control::to_json(control::Ask(ask::List{}))).substr(0, 10));
  EXPECT_TRUE(half.is_cut());
  EXPECT_TRUE(logged(world, "began a question and did not end it in time"));
}

TEST(Hostile, c05_an_idle_client_stays_and_is_served_when_it_asks) {
  World world(enough_time);
  auto idle = world.client();
  for (int i = 0; i < 2; ++i) {
    RawClient silent(world.socket());
    EXPECT_TRUE(silent.is_cut());  // longer than any deadline of a client that is not idle
  }
  EXPECT_TRUE(idle.ask(ask::List{}));
}

TEST(Hostile, c05_of_three_hundred_idle_connections_the_limit_is_kept_and_the_rest_told_why) {
  World world;
  std::vector<control::Client> idle;
  std::size_t refused = 0;
  for (int i = 0; i < 300; ++i) {
    auto client = control::Client::connect(world.socket());
    if (client) {
      idle.push_back(std::move(*client));
      continue;
    }
    ++refused;
    EXPECT_EQ(client.error().code, Code::refused);
    EXPECT_NE(client.error().what.find("256 clients are connected"), std::string::npos) << client.error().what;
  }
  EXPECT_EQ(idle.size(), limits::kClients);
  EXPECT_EQ(refused, 300 - limits::kClients);
  EXPECT_TRUE(idle.back().ask(ask::List{}));
  idle.clear();
  EXPECT_TRUE(test::eventually(test::kPatience, [&] { return clients(world) == 0; }));
  EXPECT_TRUE(world.client().ask(ask::List{}));
}

TEST(Hostile, c06_lengths_that_cannot_be_are_answered_with_an_error_and_the_end) {
  World world;
  for (const std::uint32_t word : {0u, 0xffffffffu, 0x80000000u, 0x7fffffffu}) {
    for (const bool greeted : {false, true}) {
      RawClient evil(world.socket());
      EXPECT_FALSE(evil.receive().empty()) << "the coordinator's hello";
      if (greeted) evil.hello();
      evil.send(frame_header(word) + "xxxx");
      EXPECT_EQ(evil.receive_refusal().error.code, Code::invalid) << word;
      EXPECT_TRUE(evil.is_cut());
    }
  }
  EXPECT_TRUE(world.client().ask(ask::List{}));
}

TEST(Hostile, c06_questions_that_are_none_are_refused_and_the_next_is_answered) {
  World world;
  RawClient evil(world.socket());
  evil.receive();
  evil.hello();
  for (const std::string text : {"x", "{}", "[]", R"({"ask":"dance"})", R"({"ask":"view","run":"one"})", "\xff\xfe"}) {
    evil.send(framed(text));
    EXPECT_EQ(evil.receive_refusal().error.code, Code::invalid) << text;
  }
  evil.send(ask::List{});
  EXPECT_TRUE(control::reply_from_json(evil.receive()));
}

TEST(Hostile, c06_something_else_than_a_hello_first_is_refused) {
  World world;
  for (const std::string text : {R"({"ask":"list"})", "GET / HTTP/1.1\r\n\r\n", "x"}) {
    RawClient evil(world.socket());
    evil.receive();
    evil.send(framed(text));
    EXPECT_NE(evil.receive_refusal().error.what.find("hello"), std::string::npos);
    EXPECT_TRUE(evil.is_cut());
  }
}

TEST(Hostile, c06_a_question_larger_than_its_limit_is_refused_before_it_is_taken) {
  World world;
  RawClient evil(world.socket());
  evil.receive();
  evil.hello();
  evil.send(frame_header(static_cast<std::uint32_t>(limits::kControlAskBytes) + 1));
  EXPECT_EQ(evil.receive_refusal().error.code, Code::invalid);
}

TEST(Hostile, c06_noise_of_any_kind_harms_nobody) {
  World world;
  std::uint64_t seed = 88172645463325252ull;
  for (int i = 0; i < 200; ++i) {
    RawClient evil(world.socket());
    if (i % 2) evil.hello();
    std::string noise;
    for (int n = 0; n < 64; ++n) {
      seed ^= seed << 13, seed ^= seed >> 7, seed ^= seed << 17;
      noise += static_cast<char>(seed);
    }
    evil.send(noise);
  }
  EXPECT_TRUE(world.client().ask(ask::List{}));
  EXPECT_TRUE(test::eventually(test::kPatience, [&] { return clients(world) == 0; }));
}

TEST(Hostile, c09_a_client_of_another_protocol_is_told_both_versions) {
  World world;
  RawClient newer(world.socket());
  newer.receive();
  control::Hello hello;
  hello.protocol = 7;
  hello.version = "3.0";
  newer.send(framed(control::to_json(hello)));
  const auto refused = newer.receive_refusal();
  EXPECT_EQ(refused.error.code, Code::refused);
  for (const auto* part : {"version 3.0", "protocol 7", "protocol 1"})
    EXPECT_NE(refused.error.what.find(part), std::string::npos) << refused.error.what;
  EXPECT_NE(refused.hint.find("one version"), std::string::npos);
  EXPECT_TRUE(newer.is_cut());
}

TEST(Hostile, c09_a_coordinator_of_another_protocol_is_understood_to_be_one) {
  World world([](Server::Options& options) {
    options.hello.protocol = 7;
    options.hello.version = "3.0";
  });
  const auto client = control::Client::connect(world.socket());
  ASSERT_FALSE(client);
  EXPECT_EQ(client.error().code, Code::refused);
  for (const auto* part : {"version 3.0", "protocol 7", "protocol 1", "restart rotad"})
    EXPECT_NE(client.error().what.find(part), std::string::npos) << client.error().what;
}

/// Takes every descriptor that this process may have; gives them back.
class Shortage {
 public:
  Shortage() {
    ::getrlimit(RLIMIT_NOFILE, &before_);
    const rlimit small{std::min<rlim_t>(256, before_.rlim_cur), before_.rlim_max};
    ::setrlimit(RLIMIT_NOFILE, &small);
    for (int fd = ::dup(0); fd >= 0; fd = ::dup(0)) taken_.emplace_back(fd);
  }
  ~Shortage() {
    taken_.clear();
    ::setrlimit(RLIMIT_NOFILE, &before_);
  }

 private:
  rlimit before_{};
  std::vector<posix::Fd> taken_;
};

TEST(Hostile, o01_without_a_descriptor_clients_are_refused_politely_and_served_again_later) {
  World world;
  auto friendly = world.client();
  std::vector<RawClient> visitors(20);
  // Also for the sanitizer: its check of an object's type makes a pipe the first time.
  EXPECT_TRUE(friendly.ask(ask::List{}));
  {
    const Shortage shortage;
    for (auto& visitor : visitors) {
      ASSERT_EQ(visitor.connect(world.socket()), 0);
      EXPECT_NE(visitor.receive_refusal().error.what.find("no file descriptor left"), std::string::npos);
      EXPECT_TRUE(visitor.is_cut());
    }
    EXPECT_TRUE(friendly.ask(ask::List{})) << "who is connected is served";
  }
  EXPECT_TRUE(world.client().ask(ask::List{}));
}

TEST(Hostile, descriptors_that_clients_send_do_not_pile_up) {
  World world;
  const auto file = control::sealed_file("x").value();
  auto client = world.client();
  ASSERT_TRUE(client.ask(ask::List{}, "a file that nobody asked for"));
  world.call([] {});  // a turn after the answer: what came with the question is closed
  const auto before = test::open_descriptors();
  for (int i = 0; i < 50; ++i) ASSERT_TRUE(client.ask(ask::List{}, "a file that nobody asked for"));
  world.call([] {});
  EXPECT_EQ(test::open_descriptors(), before);
}

}  // namespace
}  // namespace rota::daemon
