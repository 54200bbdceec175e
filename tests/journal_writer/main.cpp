// rota-test-journal-writer WHAT DIRECTORY: writes a journal and says on stdout what is durable; tests kill it.
//   steps    the steps of steps.h, "acked N" after each, "closed" at the end; an error is printed, and tried again once
//   forever  numbered turns, "acked N" after each
//   folding  folds runs 1, 2, ... of 20 jobs, "acked N" after each, with frequent checkpoints
//   flapping opens the journal, folds a run, closes it, again and again; "acked N" after each
//   service-steps    the steps of service_steps.h in DIRECTORY as a state root, "acked N" after each, "closed"
//   service-forever  turns and snapshots of a service in DIRECTORY as a state root, "acked N" after each turn
//   history  10,000 runs of a service in DIRECTORY as a state root, all ended a day ago; "closed"
//   turns    one numbered turn, "acked N", for each line of stdin
//   hold     locks the database in DIRECTORY against writers, as another program may; "held", until stdin ends
//   service  takes the service's instance of DIRECTORY, prints "locked" or the refusal, keeps it until stdin ends
//   numbers  takes 20 run numbers of the state root DIRECTORY, one a line
//   create   takes a run instance below DIRECTORY, prints its number, and keeps it until stdin ends
//   lock     takes the instance lock of DIRECTORY, prints "locked" or the refusal, and keeps it until stdin ends
#include <unistd.h>

#include <iostream>
#include <string>
#include <string_view>

#include "scheduler/store/instances.h"
#include "scheduler/store/journal.h"
#include "scheduler/store/schema.h"
#include "scheduler/store/sqlite.h"
#include "tests/journal_writer/records.h"
#include "tests/journal_writer/service_steps.h"
#include "tests/journal_writer/steps.h"

namespace {

using namespace rota;

void say(const std::string& line) { std::cout << line << std::endl; }

int refuse(const Error& e) {
  say("error: " + to_text(e));
  return 1;
}

void wait_for_end_of_input() {
  char c = 0;
  while (::read(STDIN_FILENO, &c, 1) > 0) continue;
}

int steps(const std::string& directory) {
  // So few pages that some steps end with a checkpoint and the next one begins the WAL anew.
  auto journal = store::open_journal(directory, test::kStepsCheckpointPages);
  if (!journal) return refuse(journal.error());
  for (std::size_t i = 0; i < test::kSteps; ++i) {
    if (auto s = test::do_step(**journal, i); !s) {
      refuse(s.error());
      auto again = test::do_step(**journal, i);
      return again ? 2 : refuse(again.error());
    }
    say("acked " + std::to_string(i + 1));
  }
  journal->reset();
  say("closed");
  return 0;
}

int forever(const std::string& directory) {
  auto journal = store::open_journal(directory);
  if (!journal) return refuse(journal.error());
  for (std::uint32_t i = 0;; ++i) {
    if (auto s = (*journal)->commit({test::numbered_turn(i), {}}); !s) return refuse(s.error());
    say("acked " + std::to_string(i + 1));
  }
}

int folding(const std::string& directory) {
  auto journal = store::open_journal(directory, test::kStepsCheckpointPages);
  if (!journal) return refuse(journal.error());
  for (RunId run = 1;; ++run) {
    const auto folded = test::folded({test::ended_view(run, 20)});
    if (auto s = (*journal)->commit({{}, folded}); !s) return refuse(s.error());
    say("acked " + std::to_string(run));
  }
}

int flapping(const std::string& directory) {
  for (RunId run = 2;; ++run) {
    auto journal = store::open_journal(directory);
    if (!journal) return refuse(journal.error());
    const auto folded = test::folded({test::ended_view(run, 3)});
    if (auto s = (*journal)->commit({{}, folded}); !s) return refuse(s.error());
    say("acked " + std::to_string(run));
  }
}

int service_steps(const std::string& root) {
  auto instance = store::open_service_instance(root);
  if (!instance) return refuse(instance.error());
  auto journal = test::open_steps_journal(instance->directory);
  if (!journal) return refuse(journal.error());
  const auto script = test::service_script();
  for (std::size_t i = 0; i < script.size(); ++i) {
    if (auto s = test::do_service_step(**journal, instance->directory, script[i]); !s) return refuse(s.error());
    say("acked " + std::to_string(i + 1));
  }
  journal->reset();
  say("closed");
  return 0;
}

int service_forever(const std::string& root) {
  auto instance = store::open_service_instance(root);
  if (!instance) return refuse(instance.error());
  auto journal = store::open_service_journal(instance->directory, 64u << 20, test::kStepsCheckpointPages);
  if (!journal) return refuse(journal.error());
  const std::vector snapshot{test::submitted(3, test::a_plan(5))};
  for (std::uint32_t i = 0;; ++i) {
    if (auto s = (*journal)->commit({test::numbered_turn(i), {}}); !s) return refuse(s.error());
    if (i % 20 == 19) {
      if (auto s = (*journal)->replace(snapshot); !s) return refuse(s.error());
    }
    say("acked " + std::to_string(i + 1));
  }
}

int turns(const std::string& directory) {
  auto journal = store::open_journal(directory);
  if (!journal) return refuse(journal.error());
  say("opened");
  std::string line;
  for (std::uint32_t i = 0; std::getline(std::cin, line); ++i) {
    if (auto s = (*journal)->commit({test::numbered_turn(i), {}}); !s) return refuse(s.error());
    say("acked " + std::to_string(i + 1));
  }
  return 0;
}

int hold(const std::string& directory) {
  auto db = store::sqlite::Database::open(store::journal_path(directory), store::sqlite::Open::write);
  if (!db) return refuse(db.error());
  if (auto s = db->execute("BEGIN IMMEDIATE"); !s) return refuse(s.error());
  say("held");
  wait_for_end_of_input();
  return 0;
}

int service(const std::string& root) {
  auto instance = store::open_service_instance(root);
  if (!instance) return refuse(instance.error());
  say("locked");
  wait_for_end_of_input();
  return 0;
}

int numbers(const std::string& root) {
  for (int i = 0; i < 20; ++i) {
    auto run = store::take_run_number(root);
    if (!run) return refuse(run.error());
    say(std::to_string(*run));
  }
  return 0;
}

int create(const std::string& root) {
  auto instance = store::create_run_instance(root);
  if (!instance) return refuse(instance.error());
  say(std::to_string(instance->run));
  wait_for_end_of_input();
  return 0;
}

int history(const std::string& root) {
  auto instance = store::open_service_instance(root);
  if (!instance) return refuse(instance.error());
  auto journal = store::open_service_journal(instance->directory);
  if (!journal) return refuse(journal.error());
  const auto now = SystemClock().now().wall;
  const WallTime yesterday{now.ns - Duration(std::chrono::hours(24)).count()};
  std::vector<core::RunView> views;
  for (RunId run = 1; run <= 10'000; ++run) {
    auto& view = views.emplace_back(test::ended_view(run, 4));
    view.summary.submitted.wall = yesterday;
    if (views.size() < 500) continue;
    if (auto s = (*journal)->commit({{}, test::folded(std::move(views))}); !s) return refuse(s.error());
    views.clear();
  }
  if (auto s = (*journal)->replace({}); !s) return refuse(s.error());
  say("closed");
  return 0;
}

int lock(const std::string& directory) {
  auto fd = store::lock_instance(directory);
  if (!fd) return refuse(fd.error());
  say("locked");
  wait_for_end_of_input();
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  const std::string_view what = argc == 3 ? argv[1] : "";
  if (what == "steps") return steps(argv[2]);
  if (what == "forever") return forever(argv[2]);
  if (what == "folding") return folding(argv[2]);
  if (what == "flapping") return flapping(argv[2]);
  if (what == "service-steps") return service_steps(argv[2]);
  if (what == "service-forever") return service_forever(argv[2]);
  if (what == "history") return history(argv[2]);
  if (what == "turns") return turns(argv[2]);
  if (what == "hold") return hold(argv[2]);
  if (what == "service") return service(argv[2]);
  if (what == "numbers") return numbers(argv[2]);
  if (what == "create") return create(argv[2]);
  if (what == "lock") return lock(argv[2]);
  std::cerr << "usage: rota-test-journal-writer WHAT DIRECTORY (see main.cpp)\n";
  return 64;
}
