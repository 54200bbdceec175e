// Visitors become clients, messages become questions, answers go back.
#include "scheduler/daemon/api/server.h"

#include <sys/epoll.h>
#include <unistd.h>

#include "scheduler/daemon/api/refusals.h"

namespace rota::daemon {
namespace {

constexpr int kVisitorsAtOnce = 64;  // then others are looked at
constexpr auto kListenerPause = std::chrono::milliseconds(100);

const control::answer::Refused kNoDescriptor{
    fail(Code::refused, "the coordinator has no file descriptor left for another client"), "try again in a moment"};

}  // namespace

Result<std::unique_ptr<Server>> Server::create(Loop& loop, Desk& desk, Options options) {
  auto listener = Listener::open(options.socket);
  if (!listener) return listener.error();
  auto timers = Timers::create(loop);
  if (!timers) return timers.error();
  auto loader = Loader::create(loop, options.python);
  if (!loader) return loader.error();
  std::unique_ptr<Server> server(new Server(loop, desk, std::move(options), std::move(*listener), std::move(*timers),
                                            std::move(*loader)));
  auto s = loop.watch(server->listener_->fd(), EPOLLIN, [raw = server.get()](std::uint32_t) { raw->welcome(); });
  if (!s) return s.error();
  return server;
}

Server::Server(Loop& loop, Desk& desk, Options options, std::unique_ptr<Listener> listener,
               std::unique_ptr<Timers> timers, std::unique_ptr<Loader> loader)
    : loop_(loop),
      options_(std::move(options)),
      listener_(std::move(listener)),
      timers_(std::move(timers)),
      loader_(std::move(loader)),
      questions_(desk, *loader_,
                 {[this](ClientId id, control::Reply reply) { answer(id, std::move(reply)); }, options_.log,
                  [this] { return clients(); },
                  [this](Duration in, std::function<void()> what) {
                    timers_->at(monotonic_now() + in, std::move(what));
                  },
                  options_.pause_within}) {}

Server::~Server() {
  questions_.farewell();
  loop_.forget(listener_->fd());
  while (!clients_.empty()) close(clients_.begin()->first);
}

void Server::after_turn(std::span<const core::Record> records) { questions_.after_turn(records); }

void Server::welcome() {
  for (int i = 0; i < kVisitorsAtOnce; ++i) {
    Listener::Visitor visitor;
    const auto came = listener_->accept(visitor);
    if (came == Listener::Came::nobody) return;
    if (came == Listener::Came::visitor) take_in(std::move(visitor));
    else if (!listener_->turn_away(kNoDescriptor)) return pause_listener();
  }
}

void Server::take_in(Listener::Visitor visitor) {
  if (visitor.uid != ::geteuid()) {
    options_.log("turned away process " + std::to_string(visitor.pid) + " of user " + std::to_string(visitor.uid));
    return turn_away(std::move(visitor.socket),
                     {fail(Code::refused, "this coordinator belongs to user " + std::to_string(::geteuid()) +
                                              " and serves nobody else"),
                      ""});
  }
  if (clients_.size() >= options_.clients)
    return turn_away(std::move(visitor.socket),
                     {fail(Code::refused, std::to_string(options_.clients) +
                                              " clients are connected to the coordinator: no more are taken"),
                      "try again when some have gone"});
  const ClientId id = ++last_;
  auto connection = std::make_unique<Connection>(std::move(visitor.socket), options_.hello, options_.times,
                                                 monotonic_now());
  const std::uint32_t wants = connection->wants();
  auto watched = loop_.watch(connection->fd(), wants, [this, id](std::uint32_t events) { on_ready(id, events); });
  if (!watched) return options_.log("a client could not be taken in: " + to_text(watched.error()));
  clients_[id] = {std::move(connection), false, wants, 0, std::nullopt};
  settle(id);
}

void Server::pause_listener() {
  loop_.change(listener_->fd(), 0);
  timers_->at(monotonic_now() + kListenerPause, [this] { resume_listener(); });
}

void Server::resume_listener() {
  if (!listener_->regain()) return pause_listener();
  loop_.change(listener_->fd(), EPOLLIN);
}

void Server::on_ready(ClientId id, std::uint32_t events) {
  const auto found = clients_.find(id);
  if (found == clients_.end()) return;
  Connection& connection = *found->second.connection;
  connection.ready(events, monotonic_now());
  if (auto message = connection.take()) {
    found->second.asked = true;
    on_question(id, std::move(*message));
  }
  settle(id);
}

void Server::on_question(ClientId id, control::Message message) {
  auto what = control::ask_from_json(message.text);
  if (!what)
    return answer(id, refused(fail(Code::invalid, "the question cannot be read: " + to_text(what.error()))));
  questions_.ask(id, std::move(*what), std::move(message.file));
}

void Server::answer(ClientId id, control::Reply reply) {
  const auto found = clients_.find(id);
  if (found == clients_.end()) return;
  found->second.connection->reply(std::move(reply), monotonic_now());
  settle(id);
}

void Server::settle(ClientId id) {
  const auto found = clients_.find(id);
  if (found == clients_.end()) return;
  Client& client = found->second;
  if (client.connection->over()) return close(id);
  if (client.asked && client.connection->idle()) {
    client.asked = false;
    questions_.delivered(id);  // which may answer others, never this one
  }
  if (const auto wants = client.connection->wants(); wants != client.wants) {
    loop_.change(client.connection->fd(), wants);
    client.wants = wants;
  }
  const auto deadline = client.connection->deadline();
  if (deadline == client.timer_at) return;
  timers_->cancel(client.timer);
  client.timer_at = deadline;
  client.timer = !deadline ? 0 : timers_->at(*deadline, [this, id] { on_deadline(id); });
}

/// A loop that was held up itself may see the deadline before what came in time: that is looked at first.
void Server::on_deadline(ClientId id) {
  on_ready(id, 0);
  const auto found = clients_.find(id);
  if (found == clients_.end()) return;
  const auto deadline = found->second.connection->deadline();
  if (!deadline || *deadline > monotonic_now()) return;
  found->second.connection->late();
  settle(id);
}

void Server::close(ClientId id) {
  auto client = std::move(clients_.extract(id).mapped());
  const auto& why = client.connection->why();
  if (!why.empty()) options_.log("cut a client: " + why);
  timers_->cancel(client.timer);
  loop_.forget(client.connection->fd());
  questions_.gone(id);
}

}  // namespace rota::daemon
