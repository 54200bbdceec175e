// Opening an attempt's descriptors.
#include "worker/launcher/plumbing.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace rota::worker {
namespace {

/// Opened without waiting for the other end of a FIFO, then given to the child as an ordinary blocking descriptor.
Result<posix::Fd> open_for_child(const std::string& path, int flags) {
  auto fd = posix::open_file(path, flags | O_NONBLOCK | O_NOCTTY, 0644);
  if (!fd) return fd.error();
  const int now = ::fcntl(fd->get(), F_GETFL);
  if (now < 0 || ::fcntl(fd->get(), F_SETFL, now & ~O_NONBLOCK)) return system_error("cannot open", path);
  return fd;
}

Result<posix::Fd> open_stdin(const lane::StdinPlan& plan) {
  switch (plan.kind) {
    case lane::StdinPlan::Kind::empty: return posix::Fd();
    case lane::StdinPlan::Kind::file: return open_for_child(plan.text, O_RDONLY);
    case lane::StdinPlan::Kind::text: break;
  }
  auto text = posix::make_memfd("stdin", false);
  if (!text) return text.error();
  if (auto s = posix::write_all(text->get(), plan.text, "stdin"); !s) return s.error();
  if (::lseek(text->get(), 0, SEEK_SET) != 0) return system_error("lseek", "stdin");
  return text;
}

/// A log file: the first attempt begins it anew, a retry goes on at its end.
int log_flags(const AttemptId& attempt) {
  return O_WRONLY | O_CREAT | O_APPEND | (attempt.number <= 1 ? O_TRUNC : 0);
}

Status lay_stream(const std::string& log_path, const AttemptId& attempt, const output::Masks& masks,
                  posix::Fd& for_child, posix::Fd& for_us, std::optional<MaskedLog>& log) {
  if (!log_path.empty() && !masks.empty()) {
    auto file = posix::open_file(log_path, log_flags(attempt) | O_NONBLOCK | O_NOCTTY, 0644);
    if (!file) return file.error();
    log.emplace(std::move(*file), masks);
  } else if (!log_path.empty()) {
    auto file = open_for_child(log_path, log_flags(attempt));
    if (!file) return file.error();
    for_child = std::move(*file);
    return {};
  }
  auto pipe = posix::make_pipe();
  if (!pipe) return pipe.error();
  for_us = std::move(pipe->first);
  for_child = std::move(pipe->second);
  return {};
}

}  // namespace

void MaskedLog::write(std::string_view bytes) {
  std::string decided;
  stream_.put(bytes, decided);
  put(decided);
}

Status MaskedLog::finish() {
  std::string rest;
  stream_.finish(rest);
  put(rest);
  return status_;
}

void MaskedLog::put(std::string_view bytes) {
  if (auto s = posix::write_all(file_.get(), bytes, "log"); !s && status_) status_ = s;
}

void Plumbing::close_child_ends() {
  child_stdin.reset();
  child_stdout.reset();
  child_stderr.reset();
}

Result<Plumbing> lay_plumbing(const lane::Assignment& a, const output::Masks& masks) {
  Plumbing p;
  auto in = open_stdin(a.stdin_plan);
  if (!in) return in.error();
  p.child_stdin = std::move(*in);
  if (auto s = lay_stream(a.log.stdout_path, a.id, masks, p.child_stdout, p.out, p.out_log); !s)
    return s.error();
  // One file under two names would be two offsets: the streams share the descriptor instead.
  const bool shared = a.log.merge || (!a.log.stderr_path.empty() && a.log.stderr_path == a.log.stdout_path);
  if (shared) return p;
  if (auto s = lay_stream(a.log.stderr_path, a.id, masks, p.child_stderr, p.err, p.err_log); !s)
    return s.error();
  return p;
}

}  // namespace rota::worker
