// A queue to the thread, a queue back, and an eventfd that wakes the loop.
#include "scheduler/daemon/api/loader.h"

#include <sys/epoll.h>
#include <unistd.h>

#include <atomic>
#include <condition_variable>
#include <csignal>
#include <mutex>

#include "jobs/catalogue/ask_python.h"
#include "jobs/catalogue/ask_worker.h"
#include "jobs/read/load.h"
#include "scheduler/control/frames.h"
#include "scheduler/daemon/worker_path.h"

namespace rota::daemon {

struct Loader::Shared {
  posix::Fd bell;
  std::string python;  // set before the thread begins
  std::mutex mutex;
  std::condition_variable news;
  std::deque<Job> jobs;
  std::deque<Loaded> done;
  std::atomic<bool> over = false;
};

namespace {

std::vector<std::pair<std::string, std::string>> split_env(const std::vector<std::string>& env) {
  std::vector<std::pair<std::string, std::string>> out;
  for (const auto& word : env)
    if (const auto eq = word.find('='); eq != word.npos && eq > 0)
      out.emplace_back(word.substr(0, eq), word.substr(eq + 1));
  return out;
}

Result<std::string> read_file(int fd, std::size_t size) {
  std::string bytes(size, '\0');
  for (std::size_t at = 0; at < size;) {
    const auto n = ::pread(fd, bytes.data() + at, size - at, static_cast<off_t>(at));
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return system_error("cannot read the job file's copy");
    at += static_cast<std::size_t>(n);
  }
  return bytes;
}

Loaded load_now(const control::ask::Submit& what, int fd, const std::string& python, const std::atomic<bool>& over) {
  const auto size = control::check_sealed_file(fd);
  if (!size) return size.error();
  auto bytes = read_file(fd, *size);
  if (!bytes) return bytes.error();
  jobs::Source source{what.file.empty() || what.file == "-" ? "<stdin>" : what.file, std::move(*bytes)};
  const auto describe = [&](const std::string& path) -> Result<jobs::PluginTable> {
    const auto worker = find_worker_binary();
    if (!worker) return worker.error();
    return jobs::ask_worker(*worker, path, what.env);
  };
  const auto describe_python = [&](const jobs::PythonQuestion& question) -> Result<jobs::PythonAnswer> {
    const auto worker = find_worker_binary();
    if (!worker) return worker.error();
    return jobs::ask_python(*worker, question, what.env);
  };
  auto loaded = jobs::load(source, {.directory = what.directory,
                                    .absolute_path = what.absolute_path,
                                    .params = what.params,
                                    .env = split_env(what.env),
                                    .give_up = &over,
                                    .describe_plugin = describe,
                                    .describe_python = describe_python,
                                    .machine = this_machine(),
                                    .python = python});
  if (auto* found = std::get_if<std::vector<jobs::Diagnostic>>(&loaded)) {
    auto text = jobs::render(*found, source);
    if (!text.ends_with('\n')) text += '\n';
    return control::answer::Invalid{std::move(text)};
  }
  auto plan = std::get<jobs::Plan>(std::move(loaded));
  if (what.name.empty()) return plan;
  auto name = Name::parse(what.name);
  if (!name) return name.error();
  plan.name = std::move(*name);
  return plan;
}

}  // namespace

Result<std::unique_ptr<Loader>> Loader::create(Loop& loop, std::string python) {
  auto bell = posix::make_eventfd();
  if (!bell) return bell.error();
  auto shared = std::make_unique<Shared>();
  shared->bell = std::move(*bell);
  shared->python = std::move(python);
  std::unique_ptr<Loader> loader(new Loader(loop, std::move(shared)));
  auto s = loop.watch(loader->shared_->bell.get(), EPOLLIN, [raw = loader.get()](std::uint32_t) { raw->collect(); });
  if (!s) return s.error();
  return loader;
}

Loader::Loader(Loop& loop, std::unique_ptr<Shared> shared) : loop_(loop), shared_(std::move(shared)) {
  sigset_t all, before;  // signals are the loop's
  ::sigfillset(&all);
  ::pthread_sigmask(SIG_SETMASK, &all, &before);
  thread_ = std::thread([raw = shared_.get()] { work(*raw); });
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

Loader::~Loader() {
  loop_.forget(shared_->bell.get());
  {
    const std::lock_guard lock(shared_->mutex);
    shared_->over = true;
    shared_->jobs.clear();
  }
  shared_->news.notify_all();
  thread_.join();
}

void Loader::load(control::ask::Submit what, posix::Fd file, Then then) {
  waiting_.push_back(std::move(then));
  {
    const std::lock_guard lock(shared_->mutex);
    shared_->jobs.push_back({std::move(what), std::move(file)});
  }
  shared_->news.notify_one();
}

void Loader::work(Shared& shared) {
  std::unique_lock lock(shared.mutex);
  for (;;) {
    shared.news.wait(lock, [&] { return shared.over || !shared.jobs.empty(); });
    if (shared.over) return;
    Job job = std::move(shared.jobs.front());
    shared.jobs.pop_front();
    lock.unlock();
    auto loaded = load_now(job.what, job.file.get(), shared.python, shared.over);
    job = {};  // the file's memory, before anybody waits
    lock.lock();
    shared.done.push_back(std::move(loaded));
    const std::uint64_t one = 1;
    (void)!::write(shared.bell.get(), &one, sizeof one);
  }
}

void Loader::collect() {
  std::uint64_t times = 0;
  (void)!::read(shared_->bell.get(), &times, sizeof times);
  std::deque<Loaded> done;
  {
    const std::lock_guard lock(shared_->mutex);
    done.swap(shared_->done);
  }
  for (auto& loaded : done) {  // in order, as one thread serves them
    auto then = std::move(waiting_.front());
    waiting_.pop_front();
    then(std::move(loaded));
  }
}

}  // namespace rota::daemon
