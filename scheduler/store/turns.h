// The table of turns: records as bytes, and rows back to records. For the writer and for readers.
#pragma once

#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "scheduler/core/record.h"
#include "scheduler/store/sqlite.h"
#include "shared/result.h"

namespace rota::store {

/// The run that a fact is about; 0: of none.
RunId run_of(const core::Fact& fact);

/// The durable ones of these records, encoded one after the other.
std::string encode_facts(std::span<const core::Record> records);

/// Calls `each` for every fact. Code::corrupt when the bytes are not facts to the last byte.
Status decode_facts(std::string_view body, const std::function<void(core::Record&)>& each);

/// Calls `each` for every record from the last snapshot on, oldest first, but those of runs that are in history.
/// Code::corrupt at the first row that is not what was written.
Status read_turns(sqlite::Database& db, const std::function<void(const core::Record&)>& each);

}  // namespace rota::store
