// The life of one attempt.
#include "worker/launcher/attempt.h"

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>

#include "shared/output/lost.h"
#include "worker/launcher/bounds.h"

namespace rota::worker {
namespace {

constexpr Duration kDrainBound = std::chrono::seconds(1);  // a grandchild may hold the pipe for ever
constexpr Duration kClearBound = std::chrono::seconds(5);  // what SIGKILL does not end by then is told to a person
constexpr Duration kFirstPause = std::chrono::milliseconds(1);
constexpr Duration kLongestPause = std::chrono::milliseconds(50);
constexpr Duration kProgressPeriod = std::chrono::milliseconds(100);
constexpr int kLastReads = 4;  // of what lies in a pipe whose writers are gone or out of reach: more than it can hold

bool has_input(int fd) {
  pollfd p{fd, POLLIN, 0};
  return ::poll(&p, 1, 0) == 1;
}

int stop_signal_of(const lane::Assignment& a) {
  return a.stop_signal >= 1 && a.stop_signal <= SIGRTMAX ? a.stop_signal : SIGTERM;
}

}  // namespace

ProcessAttempt::ProcessAttempt(lane::Assignment assignment, std::shared_ptr<OpenRun> run, process::Trees& trees,
                 process::Trees::Place place)
    : assignment_(std::move(assignment)),
      run_(std::move(run)),
      trees_(trees),
      place_(place),
      masks_(assignment_.masks),
      capture_(run_->segment(), assignment_.id, assignment_.log.max_bytes, assignment_.ready_text, &masks_) {}

Result<std::unique_ptr<ProcessAttempt>> ProcessAttempt::start(lane::Assignment& assignment, std::uint64_t key,
                                                std::shared_ptr<OpenRun> run, process::Trees& trees, Poll& poll,
                                                const std::function<Status()>& before_fork) {
  const auto place = trees.open();
  if (!place) return place.error();
  std::unique_ptr<ProcessAttempt> attempt(new ProcessAttempt(std::move(assignment), std::move(run), trees, *place));
  if (const auto started = attempt->launch(key, poll, before_fork); !started) {
    assignment = std::move(attempt->assignment_);
    trees.close(*place);
    return started.error();
  }
  return attempt;
}

process::SpawnSpec ProcessAttempt::spec() const {
  process::SpawnSpec s;
  s.argv = assignment_.argv;
  s.env.reserve(run_->env().size() + assignment_.env.size());
  s.env = run_->env();
  s.env.insert(s.env.end(), assignment_.env.begin(), assignment_.env.end());
  if (values_) s.env.push_back(values_.variable());
  s.working_dir = assignment_.working_dir;
  s.stdin_fd = plumbing_.child_stdin.get();
  s.stdout_fd = plumbing_.child_stdout.get();
  s.stderr_fd = plumbing_.stderr_for_child();
  s.cgroup_fd = trees_.cgroup_fd(place_);
  s.joined = trees_.joined(place_);
  s.bounds = bounds_of(assignment_.limits, memory_is_bounded_);
  s.parent_death_signal = SIGKILL;  // a launcher that is killed leaves no main process behind
  if (target_) target_->describe(s);
  return s;
}

Status ProcessAttempt::launch(std::uint64_t key, Poll& poll, const std::function<Status()>& before_fork) {
  auto plumbing = lay_plumbing(assignment_, masks_);
  if (!plumbing) return plumbing.error();
  plumbing_ = std::move(*plumbing);
  if (assignment_.argv.empty()) {
    auto call = TargetCall::make(assignment_);
    if (!call) return call.error();
    target_ = std::move(*call);
    if (auto s = poll.watch(target_->progress_fd(), Poll::What::progress, key); !s) return s;
  } else if (!assignment_.outputs.path.empty()) {
    auto values = output::ValuesFile::make(assignment_.outputs.path);
    if (!values) return values.error();
    values_ = std::move(*values);
  }
  if (plumbing_.out) {
    if (auto s = poll.watch(plumbing_.out.get(), Poll::What::out, key); !s) return s;
  }
  if (plumbing_.err) {
    if (auto s = poll.watch(plumbing_.err.get(), Poll::What::err, key); !s) return s;
  }
  const auto memory = assignment_.limits.memory;
  memory_is_bounded_ = memory != 0 && trees_.limit_memory(place_, memory);
  if (auto s = before_fork(); !s) return s;
  started_ = monotonic_now();
  auto child = process::spawn(spec());
  if (!child) return child.error();
  child_ = std::move(*child);
  plumbing_.close_child_ends();
  if (target_) target_->spawned();
  trees_.started(place_, {child_.pid, process::naming_entries(assignment_.env)});
  // What runs is not given up because nobody can be woken by its end: it is looked at instead.
  if (!poll.watch(child_.pidfd.get(), Poll::What::exit, key, true)) look_at_ = started_;
  return {};
}

bool ProcessAttempt::exit_is_there() const { return has_input(child_.pidfd.get()); }

void ProcessAttempt::exited(Instant now) {
  move_on(now);  // what it leaves is to end
  if (std::holds_alternative<Running>(life_)) life_ = Draining{now, now + kDrainBound};
}

bool ProcessAttempt::readable(output::Stream stream, std::span<char> buffer) {
  auto& fd = pipe(stream);
  if (!fd) return false;
  const auto n = ::read(fd.get(), buffer.data(), buffer.size());
  if (n < 0 && (errno == EINTR || errno == EAGAIN)) return false;
  if (n <= 0) {
    fd.reset();
    return false;
  }
  return take(stream, {buffer.data(), static_cast<std::size_t>(n)});
}

void ProcessAttempt::progressed() {
  if (const auto said = target_ ? target_->progress() : std::nullopt) {
    progress_ = *said;
    progress_waits_ = true;
  }
}

std::optional<Progress> ProcessAttempt::take_progress(Instant now, bool again) {
  if (progress_ == kProgressUnknown || (!again && (!progress_waits_ || now < progress_due_))) return std::nullopt;
  progress_waits_ = false;
  progress_due_ = now + kProgressPeriod;
  return progress_;
}

/// To where the stream goes: the capture, or its log file if that has to be masked on the way.
bool ProcessAttempt::take(output::Stream stream, std::string_view bytes) {
  auto& log = stream == output::Stream::out ? plumbing_.out_log : plumbing_.err_log;
  if (!log) return capture_.write(stream, bytes);
  log->write(bytes);
  return false;
}

void ProcessAttempt::force(StopCause cause, Instant now) {
  trees_.kill(place_);
  move_on(now);
  stopping_ = Forced{cause, now + kLongestPause};
}

void ProcessAttempt::stop(StopCause cause, Duration grace, bool immediately, Instant now) {
  if (std::holds_alternative<Running>(life_) && exit_is_there()) exited(now);
  if (auto* draining = std::get_if<Draining>(&life_)) draining->until = now;
  if (!std::holds_alternative<Running>(life_)) return;
  const bool hard = immediately || grace <= Duration::zero() || stop_signal_of(assignment_) == SIGKILL;
  if (auto* asked = std::get_if<Asked>(&stopping_)) {
    if (hard) return force(asked->cause, now);
    asked->kill_at = std::min(asked->kill_at, now + grace);
  } else if (std::holds_alternative<Unasked>(stopping_)) {
    if (hard) return force(cause, now);
    trees_.signal_group(place_, stop_signal_of(assignment_));
    move_on(now);  // or it would not hear of it
    stopping_ = Asked{cause, now + grace};
  }
}

void ProcessAttempt::signal(int signo) {
  if (signo < 1 || signo > SIGRTMAX) return;
  if (signo == SIGCONT && !std::holds_alternative<Moving>(motion_)) return;
  // Its number is its group's until it is reaped, which is after Running.
  if (std::holds_alternative<Running>(life_) && !exit_is_there()) ::kill(-child_.pid, signo);
}

void ProcessAttempt::freeze(bool on, Instant now) {
  const bool may = std::holds_alternative<Running>(life_) && std::holds_alternative<Unasked>(stopping_);
  if (!may || exit_is_there()) return;
  if (!on) {
    move_on(now);
    frozen_news_ = {assignment_.id, false, now};
  } else if (const auto* still = std::get_if<Still>(&motion_)) {
    frozen_news_ = {assignment_.id, true, still->since};
  } else if (std::holds_alternative<Moving>(motion_)) {
    look_at_freeze({now, kFirstPause}, now);
  }
}

void ProcessAttempt::look_at_freeze(Freezing f, Instant now) {
  if (trees_.freeze(place_)) {
    motion_ = Still{now};
    frozen_news_ = {assignment_.id, true, now};
  } else {
    motion_ = Freezing{now + f.pause, std::min(f.pause * 2, kLongestPause)};
  }
}

void ProcessAttempt::move_on(Instant now) {
  if (std::holds_alternative<Moving>(motion_)) return;
  if (const auto* still = std::get_if<Still>(&motion_)) stood_still_ += std::max(Duration::zero(), now - still->since);
  motion_ = Moving{};
  frozen_news_.reset();
  trees_.thaw(place_);
}

std::optional<lane::up::Frozen> ProcessAttempt::take_frozen(bool again) {
  const auto* still = std::get_if<Still>(&motion_);
  if (again && still) frozen_news_ = {assignment_.id, true, still->since};
  return std::exchange(frozen_news_, std::nullopt);
}

std::optional<Instant> ProcessAttempt::times_out() const {
  if (assignment_.timeout_ns <= 0 || std::holds_alternative<Still>(motion_)) return std::nullopt;
  return started_ + Duration{assignment_.timeout_ns} + stood_still_;
}

/// The clock of a running attempt: its timeout, then the steps of the ladder.
void ProcessAttempt::press(Instant now) {
  const auto due = times_out();
  if (std::holds_alternative<Unasked>(stopping_) && due && now >= *due)
    stop(StopCause::timeout, Duration{assignment_.grace_ns}, false, now);
  if (!std::holds_alternative<Running>(life_)) return;
  if (const auto* asked = std::get_if<Asked>(&stopping_); asked && now >= asked->kill_at) force(asked->cause, now);
  if (const auto* forced = std::get_if<Forced>(&stopping_); forced && now >= forced->again_at)
    force(forced->cause, now);
}

void ProcessAttempt::clear(const Clearing& c, Instant now, std::span<char> buffer) {
  const bool empty = trees_.empty(place_);
  if (!empty && now < c.until) {
    trees_.kill(place_);
    life_ = Clearing{c.ended, now + c.pause, c.until, std::min(c.pause * 2, kLongestPause)};
    return;
  }
  read_rest(buffer);
  life_ = Over{c.ended, !empty};
}

/// What was written until the last writer died.
void ProcessAttempt::read_rest(std::span<char> buffer) {
  for (const auto stream : {output::Stream::out, output::Stream::err}) {
    for (int i = 0; i < kLastReads && pipe(stream) && has_input(pipe(stream).get()); ++i) readable(stream, buffer);
    pipe(stream).reset();
  }
}

void ProcessAttempt::step(Instant now, std::span<char> buffer) {
  if (look_at_ && now >= *look_at_ && std::holds_alternative<Running>(life_)) {
    look_at_ = now + kLongestPause;
    if (exit_is_there()) exited(now);
  }
  if (std::holds_alternative<Running>(life_)) press(now);
  if (const auto* f = std::get_if<Freezing>(&motion_); f && now >= f->next) look_at_freeze(Freezing(*f), now);
  if (const auto* d = std::get_if<Draining>(&life_); d && (now >= d->until || (!plumbing_.out && !plumbing_.err)))
    life_ = Clearing{d->ended, now, now + kClearBound, kFirstPause};
  if (const auto* c = std::get_if<Clearing>(&life_); c && now >= c->next) clear(Clearing(*c), now, buffer);
}

std::optional<Instant> ProcessAttempt::next() const {
  if (const auto* d = std::get_if<Draining>(&life_)) return d->until;
  if (const auto* c = std::get_if<Clearing>(&life_)) return c->next;
  if (std::holds_alternative<Over>(life_)) return Instant{0};
  std::optional<Instant> due = look_at_;
  const auto no_later_than = [&due](Instant at) { due = due ? std::min(*due, at) : at; };
  if (progress_waits_) no_later_than(progress_due_);
  if (const auto* a = std::get_if<Asked>(&stopping_)) no_later_than(a->kill_at);
  else if (const auto* f = std::get_if<Forced>(&stopping_)) no_later_than(f->again_at);
  else if (const auto timeout = times_out()) no_later_than(*timeout);
  if (const auto* f = std::get_if<Freezing>(&motion_)) no_later_than(f->next);
  return due;
}

Ending ProcessAttempt::judge_exit(const Ending& process) const {
  Ending e = process;
  if (const auto* asked = std::get_if<Asked>(&stopping_)) e.stopped_by = asked->cause;
  if (const auto* forced = std::get_if<Forced>(&stopping_)) {
    e.stopped_by = forced->cause;
    e.forced = true;
  }
  e.oom = !e.forced && signal_of(e) == SIGKILL && trees_.oom_kills(place_) > 0;
  return e;
}

/// Its outputs: returned by a target, or what a command has written down.
void ProcessAttempt::judge_values(AttemptReport& report, std::optional<ValueMap> returned) {
  report.message = masks_.masked_message(report.message);
  const auto& plan = assignment_.outputs;
  if (plan.fields.empty()) return;
  auto found = target_ ? output::check_values(returned.value_or(ValueMap{}), plan.fields) : values_.read(plan.fields);
  output::report_values(report, std::move(found), masks_, plan.good_exits);
  values_ = {};
}

ProcessAttempt::End ProcessAttempt::end() {
  const auto& over = std::get<Over>(life_);
  End out;
  auto& r = out.report;
  r.started = started_;
  r.ended = over.ended;
  if (over.some_alive) out.note = "some processes of this attempt did not die when killed";
  if (const auto exit = process::reap(child_)) {
    const auto by_process = judge_exit(exit->ending);
    r.ending = by_process;
    r.usage = exit->usage;
    if (target_) {
      auto judgement = judged(by_process, target_->result());
      r.ending.kind = judgement.ending.kind;
      r.ending.value = judgement.ending.value;
      r.message = std::move(judgement.message);
      judge_values(r, std::move(judgement.outputs));
    } else {
      judge_values(r, std::nullopt);
    }
  } else {
    r.ending = judge_exit({Ending::Kind::signalled, SIGKILL});
    r.message = "its exit status was lost: " + to_text(exit.error());
  }
  name_limit(assignment_.limits, memory_is_bounded_, r);
  tell_oom_kills(assignment_.limits, trees_.oom_kills(place_), r);
  trees_.close(place_, !over.some_alive);
  r.output = capture_.finish();
  if (!capture_.status()) {
    out.note = std::string(output::kLost) + to_text(capture_.status().error());
    output::report_loss(r, out.note);
  }
  for (auto* log : {&plumbing_.out_log, &plumbing_.err_log}) {
    if (!*log) continue;
    if (auto s = (*log)->finish(); !s) out.note = std::string(output::kLost) + to_text(s.error());
  }
  return out;
}

}  // namespace rota::worker
