// rota-test-journal-writer WHAT DIRECTORY: writes a journal and says on stdout what is durable; tests kill it.
//   steps    the steps of steps.h, "acked N" after each, "closed" at the end; an error is printed, and tried again once
//   forever  numbered turns, "acked N" after each
//   folding  folds runs 1, 2, ... of 20 jobs, "acked N" after each, with frequent checkpoints
//   flapping opens the journal, folds a run, closes it, again and again; "acked N" after each
//   create   takes a run instance below DIRECTORY, prints its number, and keeps it until stdin ends
//   lock     takes the instance lock of DIRECTORY, prints "locked" or the refusal, and keeps it until stdin ends
#include <unistd.h>

#include <iostream>
#include <string>
#include <string_view>

#include "scheduler/store/instances.h"
#include "scheduler/store/journal.h"
#include "tests/journal_writer/steps.h"
#include "tests/journal_writer/records.h"

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

int create(const std::string& root) {
  auto instance = store::create_run_instance(root);
  if (!instance) return refuse(instance.error());
  say(std::to_string(instance->run));
  wait_for_end_of_input();
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
  if (what == "create") return create(argv[2]);
  if (what == "lock") return lock(argv[2]);
  std::cerr << "usage: rota-test-journal-writer steps|forever|folding|flapping|create|lock DIRECTORY\n";
  return 64;
}
