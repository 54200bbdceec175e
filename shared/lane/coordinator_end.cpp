// The coordinator's end: makes the regions, trusts nothing that comes back.
#include <unistd.h>

#include <string>

#include "shared/lane/crash_note.h"
#include "shared/lane/ends.h"
#include "shared/lane/identity.h"
#include "shared/lane/too_long.h"
#include "shared/wire/codec.h"

namespace rota::lane {

namespace {

Result<Duplex> make_duplex(Region& a, Region& b, WorkerId worker) {
  auto own_bell = posix::make_eventfd();
  if (!own_bell) return own_bell.error();
  auto peer_bell = posix::make_eventfd();
  if (!peer_bell) return peer_bell.error();
  const Duplex::Pages pages{reinterpret_cast<HeaderPage*>(a.bytes()), a.bytes() + kRingOffsetA,
                            reinterpret_cast<const HeaderPage*>(b.bytes()), b.bytes() + kRingOffsetB};
  return Duplex(pages, worker.generation, std::move(*own_bell), std::move(*peer_bell));
}

/// Of a stranger's numbers: nonsense may come out, but no more than that.
std::int64_t sum(std::int64_t a, std::int64_t b) {
  return static_cast<std::int64_t>(static_cast<std::uint64_t>(a) + static_cast<std::uint64_t>(b));
}

}  // namespace

Result<CoordinatorEnd> CoordinatorEnd::create(WorkerId worker, std::uint32_t threads) {
  if (threads > limits::kThreadSlots)
    return fail(Code::refused, "a pool worker has at most " + std::to_string(limits::kThreadSlots) + " threads, not " +
                                   std::to_string(threads));
  auto a = Region::create_own("rota-lane-to-worker", kRegionBytesA);
  if (!a) return a.error();
  auto b = Region::create_for_peer("rota-lane-to-coordinator", kRegionBytesB);
  if (!b) return b.error();
  reinterpret_cast<HeaderPage*>(a->bytes())->identity = identity_of(RegionKind::to_worker, worker, ::getpid());
  auto duplex = make_duplex(*a, *b, worker);
  if (!duplex) return duplex.error();
  auto note = make_crash_note();
  if (!note) return note.error();
  return CoordinatorEnd(
      worker, std::make_unique<Lanes>(Lanes{std::move(*a), std::move(*b), std::move(*duplex), std::move(*note)}));
}

std::vector<std::pair<int, int>> CoordinatorEnd::descriptors() const {
  return {{lanes_->a.fd(), descriptor::kLaneToWorker},
          {lanes_->b.fd(), descriptor::kLaneToCoordinator},
          {lanes_->duplex.peer_bell(), descriptor::kBellToWorker},
          {lanes_->duplex.bell(), descriptor::kBellToCoordinator},
          {lanes_->note.get(), descriptor::kCrashNote}};
}

void CoordinatorEnd::spawned() {
  lanes_->a.close_fd();
  lanes_->b.close_fd();
}

void CoordinatorEnd::send(const Down& m) {
  scratch_.clear();
  wire::encode(scratch_, m);
  if (const auto* start = std::get_if<down::Start>(&m)) {
    if (scratch_.size() > limits::kLaneMessageBytes) {
      refused_.push_back(too_long(start->assignment.id, scratch_.size()));
      return;
    }
    in_flight_.emplace(start->assignment.id, Heard::nothing);
  } else if (const auto* many = std::get_if<down::StartMany>(&m)) {
    AttemptId id = many->common.id;
    for (const auto& member : many->members) {
      id.task.task = member.task;
      id.number = member.attempt;
      if (scratch_.size() > limits::kLaneMessageBytes)
        refused_.push_back(too_long(id, scratch_.size()));
      else
        in_flight_.emplace(id, Heard::nothing);
    }
  }
  if (scratch_.size() <= limits::kLaneMessageBytes) lanes_->duplex.send(scratch_);
}

void CoordinatorEnd::flush() { lanes_->duplex.flush(); }

Status CoordinatorEnd::check_identity() const {
  Identity have{};
  have = reinterpret_cast<const HeaderPage*>(lanes_->b.bytes())->identity;
  return compare(have, identity_of(RegionKind::to_coordinator, worker_, 0));
}

Result<bool> CoordinatorEnd::receive(Up& m) {
  if (!refused_.empty()) {
    m = std::move(refused_.back());
    refused_.pop_back();
    return true;
  }
  if (next_apart(m)) return true;
  if (breach_) return *breach_;
  auto got = receive_checked(m);
  if (got && *got && std::holds_alternative<up::FinishedMany>(m)) next_apart(m);
  if (!got) breach_ = got.error();
  return got;
}

Result<bool> CoordinatorEnd::receive_checked(Up& m) {
  std::string_view bytes;
  auto got = lanes_->duplex.receive(bytes);
  if (!got || !*got) return got;
  if (!wire::decode(bytes, m)) return fail(Code::corrupt, "a message cannot be read", "lane");
  if (auto s = check(m); !s) return s.error();
  return true;
}

Status CoordinatorEnd::check_started(AttemptId attempt) {
  const auto at = in_flight_.find(attempt);
  if (at == in_flight_.end()) return fail(Code::corrupt, "an attempt started that is not in flight here", "lane");
  if (at->second == Heard::started) return fail(Code::corrupt, "an attempt started twice", "lane");
  at->second = Heard::started;
  return {};
}

Status CoordinatorEnd::check(const Up& m) {
  const auto* hello = std::get_if<up::Hello>(&m);
  if (greeted_ == (hello != nullptr)) return fail(Code::corrupt, "the first word, and only that, is a Hello", "lane");
  if (hello) {
    if (auto s = check_identity(); !s) return s;
    if (hello->worker != worker_ || hello->protocol != kProtocol)
      return fail(Code::corrupt, "the worker is not the one that was started, or speaks another protocol", "lane");
    greeted_ = true;
    return {};
  }
  if (const auto* started = std::get_if<up::Started>(&m)) return check_started(started->attempt);
  if (const auto* ready = std::get_if<up::Ready>(&m)) {
    if (!in_flight_.contains(ready->attempt))
      return fail(Code::corrupt, "an attempt is ready that is not in flight here", "lane");
  }
  if (const auto* progressed = std::get_if<up::Progressed>(&m)) {
    if (!in_flight_.contains(progressed->attempt) || progressed->progress > kProgressDone)
      return fail(Code::corrupt, "progress of an attempt that is not in flight here, or none at all", "lane");
  }
  if (const auto* finished = std::get_if<up::Finished>(&m)) {
    if (in_flight_.erase(finished->attempt) == 0)
      return fail(Code::corrupt, "an attempt finished that is not in flight here", "lane");
  }
  if (const auto* many = std::get_if<up::FinishedMany>(&m)) return take_apart(*many);
  return {};
}

Status CoordinatorEnd::take_apart(const up::FinishedMany& many) {
  if (many.ends.empty()) return fail(Code::corrupt, "no attempt finished in a word about many", "lane");
  Instant started = many.from;
  for (const auto& end : many.ends) {
    started.ns = sum(started.ns, end.started_after_ns);
    const auto at = in_flight_.find(end.attempt);
    if (at == in_flight_.end()) {
      take_back(many, end);
      return fail(Code::corrupt, "an attempt finished that is not in flight here", "lane");
    }
    if (at->second == Heard::nothing) apart_.push_back(up::Started{end.attempt, 0, started});
    in_flight_.erase(at);
    up::Finished finished{end.attempt, {}};
    finished.report.usage = end.usage;
    finished.report.started = started;
    finished.report.ended.ns = sum(started.ns, end.took_ns);
    apart_.push_back(std::move(finished));
  }
  return {};
}

/// A word with a lie in it is believed in nothing: what it said before the lie is in flight again.
void CoordinatorEnd::take_back(const up::FinishedMany& many, const up::FinishedMany::End& lie) {
  for (const auto* end = many.ends.data(); end != &lie; ++end)
    in_flight_.insert_or_assign(end->attempt, Heard::started);
  apart_.clear();
}

bool CoordinatorEnd::next_apart(Up& m) {
  if (apart_at_ == apart_.size()) return false;
  m = std::move(apart_[apart_at_++]);
  if (apart_at_ == apart_.size()) {
    apart_.clear();
    apart_at_ = 0;
  }
  return true;
}

std::vector<AttemptId> CoordinatorEnd::begun() const {
  auto out = BlameReader(lanes_->b.bytes()).begun();
  std::erase_if(out, [this](AttemptId a) { return !in_flight_.contains(a); });
  return out;
}

std::vector<AttemptId> CoordinatorEnd::suspects() const {
  auto out = BlameReader(lanes_->b.bytes()).running();
  std::erase_if(out, [this](AttemptId a) { return !in_flight_.contains(a); });
  return out;
}

std::optional<OnLoop> CoordinatorEnd::on_loop() const {
  auto at = BlameReader(lanes_->b.bytes()).on_loop();
  if (at && !in_flight_.contains(at->attempt)) at.reset();
  return at;
}

std::string CoordinatorEnd::trace() const { return read_crash_note(lanes_->note.get()); }

std::optional<Guilty> CoordinatorEnd::guilty() const {
  auto g = BlameReader(lanes_->b.bytes()).guilty();
  if (g && !in_flight_.contains(g->attempt)) g.reset();
  return g;
}

}  // namespace rota::lane
