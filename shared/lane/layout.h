// The bytes of the two shared regions of a lane pair, pinned. README.md beside this file draws them. Both regions begin
// with the same header page; each page has one writer, so nothing here ever needs repair after a SIGKILL.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

#include "shared/limits.h"

namespace rota::lane {

inline constexpr std::uint64_t kMagic = 0x31'45'4E'41'4C'41'54'4Full;  // "OTALANE1" in memory
inline constexpr std::uint32_t kLayout = 1;

inline constexpr std::size_t kPageBytes = 4096;
inline constexpr std::size_t kCellBytes = 64;
inline constexpr std::uint32_t kRingCells = limits::kLaneRingBytes / kCellBytes;

/// Which region: A is written by the coordinator, B by the worker.
enum class RegionKind : std::uint32_t { to_worker = 1, to_coordinator = 2 };

/// What the writer of a region says of it. The reader compares every field with what it expects and uses none of them.
struct Identity {
  std::uint64_t magic;
  std::uint32_t layout;
  std::uint32_t kind;
  std::uint64_t region_bytes;
  std::uint32_t ring_offset;
  std::uint32_t ring_cells;
  std::uint32_t slots_offset;
  std::uint32_t slots;
  std::uint32_t ledger_offset;
  std::uint32_t ledger_entries;
  std::uint32_t seat;
  std::uint32_t generation;
  std::int32_t writer_pid;
  std::uint32_t zero;
};
static_assert(sizeof(Identity) == 64);

/// First page of a region. Indices count cells, run freely and are never reset.
struct HeaderPage {
  Identity identity;
  alignas(64) std::atomic<std::uint64_t> tail;    // cells written to the ring of this region
  alignas(64) std::atomic<std::uint64_t> head;    // cells this side has taken from the ring of the *other* region
  alignas(64) std::atomic<std::uint32_t> sleeps;  // odd: this side sleeps and wants its bell; counts its sleeps
  std::atomic<std::uint32_t> starved;             // 1: this side waits for room in the ring of this region
};
static_assert(offsetof(HeaderPage, tail) == 64);
static_assert(offsetof(HeaderPage, head) == 128);
static_assert(offsetof(HeaderPage, sleeps) == 192);
static_assert(offsetof(HeaderPage, starved) == 196);
static_assert(sizeof(HeaderPage) <= kPageBytes);
static_assert(std::atomic<std::uint64_t>::is_always_lock_free && std::atomic<std::uint32_t>::is_always_lock_free);

/// In front of a frame's payload, at the start of its first cell.
struct FrameHeader {
  std::uint32_t length;      // payload bytes
  std::uint32_t crc;         // crc32c of this header with crc = 0, and the payload
  std::uint16_t kind;        // kFrameOfMessage
  std::uint16_t flags;       // kFirst, kLast
  std::uint32_t generation;  // of the worker
  std::uint64_t position;    // the cell index it was written at
};
static_assert(sizeof(FrameHeader) == 24);
inline constexpr std::uint16_t kFrameOfMessage = 1;
inline constexpr std::uint16_t kFirst = 1, kLast = 2;

/// One attempt that has begun in this worker and whose Finished is not yet published. `number` is written last and is 0
/// in a free entry.
struct LedgerEntry {
  std::atomic<std::uint32_t> run, job, task, number;
};
static_assert(sizeof(LedgerEntry) == 16);

/// What one thread of the worker runs. Slot 0 is the loop that runs the coroutines.
struct ThreadSlot {
  alignas(64) std::atomic<std::uint32_t> running;  // ledger entry + 1; 0: no user code
  std::atomic<std::uint32_t> signal;               // written by the crash handler; 0: none. Or one of the two below
  std::atomic<std::uint64_t> begun;                // how many attempts this thread has begun
};
static_assert(sizeof(ThreadSlot) == 64);
/// Status of a pool worker whose descriptors a task has closed.
inline constexpr int kExitDeaf = 71;
inline constexpr std::uint32_t kCalledExit = 0x100;  // its code called exit or quick_exit
inline constexpr std::uint32_t kLeftByItself = 0x101;  // of the loop's slot: the worker ends, and no task is the cause

inline constexpr std::uint32_t kLanguageSlot = 1 + limits::kThreadSlots + limits::kDaemonThreads;  // a loop of Python's
inline constexpr std::uint32_t kSlots = kLanguageSlot + 1;
inline constexpr std::uint32_t kLedgerEntries = limits::kLaneLedgerEntries;

constexpr std::size_t page_ceil(std::size_t n) { return (n + kPageBytes - 1) / kPageBytes * kPageBytes; }

// Offsets in a region. Region A has neither slots nor ledger.
inline constexpr std::size_t kSlotsOffset = kPageBytes;
inline constexpr std::size_t kLedgerOffset = kSlotsOffset + page_ceil(kSlots * sizeof(ThreadSlot));
inline constexpr std::size_t kRingOffsetA = kPageBytes;
inline constexpr std::size_t kRingOffsetB = kLedgerOffset + page_ceil(kLedgerEntries * sizeof(LedgerEntry));
inline constexpr std::size_t kRegionBytesA = kRingOffsetA + limits::kLaneRingBytes;
inline constexpr std::size_t kRegionBytesB = kRingOffsetB + limits::kLaneRingBytes;

static_assert((kRingCells & (kRingCells - 1)) == 0, "an index is turned into a cell by masking");
static_assert(kRingCells * kCellBytes >= 2 * (sizeof(FrameHeader) + limits::kFrameBytes));
static_assert(kLedgerEntries >= limits::kAsyncSlots + limits::kThreadSlots + limits::kDaemonThreads);

}  // namespace rota::lane
