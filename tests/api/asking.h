// A question whose answer comes later: asked, taken up by the coordinator, and looked at in between.
#pragma once

#include <optional>
#include <string>

#include "scheduler/control/frames.h"
#include "tests/api/world.h"

namespace rota::daemon {

class Asking {
 public:
  /// When it returns, the coordinator has the question.
  Asking(World& world, const control::Ask& what) : client_(world.client()) {
    control::FrameWriter out;
    out.add(control::to_json(what));
    if (!out.flush(client_.fd()) || !out.empty()) throw std::runtime_error("the question was not taken");
    // The loop serves in order: once others have come and gone, its turn was.
    for (int i = 0; i < 3; ++i) world.ask(control::ask::Status{});
  }

  bool answered() {
    if (reply_) return true;
    const auto got = in_.read(client_.fd());
    if (!got) throw std::runtime_error(to_text(got.error()));
    if (*got == control::FrameReader::Got::end) throw std::runtime_error("the connection ended without an answer");
    if (*got == control::FrameReader::Got::message) reply_ = control::reply_from_json(in_.take().text).value();
    return reply_.has_value();
  }
  template <class T>
  T get() {
    if (!test::eventually(test::kPatience, [&] { return answered(); })) throw std::runtime_error("no answer");
    if (auto* found = std::get_if<T>(&*reply_)) return std::move(*found);
    throw std::runtime_error("another reply: " + control::to_json(*reply_).substr(0, 1000));
  }

 private:
  control::Client client_;
  control::FrameReader in_;
  std::optional<control::Reply> reply_;
};

}  // namespace rota::daemon
