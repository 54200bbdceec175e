// The worker's end: checks what it was handed before it maps or uses it.
#include <unistd.h>

#include "shared/lane/ends.h"
#include "shared/lane/identity.h"
#include "shared/wire/codec.h"

namespace rota::lane {

WorkerEnd::Descriptors WorkerEnd::inherited() {
  return {posix::Fd(descriptor::kLaneToWorker), posix::Fd(descriptor::kLaneToCoordinator),
          posix::Fd(descriptor::kBellToWorker), posix::Fd(descriptor::kBellToCoordinator)};
}

Result<WorkerEnd> WorkerEnd::attach(WorkerId worker, Descriptors fds) {
  auto a = Region::attach_peers(std::move(fds.lane_to_worker), kRegionBytesA);
  if (!a) return a.error();
  auto b = Region::attach_own(std::move(fds.lane_to_coordinator), kRegionBytesB);
  if (!b) return b.error();
  a->close_fd();
  b->close_fd();
  const auto* theirs = reinterpret_cast<const HeaderPage*>(a->bytes());
  if (auto s = compare(theirs->identity, identity_of(RegionKind::to_worker, worker, 0)); !s) return s.error();
  auto* own = reinterpret_cast<HeaderPage*>(b->bytes());
  own->identity = identity_of(RegionKind::to_coordinator, worker, ::getpid());
  const Duplex::Pages pages{own, b->bytes() + kRingOffsetB, theirs, a->bytes() + kRingOffsetA};
  Duplex duplex(pages, worker.generation, std::move(fds.bell_to_worker), std::move(fds.bell_to_coordinator));
  const auto coordinator = theirs->identity.writer_pid;
  auto* region = b->bytes();
  return WorkerEnd(std::make_unique<Lanes>(Lanes{std::move(*a), std::move(*b), std::move(duplex), Ledger(region)}),
                   coordinator);
}

Blame WorkerEnd::blame(std::uint32_t slot) const {
  return Blame(reinterpret_cast<ThreadSlot*>(lanes_->b.bytes() + kSlotsOffset) + slot);
}

void WorkerEnd::send(const Up& m) {
  scratch_.clear();
  wire::encode(scratch_, m);
  lanes_->duplex.send(scratch_);
}

void WorkerEnd::flush() {
  lanes_->duplex.flush();
  if (lanes_->duplex.wants_flush()) return;  // a Finished may still wait in the outbox
  for (const auto entry : ended_) lanes_->ledger.release(entry);
  ended_.clear();
}

Result<bool> WorkerEnd::receive(Down& m) {
  std::string_view bytes;
  auto got = lanes_->duplex.receive(bytes);
  if (!got || !*got) return got;
  if (!wire::decode(bytes, m)) return fail(Code::corrupt, "a message cannot be read", "lane");
  return true;
}

}  // namespace rota::lane
