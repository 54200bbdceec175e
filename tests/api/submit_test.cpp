// Submitting: one run for each submission, whatever happens in between.
#include "scheduler/control/frames.h"
#include "tests/api/asking.h"
#include "tests/api/world.h"

namespace rota::daemon {
namespace {

namespace answer = control::answer;
namespace ask = control::ask;
using control::Client;

constexpr std::string_view kChain =
    "jobs:\n  build: {command: [make]}\n  test: {command: [make, test], needs: build}\n";

std::size_t runs(World& world) {
  return world.get<std::size_t>([&] {
    return static_cast<std::size_t>(std::count_if(world.records.begin(), world.records.end(), [](const auto& r) {
      return std::holds_alternative<core::record::Submitted>(r.fact);
    }));
  });
}

TEST(Submit, a_file_becomes_a_run_under_its_terms) {
  World world;
  auto what = world.a_submit("key");
  what.name = "nightly";
  what.hold = true;
  what.begin = {1'700'000'000'000'000'000};
  what.env = {"A=1", "HOME=/home/x"};
  const auto reply = world.ask_for<answer::Submitted>(what, kChain);
  EXPECT_EQ(reply.run, 1u);
  EXPECT_EQ(reply.name, "nightly");
  EXPECT_EQ(reply.tasks, 2u);
  EXPECT_FALSE(reply.known);
  world.call([&] {
    const auto* terms = world.desk.core.terms(1);
    ASSERT_NE(terms, nullptr);
    EXPECT_TRUE(terms->hold);
    EXPECT_EQ(terms->begin, what.begin);
    EXPECT_EQ(terms->key, "key");
    EXPECT_EQ(world.desk.env_of_last, what.env);
    EXPECT_EQ(world.desk.core.plan(1)->source_path, what.absolute_path);
  });
}

TEST(Submit, parameters_and_the_callers_environment_reach_the_file) {
  World world;
  const std::string file =
      "params: {n: {type: int, default: 1}}\njobs:\n  a: {command: [echo, \"${{ params.n }}\", \"${{ env.WHO }}\"]}\n";
  auto what = world.a_submit();
  what.params = {{"n", "5"}};
  what.env = {"WHO=me", "nonsense", "=x"};
  EXPECT_EQ(world.ask_for<answer::Submitted>(what, file).run, 1u);
  const auto view = world.ask_for<answer::View>(ask::View{1});
  EXPECT_EQ(view.view.jobs[0].action, "echo 5 me");
  EXPECT_EQ(view.output_directory, "/out/1");
}

TEST(Submit, an_invalid_file_is_told_as_a_compiler_would_and_leaves_nothing) {
  World world;
  const auto invalid = world.ask_for<answer::Invalid>(world.a_submit(), "jobs:\n  a: {comand: [x]}\n");
  EXPECT_NE(invalid.rendered.find("test.yaml:2"), std::string::npos) << invalid.rendered;
  EXPECT_NE(invalid.rendered.find("did you mean 'command'"), std::string::npos) << invalid.rendered;
  EXPECT_TRUE(invalid.rendered.ends_with('\n'));
  EXPECT_EQ(world.get<RunId>([&] { return world.desk.last; }), 0u);
  auto from_stdin = world.a_submit();
  from_stdin.file = "-";
  EXPECT_NE(world.ask_for<answer::Invalid>(from_stdin, "x").rendered.find("<stdin>"), std::string::npos);
}

TEST(Submit, a_dry_run_says_what_it_would_be_and_is_none) {
  World world;
  auto what = world.a_submit("key");
  what.dry_run = true;
  const auto reply = world.ask_for<answer::Submitted>(what, kChain);
  EXPECT_EQ(reply.run, 0u);
  EXPECT_EQ(reply.tasks, 2u);
  EXPECT_EQ(runs(world), 0u);
  EXPECT_EQ(world.get<std::size_t>([&] { return world.desk.opened; }), 0u);
  what.dry_run = false;
  EXPECT_EQ(world.ask_for<answer::Submitted>(what, kChain).run, 1u) << "its key was not used up";
}

TEST(Submit, what_cannot_be_is_refused_and_says_why) {
  World world;
  EXPECT_NE(world.refused(world.a_submit()).error.what.find("did not come along"), std::string::npos);
  auto what = world.a_submit();
  what.name = "../x";
  EXPECT_EQ(world.refused(what, kChain).error.code, Code::invalid);
  what = world.a_submit();
  what.after = {99};
  const auto missing = world.refused(what, kChain);
  EXPECT_EQ(missing.error.code, Code::not_found);
  EXPECT_NE(missing.error.what.find("no such run 99"), std::string::npos);
  what.after.assign(limits::kSelectors + 1, 99);
  EXPECT_EQ(world.refused(what, kChain).error.code, Code::invalid);
  EXPECT_EQ(world.refused(world.a_submit(std::string(limits::kIdempotencyKeyBytes + 1, 'k')), kChain).error.code,
            Code::invalid);
  world.call([&] { world.desk.no_number = fail(Code::system, "no space"); });
  EXPECT_EQ(world.refused(world.a_submit(), kChain).error.what, "no space");
  EXPECT_EQ(runs(world), 0u);
}

TEST(Submit, an_environment_that_no_worker_could_be_told_is_refused_with_its_bytes_and_the_limit) {
  World world;
  auto what = world.a_submit();
  for (int i = 0; i < 10; ++i) what.env.push_back("V" + std::to_string(i) + "=" + std::string(120'000, 'v'));
  for (const bool dry_run : {true, false}) {
    what.dry_run = dry_run;
    const auto refused = world.refused(what, kChain);
    EXPECT_EQ(refused.error.code, Code::refused);
    EXPECT_NE(refused.error.what.find("takes 1200120 bytes (10 variables), the limit is 524288 (argv_bytes)"),
              std::string::npos)
        << refused.error.what;
  }
  what.dry_run = false;
  EXPECT_EQ(world.refused(what, "name: n\nschedule: [{every: 1h}]\n" + std::string(kChain)).error.code, Code::refused);
  EXPECT_EQ(world.get<RunId>([&] { return world.desk.last; }), 0u) << "no number was taken";
}

TEST(Submit, z04_a_variable_that_a_secret_comes_from_is_in_no_record) {
  World world;
  const auto holds = [&](const std::vector<std::string>& env) {
    return std::find(env.begin(), env.end(), "TOKEN_OF_TEST=canary") != env.end();
  };
  auto what = world.a_submit();
  what.env = {"TOKEN_OF_TEST=canary", "OTHER=1"};
  const std::string file = "jobs: {a: {command: ['true'], secrets: {TOKEN: {env: TOKEN_OF_TEST}}}}\n";
  world.ask_for<answer::Submitted>(what, file);
  world.ask_for<answer::Registered>(what, "name: nightly\nschedule: [{every: 1h}]\n" + file);
  world.call([&] {
    EXPECT_EQ(world.desk.env_of_last, std::vector<std::string>{"OTHER=1"});
    EXPECT_FALSE(holds(world.desk.core.schedules().files.at("nightly").terms.env));
  });
}

TEST(Submit, a_run_may_come_after_another_alive_or_folded) {
  World world;
  const RunId first = world.submit("jobs:\n  a: {command: [x]}\n");
  auto what = world.a_submit();
  what.after = {first};
  EXPECT_EQ(world.ask_for<answer::Submitted>(what, kChain).run, 2u);
  world.begin({first, 0, 0});
  world.exit({first, 0, 0}, 0);
  world.call([&] { EXPECT_EQ(world.desk.history.count(first), 1u); });
  EXPECT_EQ(world.ask_for<answer::Submitted>(what, kChain).run, 3u);
}

TEST(Submit, c08_the_same_key_a_hundred_times_at_once_is_one_run) {
  World world;
  constexpr int kTimes = 100;
  std::vector<Client> clients;
  for (int i = 0; i < kTimes; ++i) clients.push_back(world.client());
  std::vector<std::thread> threads;
  std::atomic<int> fresh = 0, same = 0;
  for (auto& client : clients) {
    threads.emplace_back([&] {
      const auto reply = client.ask(world.a_submit("one"), kChain, test::kPatience);
      const auto* submitted = reply ? std::get_if<answer::Submitted>(&*reply) : nullptr;
      if (submitted && submitted->run == 1) ++(submitted->known ? same : fresh);
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(fresh, 1);
  EXPECT_EQ(same, kTimes - 1);
  EXPECT_EQ(runs(world), 1u);
}

TEST(Submit, a_key_whose_first_file_was_invalid_goes_to_the_next) {
  World world;
  std::vector<std::thread> threads;
  std::atomic<int> submitted = 0, invalid = 0;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&, i] {
      const auto reply = world.ask(world.a_submit("one"), i % 2 ? kChain : "nonsense");
      submitted += std::holds_alternative<answer::Submitted>(reply) ? 1 : 0;
      invalid += std::holds_alternative<answer::Invalid>(reply) ? 1 : 0;
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_GE(submitted, 4) << "each with a good file has the run";
  EXPECT_EQ(submitted + invalid, 8);
  EXPECT_EQ(runs(world), 1u);
}

TEST(Submit, k02_a_key_is_known_to_the_next_life_of_the_coordinator) {
  World world;
  EXPECT_EQ(world.ask_for<answer::Submitted>(world.a_submit("k"), kChain).run, 1u);
  world.restart();
  const auto again = world.ask_for<answer::Submitted>(world.a_submit("k"), kChain);
  EXPECT_EQ(again.run, 1u);
  EXPECT_TRUE(again.known);
  EXPECT_EQ(again.tasks, 2u);
  EXPECT_EQ(again.name, "test");
  EXPECT_EQ(runs(world), 1u);
}

/// Asks without waiting, by hand.
void say(const Client& client, const control::Ask& what, std::string_view file) {
  const auto memory = control::sealed_file(file).value();
  control::FrameWriter out;
  out.add(control::to_json(what), memory.get());
  ASSERT_TRUE(out.flush(client.fd()));
  ASSERT_TRUE(out.empty());
}

TEST(Submit, c07_a_client_that_dies_in_submit_leaves_a_run_or_none_and_its_key_gives_one) {
  World world;
  for (int i = 0; i < 20; ++i) {
    const auto key = "key" + std::to_string(i);
    {
      const auto client = world.client();
      say(client, world.a_submit(key), kChain);
    }
    const auto reply = world.ask_for<answer::Submitted>(world.a_submit(key), kChain);
    EXPECT_EQ(world.get<std::size_t>([&] { return world.desk.core.runs().size(); }), static_cast<std::size_t>(i + 1));
    EXPECT_NE(reply.run, 0u);
  }
  EXPECT_EQ(runs(world), 20u);
}

TEST(Submit, k01_nothing_is_said_before_the_record_of_it_is_durable) {
  World world;
  std::promise<void> reached, go;
  world.call([&] {
    world.commit = [&](std::span<const core::Record> records) {
      const auto is_submitted = [](const auto& r) { return std::holds_alternative<core::record::Submitted>(r.fact); };
      if (!std::any_of(records.begin(), records.end(), is_submitted)) return;
      reached.set_value();
      go.get_future().wait();
    };
  });
  const auto client = world.client();
  say(client, world.a_submit(), kChain);
  reached.get_future().wait();
  control::FrameReader in;
  EXPECT_EQ(in.read(client.fd()).value(), control::FrameReader::Got::nothing);
  go.set_value();
  const auto whole = [&] { return in.read(client.fd()).value() == control::FrameReader::Got::message; };
  ASSERT_TRUE(test::eventually(test::kPatience, whole));
  EXPECT_EQ(std::get<answer::Submitted>(control::reply_from_json(in.take().text).value()).run, 1u);
}

TEST(Submit, c11_a_full_queue_is_refused_with_what_to_do) {
  World world;
  world.call([&] {
    jobs::Plan plan;
    plan.name = Name::parse("x").value();
    plan.settings.emplace_back();
    jobs::Job job;
    job.id = Name::parse("a").value();
    job.action = jobs::CommandLine{{"true"}};
    plan.jobs.push_back(job);
    core::Terms held;
    held.hold = true;
    for (std::uint64_t i = 0; i + 1 < limits::kRunsQueued; ++i)
      world.desk.post(core::event::Submit{++world.desk.last, plan, held});
  });
  EXPECT_NE(world.submit(kChain), 0u) << "at the bound";
  const auto refused = world.refused(world.a_submit(), kChain);
  EXPECT_EQ(refused.error.code, Code::refused);
  EXPECT_NE(refused.error.what.find("the queue is full"), std::string::npos);
  EXPECT_NE(refused.error.what.find("try again when some have ended"), std::string::npos);
}

TEST(Submit, a_lock_of_the_numbers_that_another_process_holds_delays_a_submission_and_nobody_else) {
  World world;
  world.call([&] { world.desk.numbers_are_locked = true; });
  const auto client = world.client();
  say(client, world.a_submit("key"), kChain);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(world.ask_for<answer::Status>(ask::Status{}).version, "9.9");
  control::FrameReader in;
  EXPECT_EQ(in.read(client.fd()).value(), control::FrameReader::Got::nothing);
  world.call([&] { world.desk.numbers_are_locked = false; });
  const auto whole = [&] { return in.read(client.fd()).value() == control::FrameReader::Got::message; };
  ASSERT_TRUE(test::eventually(test::kPatience, whole));
  EXPECT_EQ(std::get<answer::Submitted>(control::reply_from_json(in.take().text).value()).run, 1u);
  EXPECT_EQ(runs(world), 1u);
}

TEST(Submit, a_lock_of_the_numbers_that_is_never_freed_refuses_in_the_end_and_says_what_to_look_for) {
  World world;
  world.call([&] { world.desk.numbers_are_locked = true; });
  const auto refused = world.refused(world.a_submit(), kChain);
  EXPECT_EQ(refused.error.code, Code::refused);
  EXPECT_NE(refused.error.what.find("lock of the run numbers"), std::string::npos) << refused.error.what;
  EXPECT_NE(refused.hint.find("rota prune"), std::string::npos);
  EXPECT_EQ(runs(world), 0u);
}

TEST(Submit, d04_nothing_new_is_taken_where_the_disk_is_too_full_for_it) {
  World world;
  world.call([&] { world.desk.no_space = fail(Code::refused, "only 8KiB are free"); });
  EXPECT_EQ(world.refused(world.a_submit(), kChain).error.what, "only 8KiB are free");
  EXPECT_EQ(world.refused(ask::Retry{1}).error.what, "only 8KiB are free");
  EXPECT_EQ(world.refused(ask::Trigger{"nightly"}).error.what, "only 8KiB are free");
  world.call([&] { world.desk.no_space.reset(); });
  EXPECT_EQ(world.submit(kChain), 1u);
}

TEST(Submit, what_outlives_a_stop_of_everything_is_named_to_who_asked_for_it) {
  World world;
  world.submit("jobs: {a: {command: [x], mode: process}}");
  Asking stop(world, ask::Stop{true});
  world.stop();  // the launcher said nothing
  const auto refused = stop.get<answer::Refused>();
  EXPECT_EQ(refused.error.code, Code::refused);
  EXPECT_NE(refused.error.what.find("not everything could be ended: run 1"), std::string::npos) << refused.error.what;
}

}  // namespace
}  // namespace rota::daemon
