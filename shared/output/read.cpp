// One attempt's chunks out of a segment that many share.
#include "shared/output/read.h"

namespace rota::output {

Status read_attempt(const std::string& path, AttemptId attempt, const OutputRef& where, std::optional<Stream> only,
                    const std::function<bool(const Chunk&)>& take) {
  if (where.bytes == 0) return {};
  auto reader = SegmentReader::open(path);
  if (!reader) return reader.error();
  reader->seek(where.first);
  Chunk chunk;
  for (;;) {
    const auto more = reader->next(chunk);
    if (!more) return more.error();
    if (!*more || chunk.offset >= where.last) return {};
    const bool ours = chunk.task.job == attempt.task.job && chunk.task.task == attempt.task.task &&
                      chunk.attempt == attempt.number && (!only || *only == chunk.stream);
    if (ours && !take(chunk)) return {};
  }
}

}  // namespace rota::output
