// Looking once, before the first of it, and putting back.
#include "worker/pool/household.h"

#include <fcntl.h>
#include <locale.h>
#include <pthread.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>

namespace rota::worker {
namespace {

std::vector<std::string> present_environment() {
  std::vector<std::string> out;
  for (char** e = environ; e && *e; ++e) out.emplace_back(*e);
  return out;
}

bool is_present(const std::vector<std::string>& entries) {
  char** e = environ;
  for (const auto& entry : entries)
    if (!e || !*e || entry != *e++) return false;
  return !e || !*e;
}

}  // namespace

bool is_foreign(const std::string& target) { return target.find(':') != std::string::npos; }

void set_environment(std::vector<std::string> entries) {
  // What the process had before may be held by code of the user's: it is left as it is, but for one generation.
  static std::vector<std::string> kept, before;
  static std::vector<char*> pointers, pointers_before;
  before = std::move(kept);
  pointers_before = std::move(pointers);
  kept = std::move(entries);
  pointers.clear();
  for (auto& entry : kept) pointers.push_back(entry.data());
  pointers.push_back(nullptr);
  environ = pointers.data();
}

void Household::look() {
  if (auto fd = posix::open_file(".", O_PATH | O_DIRECTORY)) directory_ = std::move(*fd);
  umask_ = ::umask(077);
  ::umask(umask_);
  const char* locale = ::setlocale(LC_ALL, nullptr);
  locale_ = locale ? locale : "C";
  environment_ = present_environment();
  looked_ = true;
}

void Household::enter() {
  const std::lock_guard lock(mutex_);
  if (!looked_) look();
  ++inside_;
}

std::optional<std::string> Household::leave() {
  const std::lock_guard lock(mutex_);
  return --inside_ > 0 ? std::nullopt : put_back();
}

std::optional<std::string> Household::put_back() {
  if (directory_ && ::fchdir(directory_.get()) != 0) return "its directory cannot be put back";
  ::umask(umask_);
  const char* locale = ::setlocale(LC_ALL, nullptr);
  if (!locale || locale_ != locale)
    if (!::setlocale(LC_ALL, locale_.c_str())) return "its locale cannot be put back";
  if (!is_present(environment_)) set_environment(environment_);
  return std::nullopt;
}

ThreadState::ThreadState() {
  ::pthread_sigmask(SIG_SETMASK, nullptr, &mask_);
  ::fegetenv(&floating_);
}

ThreadState::~ThreadState() {
  ::pthread_sigmask(SIG_SETMASK, &mask_, nullptr);
  ::fesetenv(&floating_);
}

}  // namespace rota::worker
