// Building and comparing the first line of a region.
#include "shared/lane/identity.h"

#include <string>

namespace rota::lane {

Identity identity_of(RegionKind kind, WorkerId worker, std::int32_t writer_pid) {
  const bool b = kind == RegionKind::to_coordinator;
  Identity id{};
  id.magic = kMagic;
  id.layout = kLayout;
  id.kind = static_cast<std::uint32_t>(kind);
  id.region_bytes = b ? kRegionBytesB : kRegionBytesA;
  id.ring_offset = static_cast<std::uint32_t>(b ? kRingOffsetB : kRingOffsetA);
  id.ring_cells = kRingCells;
  id.slots_offset = b ? kSlotsOffset : 0;
  id.slots = b ? kSlots : 0;
  id.ledger_offset = b ? static_cast<std::uint32_t>(kLedgerOffset) : 0;
  id.ledger_entries = b ? kLedgerEntries : 0;
  id.seat = worker.seat;
  id.generation = worker.generation;
  id.writer_pid = writer_pid;
  return id;
}

Status compare(const Identity& have, const Identity& want) {
  const auto no = [](const char* field, std::uint64_t is, std::uint64_t ought) -> Status {
    return fail(Code::corrupt,
                std::string("the other side's ") + field + " is " + std::to_string(is) + ", not " +
                    std::to_string(ought) + "; coordinator and worker must be of one build",
                "lane");
  };
  if (have.magic != want.magic) return no("magic", have.magic, want.magic);
  if (have.layout != want.layout) return no("layout version", have.layout, want.layout);
  if (have.kind != want.kind) return no("kind of region", have.kind, want.kind);
  if (have.region_bytes != want.region_bytes) return no("region size", have.region_bytes, want.region_bytes);
  if (have.ring_offset != want.ring_offset) return no("ring offset", have.ring_offset, want.ring_offset);
  if (have.ring_cells != want.ring_cells) return no("ring size", have.ring_cells, want.ring_cells);
  if (have.slots_offset != want.slots_offset) return no("slot offset", have.slots_offset, want.slots_offset);
  if (have.slots != want.slots) return no("number of slots", have.slots, want.slots);
  if (have.ledger_offset != want.ledger_offset) return no("ledger offset", have.ledger_offset, want.ledger_offset);
  if (have.ledger_entries != want.ledger_entries) return no("ledger size", have.ledger_entries, want.ledger_entries);
  if (have.seat != want.seat) return no("seat", have.seat, want.seat);
  if (have.generation != want.generation) return no("generation", have.generation, want.generation);
  return {};
}

}  // namespace rota::lane
