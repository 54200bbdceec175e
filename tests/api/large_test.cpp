// What is large keeps nobody waiting: files of 64 MiB, runs of 100,000 jobs.
#include "tests/api/large_run.h"
#include "tests/api/raw_client.h"

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
  const auto submit = world.a_submit();
  auto reply = std::async(std::launch::async, [&] { return slow.ask(submit, file, std::chrono::minutes(5)); });
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

void patient(Server::Options& options) { options.times.stall = std::chrono::minutes(5); }

answer::View view_in(const std::string& text) {
  auto reply = control::reply_from_json(text);
  if (!reply) throw std::runtime_error(to_text(reply.error()));
  return std::get<answer::View>(std::move(*reply));
}

RawClient asking_for_the_view(World& world) {
  RawClient client(world.socket());
  client.receive();
  client.hello();
  client.send(ask::View{1});
  return client;
}

#if defined(__SANITIZE_THREAD__) || defined(__SANITIZE_ADDRESS__)
constexpr std::uint32_t kVeryMany = 20'000;  // what takes a second otherwise takes half a minute here
#else
constexpr std::uint32_t kVeryMany = 100'000;
#endif

TEST(Large, a_view_of_very_many_jobs_is_whole_though_others_are_answered_in_its_midst) {
  World world(patient);
  post_large_run(world, kVeryMany);
  auto large = asking_for_the_view(world);
  auto other = world.client();
  for (int i = 0; i < 20; ++i) ASSERT_TRUE(other.ask(ask::Status{}, {}, std::chrono::minutes(3)));
  const auto view = view_in(large.receive());
  EXPECT_EQ(view.view.jobs.size(), kVeryMany);
  world.call([&] { EXPECT_EQ(wire::encoded(view.view), wire::encoded(*world.desk.core.view(1))); });
}

TEST(Large, views_beyond_a_few_wait_until_one_is_taken_and_lose_nothing) {
  World world(patient);
  post_large_run(world, limits::kLargeViewTasks + 1);
  std::vector<RawClient> clients;
  for (std::uint64_t i = 0; i < 3 * limits::kLargeViews; ++i) clients.push_back(asking_for_the_view(world));
  clients.erase(clients.begin(), clients.begin() + 2);  // gone, with a view on its way
  clients.pop_back();                                   // gone, waiting for one
  for (auto& client : clients) {
    EXPECT_EQ(view_in(client.receive()).view.jobs.size(), limits::kLargeViewTasks + 1);
    client.send(ask::List{});
    EXPECT_TRUE(control::reply_from_json(client.receive()));
  }
}

}  // namespace
}  // namespace rota::daemon
