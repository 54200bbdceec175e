// The text of a reply, made piece by piece, so that a run of 100,000 jobs keeps nobody waiting.
#pragma once

#include <cstddef>
#include <string>
#include <variant>
#include <vector>

#include "scheduler/control/protocol.h"

namespace rota::control {

class ReplyText {
 public:
  explicit ReplyText(Reply reply);

  /// Appends the next piece, of about so many bytes. False: it was the last. All pieces together are to_json(reply).
  bool append(std::string& out, std::size_t about);

  using List = std::variant<std::vector<core::JobView>, std::vector<core::RunSummary>,
                            std::vector<answer::Stopped::Task>>;

 private:
  List list_;  // what is long in the reply; the rest is in head_
  std::size_t size_ = 0;
  std::size_t next_ = 0;
  std::string head_;
};

}  // namespace rota::control
