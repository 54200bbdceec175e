// What is large keeps nobody waiting: files of 64 MiB, runs of 100,000 jobs.
#include "tests/api/raw_client.h"
#include "tests/api/world.h"

namespace rota::daemon {
namespace {

namespace answer = control::answer;
namespace ask = control::ask;

TEST(Large, a_file_of_64_mib_is_read_while_others_get_their_answers) {
  World world;
  std::string file = "jobs:\n";
  for (int i = 0; i < 64; ++i) {
    file += "  a" + std::to_string(i) + ":\n    command: [x]\n";
    while (file.size() + 101 <= limits::kJobFileBytes / 64 * static_cast<std::size_t>(i + 1))
      file += "#" + std::string(99, 'x') + "\n";
  }
  file.resize(limits::kJobFileBytes, '\n');
  auto slow = world.client();
  auto reply = std::async(std::launch::async, [&] { return slow.ask(world.a_submit(), file, std::chrono::minutes(5)); });
  auto client = world.client();
  int meanwhile = 0;
  while (reply.wait_for(std::chrono::seconds(0)) != std::future_status::ready) {
    ASSERT_TRUE(client.ask(ask::List{}));
    ++meanwhile;
  }
  EXPECT_GE(meanwhile, 10) << "others were answered while the file was read";
  const auto result = reply.get();
  ASSERT_TRUE(result) << to_text(result.error());
  const auto* submitted = std::get_if<answer::Submitted>(&*result);
  ASSERT_NE(submitted, nullptr) << control::to_json(*result).substr(0, 1000);
  EXPECT_EQ(submitted->run, 1u);
}

TEST(Large, a_view_of_100000_jobs_is_whole_though_others_are_answered_in_its_midst) {
  World world;
  constexpr JobIndex kJobs = 100'000;
  world.call([&] {
    jobs::Plan plan;
    plan.name = Name::parse("large").value();
    plan.settings.emplace_back();
    for (JobIndex i = 0; i < kJobs; ++i) {
      jobs::Job job;
      job.id = Name::parse("job-" + std::to_string(i)).value();
      job.action = jobs::CommandLine{{"echo", std::to_string(i)}};
      if (i) job.needs.push_back({i - 1, jobs::NeedKind::success});
      plan.jobs.push_back(std::move(job));
    }
    world.desk.post(core::event::Submit{++world.desk.last, std::move(plan), {}});
  });
  RawClient large(world.socket());
  large.receive();
  large.hello();
  large.send(ask::View{1});
  auto other = world.client();  // the large answer has filled its socket by now, or soon, and waits
  for (int i = 0; i < 20; ++i) ASSERT_TRUE(other.ask(ask::Status{}));
  const auto text = large.receive();
  EXPECT_GT(text.size(), 5u << 20);
  const auto reply = control::reply_from_json(text);
  ASSERT_TRUE(reply) << to_text(reply.error());
  world.call([&] {
    EXPECT_EQ(wire::encoded(std::get<answer::View>(*reply).view), wire::encoded(*world.desk.core.view(1)));
  });
}

}  // namespace
}  // namespace rota::daemon
