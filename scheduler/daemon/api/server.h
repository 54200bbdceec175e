// Clients of a coordinator: a unix socket on its loop. Nothing here waits for anybody: whoever is slow, silent or
// hostile is bounded and cut. Coordinator's thread only; the one thread of its own (loader.h) reads job files.
//
// The coordinator calls after_turn once for each turn that it has committed, with all the turn's records, also when
// there are none, and before it forgets runs that were folded in it. All else comes from the loop: clients, deadlines
// and files that were read wake it by themselves, and what they wish for goes to the desk.
#pragma once

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>

#include "scheduler/daemon/api/connection.h"
#include "scheduler/daemon/api/listener.h"
#include "scheduler/daemon/api/questions.h"
#include "scheduler/daemon/api/timers.h"
#include "scheduler/daemon/loop.h"

namespace rota::daemon {

class Server {
 public:
  struct Options {
    std::string socket;    // absolute path
    control::Hello hello;  // of this coordinator
    ClientTimes times;
    std::size_t clients = limits::kClients;
    Duration pause_within = std::chrono::seconds(10);  // then a pause or resume is answered as far as it has come
    std::string python;  // the interpreter of job files that name none; empty: as the caller's PATH has it
    std::function<void(std::string_view)> log = [](std::string_view) {};  // a line; need not be kept
  };

  /// The caller holds the lock of its instance, and no other thread of the process makes files meanwhile (the socket's
  /// mode is made with umask). The loop and the desk outlive it.
  static Result<std::unique_ptr<Server>> create(Loop& loop, Desk& desk, Options options);
  /// Answers a stop, closes every connection and removes the socket. A job file that is being read is given up.
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  void after_turn(std::span<const core::Record> records);
  std::uint32_t clients() const { return static_cast<std::uint32_t>(clients_.size()); }

 private:
  struct Client {
    std::unique_ptr<Connection> connection;
    bool asked = false;       // and has not taken its answer yet
    std::uint32_t wants = 0;  // as the loop knows it
    Timers::Id timer = 0;
    std::optional<Instant> timer_at;
  };

  Server(Loop& loop, Desk& desk, Options options, std::unique_ptr<Listener> listener, std::unique_ptr<Timers> timers,
         std::unique_ptr<Loader> loader);
  void welcome();
  void take_in(Listener::Visitor visitor);
  void pause_listener();
  void resume_listener();
  void on_ready(ClientId id, std::uint32_t events);
  void on_deadline(ClientId id);
  void on_question(ClientId id, control::Message message);
  void answer(ClientId id, control::Reply reply);
  /// Lets the loop and the timers know what the connection waits for; or closes it.
  void settle(ClientId id);
  void close(ClientId id);

  Loop& loop_;
  Options options_;
  std::unique_ptr<Listener> listener_;
  std::unique_ptr<Timers> timers_;
  std::unique_ptr<Loader> loader_;
  Questions questions_;
  std::unordered_map<ClientId, Client> clients_;
  ClientId last_ = 0;
};

}  // namespace rota::daemon
