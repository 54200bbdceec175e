// Captured and plain output of one attempt.
#include "worker/pool/attempt_output.h"

#include <fcntl.h>

#include "shared/output/lost.h"

namespace rota::worker {

using output::Stream;

AttemptOutput::AttemptOutput(Attempt& attempt, Mailbox& mailbox)
    : attempt_(attempt),
      mailbox_(mailbox),
      masks_(attempt.assignment.masks),
      capture_(attempt.run.segment_writer, attempt.id(), attempt.assignment.log.max_bytes,
               attempt.assignment.ready_text, &masks_) {}

void AttemptOutput::progress(double done) {
  const auto now = progress_of(done);
  if (!now || !is_progress(told_progress_, *now)) return;
  told_progress_ = *now;
  attempt_.progress.store(*now, std::memory_order_relaxed);
  if (!attempt_.progress_waits.exchange(true, std::memory_order_acq_rel))
    mailbox_.post({Event::Kind::progressed, &attempt_, nullptr, {}}, Mailbox::Hurry::yes);
}

Status AttemptOutput::open() {
  const auto& log = attempt_.assignment.log;
  const int anew = attempt_.id().number <= 1 ? O_TRUNC : 0;
  const auto open_one = [this, anew](const std::string& path, Plain& to) -> Status {
    if (path.empty()) return {};
    auto fd = posix::open_file(path, O_WRONLY | O_CREAT | O_APPEND | anew, 0644);
    if (!fd) return fd.error();
    to.fd = std::move(*fd);
    if (!masks_.empty()) to.masked.emplace(masks_);
    return {};
  };
  if (auto s = open_one(log.stdout_path, out_); !s) return s;
  return merged() ? Status{} : open_one(log.stderr_path, err_);
}

/// One file under two names would be two offsets: then the streams share it.
bool AttemptOutput::merged() const {
  const auto& log = attempt_.assignment.log;
  return log.merge || (!log.stderr_path.empty() && log.stderr_path == log.stdout_path);
}

const AttemptOutput::Plain* AttemptOutput::plain(Stream stream) const {
  const auto& p = stream == Stream::err && !merged() ? err_ : out_;
  return p.fd ? &p : nullptr;
}

int AttemptOutput::direct(Stream stream) const {
  const auto* p = plain(stream);
  return p && attempt_.assignment.ready_text.empty() && masks_.empty() ? p->fd.get() : -1;
}

void AttemptOutput::write(Stream stream, std::string_view bytes) {
  if (bytes.empty()) return;
  if (const auto* p = plain(stream)) return write_plain(p == &out_ ? out_ : err_, bytes);
  if (attempt_.assignment.log.merge) stream = Stream::out;
  if (capture_.write(stream, bytes)) became_ready();
  if (!attempt_.run.grown.exchange(true, std::memory_order_acq_rel))
    mailbox_.post({Event::Kind::grown, nullptr, &attempt_.run, {}}, Mailbox::Hurry::yes);
}

void AttemptOutput::write_plain(Plain& to, std::string_view bytes) {
  if (to.masked) {
    std::string decided;
    to.masked->put(bytes, decided);
    keep_plain(to, decided);
  } else {
    keep_plain(to, bytes);
  }
  const auto& text = attempt_.assignment.ready_text;
  if (text.empty() || told_ready_) return;
  to.window += bytes;
  if (to.window.find(text) != std::string::npos) became_ready();
  if (to.window.size() >= text.size()) to.window.erase(0, to.window.size() - (text.size() - 1));
}

void AttemptOutput::keep_plain(Plain& to, std::string_view bytes) {
  const auto written = posix::write_all(to.fd.get(), bytes, "log");
  if (!written && plain_status_) plain_status_ = written.error();
}

Status AttemptOutput::make_values_file() {
  const auto& path = attempt_.assignment.outputs.path;
  if (path.empty() || values_) return {};  // a command that is tried again has it already
  auto file = output::ValuesFile::make(path);
  if (!file) return file.error();
  values_ = std::move(*file);
  return {};
}

void AttemptOutput::describe(std::vector<std::string>& env) const {
  if (values_) env.push_back(values_.variable());
}

void AttemptOutput::finish_values() {
  const auto& plan = attempt_.assignment.outputs;
  auto& report = attempt_.report;
  if (!masks_.empty()) report.message = masks_.masked_message(report.message);
  if (plan.fields.empty()) return;
  auto found = attempt_.assignment.argv.empty() ? output::check_values(report.outputs, plan.fields)
                                                : values_.read(plan.fields);
  output::report_values(report, std::move(found), masks_, plan.good_exits);
  values_ = {};
}

void AttemptOutput::became_ready() {
  if (std::exchange(told_ready_, true)) return;
  mailbox_.post({Event::Kind::ready, &attempt_, nullptr, {}}, Mailbox::Hurry::yes);
}

void AttemptOutput::finish() {
  finish_values();
  for (auto* plain : {&out_, &err_}) {
    if (!plain->masked) continue;
    std::string rest;
    plain->masked->finish(rest);
    keep_plain(*plain, rest);
  }
  attempt_.report.output = capture_.finish();
  const auto& status = capture_.status() ? plain_status_ : capture_.status();
  if (status) return;
  attempt_.note = std::string(output::kLost) + to_text(status.error());
  output::report_loss(attempt_.report, attempt_.note);
}

}  // namespace rota::worker
