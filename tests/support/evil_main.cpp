// A plugin that does harm, with a function for each way to bring down the worker that runs it, or its neighbours.
#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cfenv>
#include <chrono>
#include <clocale>
#include <cstdlib>
#include <exception>
#include <fstream>
#include <rota/rota.hpp>
#include <stdexcept>
#include <string>
#include <thread>

namespace {

using namespace std::chrono_literals;

[[gnu::noinline]] int overflow(volatile int depth) {
  volatile char much[4096];
  much[0] = static_cast<char>(depth);
  return depth == -1 ? much[0] : overflow(depth + 1) + much[0];
}

/// What a person would meet: the kernel's signal for the deed, not one that is sent.
[[gnu::noinline]] void do_harm(const std::string& how) {
  static volatile int zero = 0;
  if (how == "segv") *reinterpret_cast<volatile int*>(zero) = 1;
  if (how == "bus") {
    char name[] = "/tmp/rota-bus-XXXXXX";
    const int fd = ::mkstemp(name);
    ::unlink(name);
    ::raise(fd < 0 ? SIGABRT : SIGBUS);
  }
  if (how == "fpe") ::raise(zero == 0 ? SIGFPE : 0);
  if (how == "ill") __builtin_trap();
  if (how == "abrt") std::abort();
  if (how == "overflow") overflow(zero);
  if (how == "terminate") std::terminate();
  if (how == "kill") ::kill(::getpid(), SIGKILL);
  if (how == "exit") std::exit(3);
  if (how == "quick_exit") std::quick_exit(4);
  if (how == "_exit") ::_exit(5);
  if (how == "thread") std::thread([] { std::abort(); }).join();
}

void harm(const std::string& how) { do_harm(how); }
ROTA_TARGET(harm, "how").summary("brings down its worker");

rota::Task<> co_harm(rota::AsyncContext& ctx, std::string how) {
  co_await ctx.sleep(1ms);
  do_harm(how);
}
ROTA_TARGET(co_harm, "how");

/// One task among many: every n-th does harm, in five ways by turns.
void poison(rota::Context& ctx, std::int64_t every, std::chrono::microseconds time) {
  static const char* const kHow[] = {"segv", "abrt", "fpe", "ill", "overflow"};
  const std::int64_t i = std::stoll(ctx.env("ROTA_ARRAY_INDEX").value_or("0"));
  if (every > 0 && i % every == 0) do_harm(kHow[i / every % 5]);
  if (time.count() > 0) ctx.sleep(std::chrono::duration_cast<std::chrono::nanoseconds>(time));
}
ROTA_TARGET(poison, "every", "time=0us");

/// Writes into what is another's, who finds out.
std::atomic<int> shared_state{0};
void corrupts() { shared_state = 1; }
ROTA_TARGET(corrupts);
void finds_out(rota::Context& ctx) {
  if (shared_state != 0) std::abort();
  ctx.out("all is well\n");
}
ROTA_TARGET(finds_out);

/// Deaf to any wish.
void hangs() {
  for (;;) std::this_thread::sleep_for(10ms);
}
ROTA_TARGET(hangs);
void spins() {
  for (volatile unsigned n = 0;; n = n + 1) {
  }
}
ROTA_TARGET(spins);
void spin_for(std::chrono::milliseconds time) {
  const auto end = std::chrono::steady_clock::now() + time;
  while (std::chrono::steady_clock::now() < end) {
  }
}
ROTA_TARGET(spin_for, "time");
/// Keeps the loop to itself for a while.
rota::Task<> blocks(rota::AsyncContext& ctx, std::chrono::milliseconds time) {
  co_await ctx.sleep(1ms);
  std::this_thread::sleep_for(time);
}
ROTA_TARGET(blocks, "time");
rota::Task<> naps(rota::AsyncContext& ctx, std::chrono::milliseconds time) { co_await ctx.sleep(time); }
ROTA_TARGET(naps, "time");

void sleeps(rota::Context& ctx, std::chrono::milliseconds time) {
  if (time > 1s) ctx.out("asleep\n");
  ctx.sleep(time);
}
ROTA_TARGET(sleeps, "time");

void closes_all() {
  for (int fd = 0; fd < 1024; ++fd) ::close(fd);
}
ROTA_TARGET(closes_all);

/// Has its own file at every number there was, and crashes.
void takes_all(const std::string& path) {
  const int own = ::open(path.c_str(), O_CREAT | O_WRONLY | O_APPEND | O_CLOEXEC, 0600);
  for (int fd = 3; fd < 64; ++fd)
    if (fd != own) ::dup2(own, fd);
  if (::write(own, "mine\n", 5) == 5) std::abort();
}
ROTA_TARGET(takes_all, "path");

/// A child that leaves its session and stays.
void leaves_child(const std::string& where) {
  const pid_t child = ::fork();
  if (child < 0) throw std::runtime_error("cannot fork");
  if (child > 0) return;
  ::setsid();
  const int fd = ::open(where.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
  const std::string pid = std::to_string(::getpid());
  [[maybe_unused]] const auto n = ::write(fd, pid.data(), pid.size());
  for (;;) ::pause();
}
ROTA_TARGET(leaves_child, "where");

/// A child of it calls exit, and one takes a signal: neither is the worker.
void forks_and_ends() {
  for (const bool by_signal : {false, true}) {
    const pid_t child = ::fork();
    if (child == 0 && by_signal) std::abort();
    if (child == 0) std::exit(9);
  }
}
ROTA_TARGET(forks_and_ends);

void changes_all() {
  [[maybe_unused]] const int moved = ::chdir("/");
  ::umask(0);
  std::setlocale(LC_ALL, "C.UTF-8");
  std::fesetround(FE_UPWARD);
  sigset_t all;
  sigfillset(&all);
  ::pthread_sigmask(SIG_BLOCK, &all, nullptr);
}
ROTA_TARGET(changes_all);

/// Nonsense over all that the worker shares with its coordinator.
void scribble_once() {
  std::ifstream maps("/proc/self/maps");
  for (std::string line; std::getline(maps, line);) {
    if (line.find("rota-lane-to-coordinator") == std::string::npos || line.find(" rw") == std::string::npos) continue;
    const auto from = std::stoull(line, nullptr, 16), to = std::stoull(line.substr(line.find('-') + 1), nullptr, 16);
    for (auto at = from; at < to; at += 8) *reinterpret_cast<volatile std::uint64_t*>(at) = 0x5A5A5A5A5A5A5A5A;
  }
}
void scribbles(rota::Context& ctx) {
  for (;;) {
    scribble_once();
    ctx.out("nonsense\n");
    std::this_thread::sleep_for(1ms);
  }
}
ROTA_TARGET(scribbles);

}  // namespace
