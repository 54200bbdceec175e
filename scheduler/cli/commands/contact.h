// One connection to a coordinator: the seam between the verbs and the socket. Tests bring their own.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "scheduler/control/protocol.h"
#include "shared/clock.h"
#include "shared/result.h"

namespace rota::cli {

class Contact {
 public:
  virtual ~Contact() = default;
  virtual const control::Hello& coordinator() const = 0;
  /// As control::Client::ask.
  virtual Result<control::Reply> ask(const control::Ask& question, std::optional<std::string_view> file = std::nullopt,
                                     std::optional<Duration> within = std::nullopt) = 0;
  /// From another thread: an ask that waits fails soon. Nothing can be asked any more.
  virtual void hang_up() = 0;
};

/// Connects to the socket at a path: Code::unreachable when nobody answers there, Code::refused when one does who must
/// not or cannot be spoken to. Any thread.
using Dial = std::function<Result<std::unique_ptr<Contact>>(const std::string& socket_path)>;

/// Through control::Client.
Result<std::unique_ptr<Contact>> dial_socket(const std::string& socket_path);

/// An ask that failed because its time was up, not because the coordinator is gone.
bool timed_out(const Error& error);

/// The reply of the kind that was asked for; what was refused, or is of another kind, as an error. A hint of a refusal
/// follows its sentence.
template <class Answer>
Result<Answer> expect(Result<control::Reply> reply);

/// The part of `expect` that is the same for all: a reply that is not an answer.
Error unexpected(const control::Reply& reply);

template <class Answer>
Result<Answer> expect(Result<control::Reply> reply) {
  if (!reply) return reply.error();
  if (auto* answer = std::get_if<Answer>(&*reply)) return std::move(*answer);
  return unexpected(*reply);
}

}  // namespace rota::cli
