// Looking secrets up.
#include "scheduler/daemon/secrets.h"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <system_error>

#include "scheduler/daemon/secret_command.h"
#include "shared/limits.h"
#include "shared/wire/codec.h"

namespace rota::daemon {
namespace {

void ring(int bell) {
  const std::uint64_t one = 1;
  [[maybe_unused]] const auto n = ::write(bell, &one, sizeof one);
}

Error without(const jobs::Secret& secret, const std::string& why) {
  return fail(Code::not_found, "secret '" + secret.name + "' cannot be had: " + why);
}

/// What every value must be, whatever its source; a line feed at its end is not part of it.
Result<std::string> checked(const jobs::Secret& secret, std::string value, const std::string& source) {
  if (value.ends_with('\n')) value.pop_back();
  if (value.size() > limits::kSecretBytes)
    return without(secret, source + " holds more than " + std::to_string(limits::kSecretBytes) +
                               " bytes (limit secret_bytes)");
  if (value.find('\0') != std::string::npos)
    return without(secret, source + " holds a NUL byte, which no environment variable can");
  return value;
}

Result<std::string> from_environment(const jobs::Secret& secret) {
  const char* value = std::getenv(secret.source.c_str());
  if (!value)
    return without(secret, "the environment variable " + secret.source +
                               " is not set where `rota run` or the service was started");
  return checked(secret, value, "the environment variable " + secret.source);
}

Result<std::string> from_file(const jobs::Secret& secret) {
  const auto source = "the file " + secret.source;
  const auto fd = posix::open_file(secret.source, O_RDONLY | O_NONBLOCK | O_NOCTTY);
  if (!fd) return without(secret, to_text(fd.error()));
  struct stat s {};
  if (::fstat(fd->get(), &s) != 0 || !S_ISREG(s.st_mode)) return without(secret, source + " is not a regular file");
  auto text = posix::read_all(fd->get(), limits::kSecretBytes + 1, source);
  if (!text) return without(secret, to_text(text.error()));
  return checked(secret, std::move(*text), source);
}

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool kIsLookedAt = true;
#else
constexpr bool kIsLookedAt = false;
#endif

}  // namespace

void keep_memory_private() {
  if (!kIsLookedAt) ::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
}

Result<std::unique_ptr<Secrets>> Secrets::create() {
  auto bell = posix::make_eventfd();
  if (!bell) return bell.error();
  auto closing = posix::make_eventfd();
  if (!closing) return closing.error();
  return std::unique_ptr<Secrets>(new Secrets(std::move(*bell), std::move(*closing)));
}

Secrets::~Secrets() {
  {
    const std::lock_guard lock(mutex_);
    over_ = true;
  }
  ring(closing_.get());
  queued_.notify_all();
  for (auto& thread : threads_) thread.join();
}

const Result<std::string>* Secrets::find(RunId run, const jobs::Secret& secret, const std::string& directory) {
  auto copy = secret;
  const auto [at, fresh] = values_.try_emplace(Key{run, wire::encoded(copy)});
  if (!fresh) return at->second ? &*at->second : nullptr;
  if (secret.from == jobs::Secret::From::env) return &at->second.emplace(from_environment(secret));
  bool another = false;
  {
    const std::lock_guard lock(mutex_);
    wanted_.push_back({at->first, secret, directory});
    another = wanted_.size() > idle_;
  }
  if (another && threads_.size() < limits::kSecretCommands) {
    if (auto s = add_thread(); !s && threads_.empty()) {  // else those that there are come to it
      const std::lock_guard lock(mutex_);
      wanted_.pop_back();
      return &at->second.emplace(without(secret, to_text(s.error())));
    }
  }
  queued_.notify_one();
  return nullptr;
}

Status Secrets::add_thread() {
  try {
    threads_.emplace_back([this] { serve(); });
    return {};
  } catch (const std::system_error& e) {
    return system_error("no thread can be started to fetch it", {}, e.code().value());
  }
}

void Secrets::forget(RunId run) {
  values_.erase(values_.lower_bound({run, {}}), values_.lower_bound({run + 1, {}}));
}

bool Secrets::take() {
  std::uint64_t count = 0;
  if (::read(bell_.get(), &count, sizeof count) <= 0) return false;
  const std::lock_guard lock(mutex_);
  for (auto& [key, value] : std::exchange(fetched_, {})) {
    // A run that was forgotten meanwhile stays forgotten.
    if (const auto at = values_.find(key); at != values_.end()) at->second.emplace(std::move(value));
  }
  return true;
}

bool Secrets::is_command(int pid) {
  const std::lock_guard lock(commands_mutex_);
  return commands_.count(pid) > 0;
}

std::optional<Secrets::Wanted> Secrets::next() {
  std::unique_lock lock(mutex_);
  ++idle_;
  queued_.wait(lock, [this] { return over_ || !wanted_.empty(); });
  --idle_;
  if (over_) return std::nullopt;
  auto wanted = std::move(wanted_.front());
  wanted_.pop_front();
  return wanted;
}

void Secrets::serve() {
  while (const auto wanted = next()) {
    auto value = wanted->secret.from == jobs::Secret::From::file ? from_file(wanted->secret)
                                                                 : run_command(wanted->secret, wanted->directory);
    {
      const std::lock_guard lock(mutex_);
      fetched_.emplace_back(wanted->key, std::move(value));
    }
    ring(bell_.get());
  }
}

Result<std::string> Secrets::run_command(const jobs::Secret& secret, const std::string& directory) {
  SecretCommand command(secret.argv, directory, closing_.get());
  {
    const std::lock_guard lock(commands_mutex_);  // whoever asks for its number waits until it is known here
    if (auto s = command.start(); !s) return without(secret, "its command did not start: " + to_text(s.error()));
    commands_.insert(command.pid());
  }
  command.wait();
  const auto end = [&] {
    const std::lock_guard lock(commands_mutex_);
    commands_.erase(command.pid());
    return command.end();
  }();
  const auto source = "its command " + secret.argv.front();
  if (!end.fault.empty()) return without(secret, source + " " + end.fault);
  return checked(secret, end.out, source);
}

}  // namespace rota::daemon
