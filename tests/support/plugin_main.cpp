// A plugin as users write them, with a function for each thing that a test looks at.
#include <fcntl.h>
#include <fenv.h>
#include <locale.h>
#include <pthread.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <rota/rota.hpp>
#include <stdexcept>
#include <thread>

namespace {

// A library may print while it is loaded: who asks what it offers must not take that for an answer.
const bool kLoaded = std::getenv("ROTA_RUN_ID") || (std::printf("{\"targets\": []}\n") > 0 && std::fflush(stdout) == 0);

void show(rota::Context& ctx, bool truth, std::int64_t whole, double number, const std::string& text,
          std::chrono::milliseconds time, std::vector<std::string> words, std::map<std::string, int> counts,
          rota::Value any, std::optional<std::int64_t> perhaps) {
  const auto* list = any.as<rota::List>();
  std::string line = (truth ? "true " : "false ") + std::to_string(whole) + " " + std::to_string(number) + " " + text +
                     " " + std::to_string(time.count()) + "ms";
  for (const auto& w : words) line += " [" + w + "]";
  for (const auto& [key, n] : counts) line += " " + key + "=" + std::to_string(n);
  line += list ? " any:" + std::to_string(list->size()) : " any:-";
  line += perhaps ? " perhaps:" + std::to_string(*perhaps) : " perhaps:-";
  ctx.out(line + "\n");
}
ROTA_TARGET(show, "truth", "whole", "number=0.5", "text=none", "time=1.5s", "words", "counts", "any", "perhaps")
    .summary("prints what it gets");

rota::Task<rota::Map> co_show(rota::AsyncContext& ctx, std::int64_t whole, const std::string& text) {
  ctx.out(std::to_string(whole) + " " + text + "\n");
  co_await ctx.sleep(std::chrono::milliseconds(1));
  ctx.err("from " + ctx.job_id() + "\n");
  ctx.output("early", rota::List{1, "two", 3.5});
  ctx.progress(1);
  co_return rota::Map{{"sum", whole + static_cast<std::int64_t>(text.size())}, {"text", text}};
}
ROTA_TARGET(co_show, "whole", "text=none");

std::uint64_t small(std::uint8_t n, rota::Rest<std::int64_t> more) {
  std::uint64_t sum = n;
  for (const auto m : more) sum += static_cast<std::uint64_t>(m);
  return sum;
}
ROTA_TARGET(small, "n", "more");

void throws(const std::string& message) { throw std::runtime_error(message); }
ROTA_TARGET(throws, "message");
rota::Task<> co_throws(rota::AsyncContext& ctx, std::string message) {
  co_await ctx.sleep(std::chrono::milliseconds(1));
  throw std::runtime_error(message);
}
ROTA_TARGET(co_throws, "message");
void throws_seven() { throw 7; }
ROTA_TARGET(throws_seven);

void waits(rota::Context& ctx) {
  ctx.out("waiting\n");
  while (ctx.sleep(std::chrono::hours(1)))
    ;
  ctx.out("asked to stop: " + std::to_string(ctx.stop_requested()) + "\n");
}
ROTA_TARGET(waits);

struct Farewell {
  rota::AsyncContext& ctx;
  ~Farewell() { ctx.out("cleaned up\n"); }
};
/// Both ends are closed with it.
struct Pipe {
  int ends[2];
  Pipe() {
    if (::pipe(ends) != 0) throw std::runtime_error("no pipe");
  }
  ~Pipe() { ::close(ends[0]), ::close(ends[1]); }
};

rota::Task<> wait_long(rota::AsyncContext& ctx, const std::string& what) {
  const Farewell farewell{ctx};
  const Pipe silent;
  ctx.out("waiting\n");
  if (what == "time") co_await ctx.sleep(std::chrono::hours(1));
  if (what == "descriptor") co_await ctx.readable(silent.ends[0]);
  if (what == "both") co_await ctx.readable(silent.ends[0], std::chrono::hours(1));
  ctx.out("not reached\n");
}
rota::Task<> co_waits(rota::AsyncContext& ctx, std::string what) { co_await wait_long(ctx, what); }
ROTA_TARGET(co_waits, "what=time");

rota::Task<> co_pipe(rota::AsyncContext& ctx, std::string word) {
  const Pipe pipe;
  if (co_await ctx.readable(pipe.ends[0], std::chrono::milliseconds(1))) throw std::runtime_error("readable too early");
  if (!co_await ctx.writable(pipe.ends[1])) throw std::runtime_error("not writable");
  [[maybe_unused]] const auto n = ::write(pipe.ends[1], word.data(), word.size());
  if (!co_await ctx.readable(pipe.ends[0], std::chrono::hours(1))) throw std::runtime_error("not readable");
  char buffer[64];
  const auto got = ::read(pipe.ends[0], buffer, sizeof buffer);
  ctx.out("read " + std::string(buffer, static_cast<std::size_t>(got > 0 ? got : 0)) + "\n");
}
ROTA_TARGET(co_pipe, "word");

void looks(rota::Context& ctx) { ctx.out(ctx.env("COLOUR").value_or("(none)") + " " + ctx.path("x") + "\n"); }
ROTA_TARGET(looks);

/// Nanoseconds of the processor that this thread has used.
std::int64_t thread_cpu() {
  timespec t{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
  return std::int64_t{t.tv_sec} * 1'000'000'000 + t.tv_nsec;
}
std::int64_t burned(std::chrono::nanoseconds d) {
  const auto before = thread_cpu();
  volatile unsigned work = 1;
  while (thread_cpu() - before < d.count())
    for (int i = 0; i < 1000; ++i) work = work * 5 + 1;
  return thread_cpu() - before;
}

// They leave what they have used by their own reading, in microseconds.
rota::Map burn(std::chrono::nanoseconds time) { return {{"burned", burned(time) / 1000}}; }
ROTA_TARGET(burn, "time");
rota::Task<rota::Map> co_burn(rota::AsyncContext& ctx, std::chrono::nanoseconds time) {
  std::int64_t sum = 0;
  for (int i = 0; i < 4; ++i) {
    sum += burned(time / 4);
    co_await ctx.sleep(std::chrono::milliseconds(1));
  }
  co_return rota::Map{{"burned", sum / 1000}};
}
ROTA_TARGET(co_burn, "time");

// What tests of warm processes look at.
std::string g_prepared = "not prepared";
void prepare(rota::Context& ctx, std::string word) {
  g_prepared = word + " in " + std::to_string(::getpid());
  ctx.out("preparing\n");
}
ROTA_TARGET(prepare, "word");
void prepare_in_vain(std::string why) { throw std::runtime_error(why); }
ROTA_TARGET(prepare_in_vain, "why");
/// Says where it runs; task `at` does the evil thing first.
void tells(rota::Context& ctx, std::int64_t at, const std::string& evil) {
  const bool mine = ctx.env("ROTA_ARRAY_INDEX").value_or("0") == std::to_string(at);
  if (mine && evil == "abort") std::abort();
  if (mine && evil == "hang")
    for (;;) ::pause();
  if (mine && evil == "leak") {
    static std::string leaked;
    leaked.assign(200u << 20, 'x');
  }
  if (mine && evil == "threads")
    for (int i = 0; i < 100; ++i) std::thread([] { for (;;) ::pause(); }).detach();
  if (mine && evil == "descriptors")
    for (int i = 0; i < 400; ++i) [[maybe_unused]] const int fd = ::open("/dev/null", O_RDONLY);
  if (mine && evil == "children" && ::fork() == 0) {
    ::setsid();
    if (::fork() == 0)
      for (;;) ::pause();
    ::_exit(0);
  }
  if (mine && evil == "close")
    for (int fd = 0; fd < 1024; ++fd) ::close(fd);
  ctx.out("pid " + std::to_string(::getpid()) + " " + g_prepared + "\n");
}
ROTA_TARGET(tells, "at=-1", "evil=none");
/// Changes what it can, or (`look`) tells what there is.
void surroundings(rota::Context& ctx, bool change) {
  char directory[4096] = "";
  sigset_t mask;
  ::pthread_sigmask(SIG_SETMASK, nullptr, &mask);
  const mode_t umask = ::umask(0);
  ::umask(umask);
  ctx.out(std::string(::getcwd(directory, sizeof directory)) + " " + std::to_string(umask) + " " +
          ::setlocale(LC_ALL, nullptr) + " " + std::to_string(::sigismember(&mask, SIGUSR1)) + " " +
          (std::getenv("COLOUR") ? std::getenv("COLOUR") : "-") + " " + (std::getenv("LEFT") ? "left" : "-") + " " +
          std::to_string(::fegetround() == FE_TONEAREST) + "\n");
  if (!change) return;
  ::sigaddset(&mask, SIGUSR1);
  ::pthread_sigmask(SIG_SETMASK, &mask, nullptr);
  ::umask(0);
  ::setlocale(LC_ALL, "C.UTF-8");
  ::setenv("COLOUR", "red", 1);
  ::setenv("LEFT", "1", 1);
  ::fesetround(FE_UPWARD);
  if (::chdir("/") != 0) throw std::runtime_error("no root");
}
ROTA_TARGET(surroundings, "change=true");
/// Is at 40%, until it is told to go on.
void steps(rota::Context& ctx) {
  ctx.progress(0.1);
  ctx.progress(0.4);
  while (::access(ctx.path("go").c_str(), F_OK) != 0 && ctx.sleep(std::chrono::milliseconds(10)))
    ;
}
ROTA_TARGET(steps);
rota::Task<> co_steps(rota::AsyncContext& ctx) {
  ctx.progress(0.1);
  ctx.progress(0.4);
  while (::access(ctx.path("go").c_str(), F_OK) != 0) co_await ctx.sleep(std::chrono::milliseconds(10));
}
ROTA_TARGET(co_steps);

/// Makes a file longer until there is a file `go`, as does a child of it that has left its session.
void counts(rota::Context& ctx, bool deaf) {
  const auto longer = [](const char* path) {
    const int fd = ::open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    [[maybe_unused]] const auto n = ::write(fd, ".", 1);
    ::close(fd);
  };
  const std::string own = ctx.path("count"), child = ctx.path("child"), go = ctx.path("go");
  ctx.out("pid " + std::to_string(::getpid()) + "\n");
  if (::fork() == 0) {
    ::setsid();
    for (;; ::usleep(2000)) longer(child.c_str());
  }
  for (longer(own.c_str()); ::access(go.c_str(), F_OK) != 0; longer(own.c_str()))
    if (deaf) ::usleep(2000);
    else if (!ctx.sleep(std::chrono::milliseconds(2))) return;
}
ROTA_TARGET(counts, "deaf=false");

void crash() { std::abort(); }
ROTA_TARGET(crash);

}  // namespace
