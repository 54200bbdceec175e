// Contacts over the socket.
#include "scheduler/cli/commands/contact.h"

#include <sys/socket.h>

#include <cerrno>

#include "scheduler/control/client.h"

namespace rota::cli {
namespace {

// A peer that died under us is no coordinator that answers, whatever call noticed it.
Error as_unreachable(Error error) {
  const bool gone = error.os_errno == EPIPE || error.os_errno == ECONNRESET || error.os_errno == ENOTCONN;
  return gone ? fail(Code::unreachable, "the coordinator went away") : error;
}

class SocketContact final : public Contact {
 public:
  explicit SocketContact(control::Client client) : client_(std::move(client)) {}
  const control::Hello& coordinator() const override { return client_.coordinator(); }
  Result<control::Reply> ask(const control::Ask& question, std::optional<std::string_view> file,
                             std::optional<Duration> within) override {
    auto reply = client_.ask(question, file, within);
    if (!reply) return as_unreachable(reply.error());
    return reply;
  }
  void hang_up() override { ::shutdown(client_.fd(), SHUT_RDWR); }

 private:
  control::Client client_;
};

}  // namespace

Result<std::unique_ptr<Contact>> dial_socket(const std::string& socket_path) {
  auto client = control::Client::connect(socket_path);
  if (!client) return as_unreachable(client.error());
  return std::unique_ptr<Contact>(std::make_unique<SocketContact>(std::move(*client)));
}

bool timed_out(const Error& error) {
  return error.code == Code::unreachable && error.what.find("timed out") != error.what.npos;
}

Error unexpected(const control::Reply& reply) {
  if (const auto* refused = std::get_if<control::answer::Refused>(&reply)) {
    auto error = refused->error;
    if (!refused->hint.empty()) error.what += ": " + refused->hint;
    return error;
  }
  return fail(Code::internal,
              "the service answered something else than what was asked: is it of another version? "
              "`rota doctor` compares them");
}

}  // namespace rota::cli
