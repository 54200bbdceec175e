// rota-test-lane-peer: the worker's side of a lane in a process of its own, to be killed or to misbehave.
//   serve STEP    answers each Start with Started and Finished, and kills itself at the STEPth step (0: never). What it
//   has
//                 certainly published it also writes to descriptor 7, as a witness: one byte per Finished.
//   attack WHAT   one of the things a hostile worker may try; exit code 0 when the attempt was refused by the kernel
//   scribble SEED writes random bytes into its own region for ever
//   pool ...      as the fleet calls a worker: does what it is given; says that it has crashed in the first task of an
//                 odd generation, and does not die
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <random>
#include <string>
#include <string_view>

#include "shared/lane/ends.h"

namespace rota {
namespace {

constexpr WorkerId kWorker{2, 9};
constexpr int kWitness = 7;

class Steps {
 public:
  explicit Steps(long deadly) : deadly_(deadly) {}
  void step() {
    if (++taken_ == deadly_) ::kill(::getpid(), SIGKILL);
  }

 private:
  long taken_ = 0, deadly_;
};

class Server {
 public:
  Server(lane::WorkerEnd end, long deadly) : end_(std::move(end)), steps_(deadly) {}
  int serve() {
    steps_.step();
    end_.send(lane::up::Hello{lane::kProtocol, kWorker, ::getpid(), {}});
    steps_.step();
    end_.flush();
    for (;;) {
      lane::Down m;
      const auto got = end_.receive(m);
      if (!got) return 70;
      if (*got) {
        if (std::holds_alternative<lane::down::End>(m)) return leave();
        if (const auto* start = std::get_if<lane::down::Start>(&m)) answer(start->assignment.id);
        continue;
      }
      tell();
      if (!end_.about_to_sleep()) continue;
      steps_.step();
      pollfd p{end_.bell(), POLLIN, 0};
      ::poll(&p, 1, -1);
      steps_.step();
      end_.awake();
    }
  }

 private:
  void answer(AttemptId id) {
    auto entry = end_.claim();
    for (; !entry; entry = end_.claim()) {  // as many have begun as the ledger holds: their ends must be seen first
      tell();
      ::sched_yield();
    }
    steps_.step();
    end_.begun(*entry, id);
    steps_.step();
    end_.send(lane::up::Started{id, 0, {}});
    steps_.step();
    end_.send(lane::up::Finished{id, {}});
    steps_.step();
    end_.ended(*entry);
    ++unpublished_;
    if (id.task.job % 5 == 0) tell();
  }
  void tell() {
    steps_.step();
    end_.flush();
    steps_.step();
    if (end_.wants_flush()) return;
    const std::string bytes(unpublished_, '.');
    if (!bytes.empty() && ::write(kWitness, bytes.data(), bytes.size()) < 0) std::abort();
    unpublished_ = 0;
  }
  int leave() {
    while (end_.wants_flush()) end_.flush();
    tell();
    return 0;
  }
  lane::WorkerEnd end_;
  Steps steps_;
  std::size_t unpublished_ = 0;
};

int refused(bool failed) { return failed ? 0 : 1; }

int attack(const std::string& what) {
  using namespace lane::descriptor;
  if (what == "shrink-a") return refused(::ftruncate(kLaneToWorker, 0) < 0 && errno == EPERM);
  if (what == "shrink-b") return refused(::ftruncate(kLaneToCoordinator, 0) < 0 && errno == EPERM);
  if (what == "grow-b") return refused(::ftruncate(kLaneToCoordinator, 1 << 30) < 0 && errno == EPERM);
  if (what == "punch-a")
    return refused(::fallocate(kLaneToWorker, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, 4096) < 0 &&
                   errno == EPERM);
  if (what == "write-a") return refused(::pwrite(kLaneToWorker, "x", 1, 0) < 0);
  if (what == "map-a")
    return refused(::mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, kLaneToWorker, 0) == MAP_FAILED);
  if (what == "reopen-a") {
    const int again = ::open(("/proc/self/fd/" + std::to_string(kLaneToWorker)).c_str(), O_RDWR | O_CLOEXEC);
    return refused(again < 0 || ::mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, again, 0) == MAP_FAILED);
  }
  if (what == "fill-bells") {
    for (const int bell : {kBellToWorker, kBellToCoordinator}) {
      const std::uint64_t full = ~std::uint64_t{1};
      ::fcntl(bell, F_SETFL, O_NONBLOCK);
      if (::write(bell, &full, sizeof full) < 0 && errno != EAGAIN) return 2;
      ::fcntl(bell, F_SETFL, 0);
    }
    ::pause();
  }
  return 64;
}

int scribble(std::uint64_t seed) {
  std::mt19937_64 random(seed);
  auto* at = static_cast<volatile unsigned char*>(::mmap(nullptr, lane::kRegionBytesB, PROT_READ | PROT_WRITE,
                                                         MAP_SHARED, lane::descriptor::kLaneToCoordinator, 0));
  for (;;) {
    const auto r = random();
    const auto where = r % 3 == 0   ? 64 + (r >> 8) % 200
                       : r % 3 == 1 ? lane::kRingOffsetB + (r >> 8) % 4096
                                    : (r >> 8) % lane::kRegionBytesB;
    at[where] = static_cast<unsigned char>(r >> 48);
  }
}

/// The number behind `--name`.
std::uint32_t number_after(char** words, std::string_view name) {
  for (; *words; ++words)
    if (*words == name && words[1]) return static_cast<std::uint32_t>(std::atol(words[1]));
  return 0;
}

int fall(lane::WorkerEnd& end, AttemptId id) {
  const auto entry = end.claim();
  if (!entry) return 70;
  end.begun(*entry, id);
  auto blame = end.blame(1);
  blame.running(*entry);
  blame.crashed(SIGSEGV);
  const std::uint64_t one = 1;
  if (::write(lane::descriptor::kBellToCoordinator, &one, sizeof one) < 0) return 70;
  for (;;) ::pause();
}

int pool(WorkerId self) {
  auto end = lane::WorkerEnd::attach(self, lane::WorkerEnd::inherited());
  if (!end) return 70;
  end->send(lane::up::Hello{lane::kProtocol, self, ::getpid(), {}});
  end->flush();
  for (;;) {
    lane::Down m;
    const auto got = end->receive(m);
    if (!got) return 70;
    if (*got && std::holds_alternative<lane::down::End>(m)) return 0;
    const auto* start = *got ? std::get_if<lane::down::Start>(&m) : nullptr;
    if (start && self.generation % 2 == 1) return fall(*end, start->assignment.id);
    if (*got || !end->about_to_sleep()) continue;
    pollfd p{end->bell(), POLLIN, 0};
    ::poll(&p, 1, -1);
    end->awake();
  }
}

int serve(long deadly) {
  auto end = lane::WorkerEnd::attach(kWorker, lane::WorkerEnd::inherited());
  if (!end) {
    std::fprintf(stderr, "lane-peer: %s\n", to_text(end.error()).c_str());
    return 70;
  }
  return Server(std::move(*end), deadly).serve();
}

}  // namespace
}  // namespace rota

int main(int argc, char** argv) {
  if (argc > 1 && std::string_view(argv[1]) == "pool")
    return rota::pool({rota::number_after(argv, "--seat"), rota::number_after(argv, "--generation")});
  if (argc != 3) return 64;
  const std::string_view what = argv[1];
  if (what == "serve") return rota::serve(std::atol(argv[2]));
  if (what == "attack") return rota::attack(argv[2]);
  if (what == "scribble") return rota::scribble(static_cast<std::uint64_t>(std::atol(argv[2])));
  return 64;
}
