// The phases of a client.
#include "scheduler/daemon/api/connection.h"

#include <sys/epoll.h>

#include "scheduler/daemon/api/refusals.h"
#include "shared/text/text.h"

namespace rota::daemon {
namespace {

constexpr std::size_t kPiece = 128u << 10;  // of an answer: about a tenth of a millisecond's work
static_assert(kPiece <= limits::kClientBacklogBytes);
constexpr std::size_t kTurnBytes = 512u << 10;  // read or said to one client before others are looked at

}  // namespace

Connection::Connection(posix::Fd socket, const control::Hello& ours, ClientTimes times, Instant now)
    : socket_(std::move(socket)), times_(times), since_(now) {
  out_.add(control::to_json(ours));
  // An empty socket has room for a greeting.
  if (auto n = out_.flush(socket_.get()); !n || !out_.empty()) end("took no greeting");
}

std::uint32_t Connection::wants() const {
  switch (phase_) {
    case Phase::greeting:
    case Phase::listening: return EPOLLIN;
    case Phase::asked: return EPOLLRDHUP;
    case Phase::answering:
    case Phase::leaving: return EPOLLOUT;
    case Phase::over: break;
  }
  return 0;
}

std::optional<Instant> Connection::deadline() const {
  if (phase_ == Phase::greeting || (phase_ == Phase::listening && in_.inside())) return since_ + times_.handshake;
  if (phase_ == Phase::answering || phase_ == Phase::leaving) return moved_ + times_.stall;
  return std::nullopt;
}

void Connection::late() {
  if (phase_ == Phase::greeting) return end("said no hello in time");
  if (phase_ == Phase::listening) return end("began a question and did not end it in time");
  end("did not take its answer in time");
}

void Connection::ready(std::uint32_t events, Instant now) {
  if (phase_ == Phase::greeting || phase_ == Phase::listening) return hear(now);
  if (phase_ == Phase::asked) {
    if (events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)) end("");
    return;
  }
  if (phase_ != Phase::over) speak(now);
}

void Connection::hear(Instant now) {
  const bool fresh = !in_.inside();
  const auto got = in_.read(socket_.get(), kTurnBytes);
  if (!got && got.error().code == Code::invalid)
    return refuse({fail(Code::invalid, "what was sent is no message: " + got.error().what), ""}, now);
  if (!got) return end(phase_ == Phase::greeting ? "" : got.error().what);
  if (*got == control::FrameReader::Got::end) return end("");
  if (*got != control::FrameReader::Got::message) {
    if (fresh && phase_ == Phase::listening) since_ = now;
    return;
  }
  auto message = in_.take();
  if (phase_ == Phase::greeting) return greet(message.text, now);
  question_ = std::move(message);
  phase_ = Phase::asked;
}

void Connection::greet(const std::string& text, Instant now) {
  const auto hello = control::hello_from_json(text);
  if (!hello) return refuse({fail(Code::invalid, "a client must say hello first: " + to_text(hello.error())), ""}, now);
  if (hello->protocol != control::kControlProtocol) return refuse(other_protocol(*hello), now);
  phase_ = Phase::listening;
}

std::optional<control::Message> Connection::take() { return std::exchange(question_, std::nullopt); }

void Connection::reply(control::Reply reply, Instant now) {
  if (phase_ != Phase::asked) return;
  phase_ = Phase::answering;
  text_.emplace(std::move(reply));
  said_ = 0;
  taken_ = 0;
  moved_ = now;
  speak(now);
}

void Connection::refuse(control::answer::Refused why, Instant now) {
  if (phase_ == Phase::over) return;
  if (why_.empty()) why_ = why.error.what;
  phase_ = Phase::leaving;
  text_.emplace(control::Reply(std::move(why)));
  said_ = 0;
  taken_ = 0;
  moved_ = now;
  speak(now);
}

void Connection::speak(Instant now) {
  for (std::size_t turn = 0; turn < kTurnBytes;) {
    if (text_ && out_.size() < kPiece) {
      std::string piece;
      const bool more = text_->append(piece, kPiece);
      said_ += piece.size();
      if (said_ > limits::kControlMessageBytes) return end("its answer is longer than a message may be");
      out_.add_piece(piece, !more);
      if (!more) text_.reset();
    }
    const auto n = out_.flush(socket_.get());
    if (!n) return end("");
    turn += *n;
    taken_ += *n;
    if (taken_ >= limits::kClientStallBytes) {
      taken_ = 0;
      moved_ = now;
    }
    if (out_.empty() && !text_) {
      if (phase_ == Phase::leaving) return end(why_);
      phase_ = Phase::listening;
      return;
    }
    if (!out_.empty()) return;
  }
}

void Connection::end(std::string why) {
  phase_ = Phase::over;
  why_ = std::move(why);
  text_.reset();
}

}  // namespace rota::daemon
