// How many empty processes launchers get through: rota-bench-launcher JOBS LAUNCHERS [PROGRAM]. All starts are sent up
// front; prints jobs per second and the launchers' own processor time per job. Compare with
//   time (yes /bin/true | head -n JOBS | xargs -P LAUNCHERS -n 1 PROGRAM)   in the same minute.
#include <poll.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <stdexcept>
#include <string>
#include <vector>

#include "shared/lane/message.h"
#include "shared/lane/packet.h"
#include "shared/process/spawn.h"
#include "shared/wire/codec.h"
#include "tests/support/scratch.h"

namespace {

using namespace rota;

struct Launcher {
  lane::PacketLink link;
  process::Child child;
  int left;
};

Launcher open_launcher(std::uint32_t seat, const std::string& segment) {
  auto sockets = posix::make_socketpair(SOCK_SEQPACKET);
  process::SpawnSpec spec;
  spec.argv = {
      test::program("rota-worker"), "launcher", "--seat", std::to_string(seat), "--generation", "1", "--width", "1"};
  spec.env = {"PATH=/usr/bin:/bin"};
  if (const char* tree = std::getenv("ROTA_TREE")) spec.env.push_back(std::string("ROTA_TREE=") + tree);
  spec.extra_fds = {{sockets->second.get(), 3}};
  spec.stderr_fd = 2;
  auto child = process::spawn(spec);
  if (!child) throw std::runtime_error(to_text(child.error()));
  Launcher l{lane::PacketLink(std::move(sockets->first)), std::move(*child), 0};
  std::vector<std::string> env;
  for (int i = 0; i < 40; ++i) env.push_back("VARIABLE_" + std::to_string(i) + "=a value of a usual length");
  static_cast<void>(l.link.send(wire::encoded(lane::Down(lane::down::OpenRun{1, env, seat, segment}))));
  return l;
}

lane::Assignment a_job(JobIndex n, const std::string& program) {
  lane::Assignment a;
  a.id = {{1, n, 0}, 1};
  a.argv = {program};
  a.env = {"ROTA_JOB_ID=1/job" + std::to_string(n), "ROTA_ATTEMPT=1", "ROTA_RUN_ID=1", "ROTA_KEY=1.0"};
  a.working_dir = "/tmp";
  a.log.max_bytes = 1 << 20;
  a.grace_ns = 1'000'000'000;
  return a;
}

void take_words(Launcher& l) {
  std::string bytes;
  while (*l.link.receive(bytes)) {
    lane::Up word;
    if (!wire::decode(bytes, word)) throw std::runtime_error("bad word");
    if (const auto* f = std::get_if<lane::up::Finished>(&word)) {
      if (f->report.ending.kind != Ending::Kind::exited) throw std::runtime_error("a job failed: " + f->report.message);
      --l.left;
    }
  }
  if (l.link.eof()) throw std::runtime_error("a launcher is gone");
  static_cast<void>(l.link.flush());
}

double cpu_us(const Launcher& l) {
  const auto stat = test::slurp("/proc/" + std::to_string(l.child.pid) + "/schedstat");
  return std::strtod(stat.c_str(), nullptr) / 1000;
}

}  // namespace

int main(int argc, char** argv) {
  const int jobs = argc > 1 ? std::atoi(argv[1]) : 2000, count = argc > 2 ? std::atoi(argv[2]) : 2;
  const std::string program = argc > 3 ? argv[3] : "/bin/true";
  test::Scratch scratch;
  std::vector<Launcher> launchers;
  for (int i = 0; i < count; ++i) {
    launchers.push_back(open_launcher(static_cast<std::uint32_t>(i), scratch.path(std::to_string(i))));
  }
  for (int n = 0; n < jobs; ++n) {
    auto& l = launchers[static_cast<std::size_t>(n % count)];
    static_cast<void>(
        l.link.send(wire::encoded(lane::Down(lane::down::Start{a_job(static_cast<JobIndex>(n), program)}))));
    ++l.left;
  }
  const auto begin = std::chrono::steady_clock::now();
  const auto any_left = [&] {
    int left = 0;
    for (const auto& l : launchers) left += l.left;
    return left > 0;
  };
  for (auto& l : launchers) take_words(l);
  while (any_left()) {
    std::vector<pollfd> fds;
    for (const auto& l : launchers)
      fds.push_back({l.link.fd(), static_cast<short>(POLLIN | (l.link.wants_write() ? POLLOUT : 0)), 0});
    ::poll(fds.data(), fds.size(), -1);
    for (std::size_t i = 0; i < fds.size(); ++i) {
      if (fds[i].revents) take_words(launchers[i]);
    }
  }
  const double s = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  double cpu = 0;
  for (const auto& l : launchers) cpu += cpu_us(l);
  std::printf("%d jobs of %s, %d launchers: %.0f jobs/s; launchers' own cpu %.0f us a job\n", jobs, program.c_str(),
              count, jobs / s, cpu / jobs);
  for (auto& l : launchers) {
    static_cast<void>(l.link.send(wire::encoded(lane::Down(lane::down::End{}))));
    static_cast<void>(l.link.flush());
    static_cast<void>(process::reap(l.child));
  }
  return 0;
}
