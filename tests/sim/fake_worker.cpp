// What fake workers do with their time.
#include "tests/sim/fake_worker.h"

#include <algorithm>
#include <utility>

#include "tests/sim/random_plan.h"

namespace rota::sim {
namespace {

namespace action = core::action;
namespace event = core::event;

constexpr Instant kNever{INT64_MAX};

}  // namespace

void FakeWorker::take(const core::Action& a) {
  if (!alive_ || !connected_) return;
  const Instant due = world_.dice.percent(80) ? world_.now : world_.now + kTick;
  inbox_.emplace_back(inbox_.empty() ? due : std::max(due, inbox_.back().first), a);
}

void FakeWorker::advance() {
  if (!alive_ || world_.now < stalled_until_) return;
  while (alive_ && meet_one_due()) start_what_fits();
}

/// A message or an event of an attempt, whichever chance picks among those due: all orders of one instant happen.
bool FakeWorker::meet_one_due() {
  std::vector<std::size_t> due;
  for (std::size_t i = 0; i < running_.size(); ++i) {
    if (next_of(running_[i]) <= world_.now) due.push_back(i);
  }
  const bool mail = !inbox_.empty() && inbox_.front().first <= world_.now;
  if (due.empty() && !mail) return false;
  const auto choice = world_.dice.below(static_cast<std::uint32_t>(due.size() + (mail ? 1 : 0)));
  if (choice < due.size()) {
    meet(running_[due[choice]], due[choice]);
    return true;
  }
  const core::Action a = std::move(inbox_.front().second);
  inbox_.pop_front();
  obey(a);
  return true;
}

void FakeWorker::meet(Live& l, std::size_t index) {
  const Instant now = world_.now;
  if (l.ready_at && *l.ready_at <= now) {
    l.ready_at.reset();
    l.ready = true;
    world_.witness.became_ready(l.id);
    say(event::BecameReady{id_, l.id}, l.id);
  } else if (l.times_out && *l.times_out <= now && (l.ends > now || world_.dice.percent(50))) {
    l.times_out.reset();
    if (!l.stopped_by) stop(l, StopCause::timeout, settings_of(l.id).stop_grace, false);
  } else if (l.ends <= now) {
    end(index);
  } else if (l.forced_at && *l.forced_at <= now) {
    l.ending = {Ending::Kind::signalled, 9, *l.stopped_by, true};
    end(index);
  } else {
    l.times_out.reset();
  }
}

/// A warm process that stands still hears nothing: it is woken from outside, or killed.
bool FakeWorker::is_deaf_to(const core::Action& a) const {
  const auto stands = [](const Live& l) { return l.frozen_at.has_value(); };
  const auto still = std::find_if(running_.begin(), running_.end(), stands);
  if (is_launcher() || still == running_.end() || std::holds_alternative<action::KillWorker>(a)) return false;
  if (std::holds_alternative<action::FreezeAttempt>(a)) return false;
  const auto* stop = std::get_if<action::StopAttempt>(&a);
  return !stop || stop->attempt != still->id;
}

void FakeWorker::obey(const core::Action& a) {
  if (is_deaf_to(a)) return unheard_.push_back(a);
  if (const auto* s = std::get_if<action::StartAttempt>(&a)) {
    world_.witness.granted(id_, crew_, capacity_.tasks, s->attempt, ++taken_);
    unstarted_.push_back(s->attempt);
    start_what_fits();
  }
  if (const auto* s = std::get_if<action::StopAttempt>(&a)) obey_stop(*s);
  if (const auto* f = std::get_if<action::FreezeAttempt>(&a)) obey_freeze(*f);
  if (const auto* r = std::get_if<action::RetractAttempt>(&a)) give_back(r->attempt);
  if (std::holds_alternative<action::KillWorker>(a)) kill(9, false);
  if (std::holds_alternative<action::RetireWorker>(a)) {
    if (!running_.empty() || !unstarted_.empty()) world_.witness.broke("a worker is to go while it has work");
    retires_ = true;
    kill(0, false);
  }
}

void FakeWorker::obey_stop(const action::StopAttempt& s) {
  if (give_back(s.attempt)) return;
  for (Live& l : running_)
    if (l.id == s.attempt) return stop(l, s.cause, s.grace, s.now);
}

Instant FakeWorker::next_of(const Live& l) {
  const Instant forced = l.forced_at.value_or(kNever);
  if (l.frozen_at) return forced;
  return std::min({l.ends, l.ready_at.value_or(kNever), l.times_out.value_or(kNever), forced});
}

void FakeWorker::obey_freeze(const action::FreezeAttempt& f) {
  const bool can = is_launcher() || core::is_warm(crew_);
  if (!can) world_.witness.broke("what has no process to itself is to stand still: " + to_text(f.attempt));
  for (Live& l : running_) {
    if (l.id != f.attempt || l.stopped_by) continue;
    if (!f.freeze) move_on(l);
    else if (!l.frozen_at) l.frozen_at = world_.now, world_.witness.stands_still(l.id);
    say(event::Frozen{id_, l.id, f.freeze, world_.now}, l.id);
  }
}

/// All its clocks have stood still.
void FakeWorker::move_on(Live& l) {
  if (!l.frozen_at) return;
  const Duration still = world_.now - *l.frozen_at;
  const auto later = [&](Instant at) { return at == kNever ? at : at + still; };
  l.ends = later(l.ends);
  if (l.ready_at) l.ready_at = later(*l.ready_at);
  if (l.times_out) l.times_out = later(*l.times_out);
  l.frozen_at.reset();
  world_.witness.moves(l.id);
  for (auto it = unheard_.rbegin(); it != unheard_.rend(); ++it) inbox_.emplace_front(world_.now, *it);
  unheard_.clear();
}

bool FakeWorker::give_back(AttemptId a) {
  const auto it = std::find(unstarted_.begin(), unstarted_.end(), a);
  if (it == unstarted_.end()) return false;
  unstarted_.erase(it);
  refuse(a, Ending::Kind::revoked, 0);
  return true;
}

void FakeWorker::stop(Live& l, StopCause cause, Duration grace, bool now) {
  const bool first = !l.stopped_by;
  move_on(l);
  if (first) l.stopped_by = cause;
  const bool obeys = world_.dice.percent(75);
  if (is_launcher()) {
    const Instant forced = now ? world_.now : world_.now + grace;
    l.forced_at = std::min(l.forced_at.value_or(kNever), forced);
    if (first) l.ending = {Ending::Kind::signalled, 15, cause};
    if (first && obeys) l.ends = std::min(l.ends, world_.now + world_.dice.below(3) * kTick);
  } else if (first && obeys) {
    l.ends = std::min(l.ends, world_.now + world_.dice.below(3) * kTick);
    l.ending = {Ending::Kind::threw, 0, cause};
  }
  // One that ignores its token goes on to its own end, or until its worker is killed.
  if (first && !obeys && !is_launcher() && l.ends != kNever) l.stopped_by.reset();
}

bool FakeWorker::fits(AttemptId a) const {
  const jobs::Job& job = job_of(a);
  if (job.daemon) return true;
  const auto n = static_cast<std::uint32_t>(std::count_if(
      running_.begin(), running_.end(), [&](const Live& l) { return l.mode == job.mode && !l.daemon; }));
  switch (job.mode) {
    case Mode::thread: return n < capacity_.threads;
    case Mode::process: return n < capacity_.processes;
    case Mode::async: return n < capacity_.async;
  }
  return false;
}

void FakeWorker::start_what_fits() {
  for (std::size_t i = 0; i < unstarted_.size();) {
    const AttemptId a = unstarted_[i];
    if (!fits(a)) {
      ++i;
      continue;
    }
    unstarted_.erase(unstarted_.begin() + static_cast<std::ptrdiff_t>(i));
    start(a);
  }
}

void FakeWorker::start(AttemptId a) {
  if (world_.dice.percent(3)) return refuse(a, Ending::Kind::spawn_failed, 2);
  if (world_.dice.percent(2)) return refuse(a, Ending::Kind::bad_call, 0);
  Live l;
  l.id = a;
  l.mode = job_of(a).mode;
  l.daemon = job_of(a).daemon;
  l.began = world_.now;
  choose_fate(l);
  world_.witness.began(id_, a);
  running_.push_back(l);
  say(event::Started{id_, a, is_launcher() ? 1000 : 0, world_.now}, a);
}

void FakeWorker::choose_fate(Live& l) {
  static const std::vector<int> kTicks{0, 0, 1, 1, 2, 3, 5, 10, 30};
  Dice& dice = world_.dice;
  l.ends = world_.now + dice.pick(kTicks) * kTick;
  if (l.daemon && dice.percent(85)) l.ends = kNever;
  // (A daemon that neither ends nor gets ready would hold up its consumers for ever: the file's fault.)
  if (settings_of(l.id).ready && (l.ends == kNever || dice.percent(90)))
    l.ready_at = world_.now + dice.below(3) * kTick;
  if (is_launcher() && settings_of(l.id).timeout) l.times_out = world_.now + *settings_of(l.id).timeout;
  const std::uint32_t luck = dice.below(100);
  if (luck < 86) l.ending = {Ending::Kind::exited, 0};
  else if (luck < 92) l.ending = {Ending::Kind::exited, 7};
  else if (luck < 95) l.ending = {Ending::Kind::signalled, 11};
  else if (luck < 97) l.ending = {Ending::Kind::threw};
  else l.ending = {Ending::Kind::signalled, 9, StopCause::none, false, true};
}

void FakeWorker::end(std::size_t index) {
  const Live l = running_[index];
  running_.erase(running_.begin() + static_cast<std::ptrdiff_t>(index));
  world_.witness.gone(l.id);
  event::Finished news{id_, l.id, {}};
  news.report.ending = l.ending;
  news.report.started = l.began;
  news.report.ended = world_.now;
  if (l.ending == Ending{Ending::Kind::exited, 0} && world_.dice.percent(30))
    news.report.outputs = {{"n", Value(std::int64_t{world_.dice.below(1000)})}};
  if (l.ending == Ending{Ending::Kind::exited, 0}) world_.witness.succeeded(id_, l.id);
  if (is_launcher()) unacknowledged_.push_back({l.id, news, true});
  say_end(news);
}

void FakeWorker::refuse(AttemptId a, Ending::Kind kind, int value) {
  event::Finished news{id_, a, {}};
  news.report.ending = {kind, value};
  if (is_launcher()) unacknowledged_.push_back({a, news, false});
  say_end(news);
}

void FakeWorker::say(core::Event e, AttemptId about) {
  if (!connected_) return;
  Instant due = world_.now + (world_.dice.percent(70) ? 0 : world_.dice.below(3)) * kTick;
  for (const auto& [other, mail] : outbox_)  // what concerns one attempt keeps its order
    if (other == about) due = std::max(due, mail.due);
  if (world_.now < stalled_until_) due = std::max(due, stalled_until_);
  last_word_ = std::max(last_word_, due);
  outbox_.emplace_back(about, Mail{due, std::move(e)});
}

void FakeWorker::say_end(const event::Finished& news) {
  say(news, news.attempt);
  if (world_.faults && world_.dice.percent(3)) say(news, news.attempt);  // told twice
}

std::optional<Instant> FakeWorker::next() const {
  Instant first = kNever;
  for (const auto& [about, mail] : outbox_) first = std::min(first, mail.due);
  if (alive_) {
    Instant own = inbox_.empty() ? kNever : inbox_.front().first;
    for (const Live& l : running_) own = std::min(own, next_of(l));
    if (own != kNever) first = std::min(first, std::max(own, stalled_until_));
  }
  return first == kNever ? std::nullopt : std::optional(first);
}

void FakeWorker::speak(std::vector<core::Event>& out) {
  const bool all = !world_.dice.percent(20);  // sometimes a turn takes only part of what has come
  for (std::size_t i = 0; i < outbox_.size();) {
    const AttemptId about = outbox_[i].first;
    const bool earlier = std::any_of(outbox_.begin(), outbox_.begin() + static_cast<std::ptrdiff_t>(i),
                                     [&](const auto& m) { return m.first == about; });
    const bool last = std::holds_alternative<event::WorkerDown>(outbox_[i].second.event);
    if (outbox_[i].second.due > world_.now || earlier || (last && i > 0) || (!all && world_.dice.percent(50))) {
      ++i;
      continue;
    }
    out.push_back(std::move(outbox_[i].second.event));
    outbox_.erase(outbox_.begin() + static_cast<std::ptrdiff_t>(i));
  }
}

void FakeWorker::hello() {
  connected_ = true;
  event::WorkerUp up{id_, capacity_, {}, crew_};
  if (is_launcher()) {
    // An older epoch's grants that did not start are never run by a launcher that says so.
    if (world_.dice.percent(50)) unstarted_.clear();
    up.holds.emplace();
    for (const AttemptId a : unstarted_) up.holds->push_back(a);
    for (const Live& l : running_) up.holds->push_back(l.id);
    for (const Ended& e : unacknowledged_) up.holds->push_back(e.id);
  }
  outbox_.emplace_back(AttemptId{}, Mail{world_.now, std::move(up)});
  for (const Live& l : running_) {
    say(event::Started{id_, l.id, 1000, l.began}, l.id);
    if (l.ready) say(event::BecameReady{id_, l.id}, l.id);
    if (l.frozen_at) say(event::Frozen{id_, l.id, true, *l.frozen_at}, l.id);
  }
  for (const Ended& e : std::vector<Ended>(unacknowledged_)) {
    if (e.began) say(event::Started{id_, e.id, 1000, e.news.report.started}, e.id);
    say(e.news, e.id);
  }
}

void FakeWorker::kill(int signal, bool guilty) {
  alive_ = false;
  event::WorkerDown down{id_, signal, 0, {}, {}, {}, {}};
  for (const Live& l : running_) {
    down.begun.push_back(l.id);
    world_.witness.gone(l.id);
  }
  if (guilty && !running_.empty() && signal != 9) down.guilty = {world_.dice.pick(running_).id, signal};
  if (signal == 0 && guilty) down.suspects = down.begun;
  const Instant due = std::max(last_word_, world_.now) + world_.dice.below(3) * kTick;
  death_ = down;
  outbox_.emplace_back(AttemptId{}, Mail{due, std::move(down)});
  running_.clear();
  unstarted_.clear();
  inbox_.clear();
  unheard_.clear();
}

bool FakeWorker::survive_coordinator() {
  connected_ = false;
  inbox_.clear();
  outbox_.clear();
  if (!is_launcher()) {
    for (const Live& l : running_) world_.witness.gone(l.id);
    alive_ = false;
    return false;
  }
  if (alive_) return true;
  // Dead as well: its journal still tells what had ended, and its lock that it is dead.
  for (const Ended& e : unacknowledged_) outbox_.emplace_back(e.id, Mail{world_.now, e.news});
  outbox_.emplace_back(AttemptId{}, Mail{world_.now, *death_});
  return true;
}

void FakeWorker::acknowledge(AttemptId a) {
  std::erase_if(unacknowledged_, [&](const Ended& e) { return e.id == a; });
}

}  // namespace rota::sim
