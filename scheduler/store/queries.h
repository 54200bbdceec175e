// What is asked of history again and again: none of it may cost more the more runs have ended (but what it gives).
#pragma once

namespace rota::store::query {

/// By number, the newest first; ?1 an outcome or empty, ?2 how many, ?3 not ended before.
inline constexpr const char* kDownwards =
    "SELECT crc, summary FROM runs NOT INDEXED WHERE ended_ns >= ?3 AND (?1 = '' OR outcome = ?1)"
    " ORDER BY run DESC LIMIT ?2";
/// The same of one outcome at any time.
inline constexpr const char* kByOutcome =
    "SELECT crc, summary FROM runs INDEXED BY runs_by_outcome WHERE outcome = ?1 AND ended_ns >= ?3"
    " ORDER BY run DESC LIMIT ?2";
/// The same where few have ended since ?3.
inline constexpr const char* kByEnd =
    "SELECT crc, summary FROM runs WHERE run IN (SELECT run FROM runs INDEXED BY runs_by_end"
    " WHERE ended_ns >= ?3 AND (?1 = '' OR outcome = ?1) ORDER BY run DESC LIMIT ?2) ORDER BY run DESC";
inline constexpr const char* kFewSince =
    "SELECT count(*) FROM (SELECT 1 FROM runs INDEXED BY runs_by_end WHERE ended_ns >= ?1 LIMIT ?2)";

// Forgetting. ?2 how many; below 0: all.
inline constexpr const char* kEndedBefore =
    "SELECT run FROM runs INDEXED BY runs_by_end WHERE ended_ns < ?1 ORDER BY ended_ns LIMIT ?2";
inline constexpr const char* kOldest = "SELECT run FROM runs WHERE run > ?1 ORDER BY run LIMIT ?2";
inline constexpr const char* kKeysBefore = "SELECT 1 FROM keys INDEXED BY keys_by_time WHERE at_ns < ? LIMIT 1";
inline constexpr const char* kDropKeys = "DELETE FROM keys INDEXED BY keys_by_time WHERE at_ns < ?";

// Of one name, ?1. What a file says of its runs is in `bounds`.
inline constexpr const char* kNamedEndedBefore =
    "SELECT run FROM runs INDEXED BY runs_by_name WHERE name = ?1 AND ended_ns < ?2 ORDER BY ended_ns LIMIT ?3";
inline constexpr const char* kNamedFrom =  // after the one that ended at ?2 and is ?3
    "SELECT ended_ns, run FROM runs INDEXED BY runs_by_name WHERE name = ?1 AND (ended_ns, run) > (?2, ?3)"
    " ORDER BY ended_ns, run";
inline constexpr const char* kPutBounds =
    "INSERT OR REPLACE INTO bounds(name, keep_runs, keep_for_ns, keep_bytes) VALUES(?, ?, ?, ?)";
inline constexpr const char* kDropBounds = "DELETE FROM bounds WHERE name = ?";

// Once in a life.
inline constexpr const char* kBoundsFrom =
    "SELECT name, keep_runs, keep_for_ns, keep_bytes FROM bounds WHERE name > ?1 ORDER BY name";
inline constexpr const char* kRunsFrom = "SELECT run FROM runs WHERE run > ?1 ORDER BY run";
inline constexpr const char* kCount = "SELECT count(*) FROM runs INDEXED BY runs_by_outcome";
inline constexpr const char* kKnown = "SELECT run FROM runs INDEXED BY runs_by_outcome WHERE ?1 = 0 LIMIT ?2";

}  // namespace rota::store::query
