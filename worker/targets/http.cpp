// http_get: one plain HTTP request. The only user of Boost.Beast.
#include <boost/asio/awaitable.hpp>
#include <boost/asio/connect.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>

#include "shared/limits.h"
#include "shared/posix/fd.h"
#include "worker/targets/endpoint.h"
#include "worker/targets/functions.h"

namespace rota::worker {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using boost::system::error_code;

namespace {

struct Url {
  HostPort at;
  std::string host_header;
  std::string path;
};

Result<Url> parse_url(const std::string& url) {
  if (url.starts_with("https://"))
    return fail(Code::invalid, "https is not supported by this target; use http, or a job with `command: [curl, ...]`",
                url);
  if (!url.starts_with("http://")) return fail(Code::invalid, "is not a URL that starts with http://", url);
  const auto rest = url.substr(7);
  const auto slash = rest.find_first_of("/?#");
  const auto authority = rest.substr(0, slash);
  auto path = slash == std::string::npos ? std::string("/") : rest.substr(slash, rest.find('#') - slash);
  if (path.empty() || path.front() != '/') path.insert(0, "/");
  if (authority.find('@') != std::string::npos)
    return fail(Code::invalid, "has a user name; that is not supported", url);
  for (const char c : rest)
    if (static_cast<unsigned char>(c) <= ' ') return fail(Code::invalid, "has a space or control character", url);
  const bool has_port = authority.rfind(':') != std::string::npos && authority.back() != ']';
  auto at = parse_host_port(has_port ? authority : authority + ":80");
  if (!at) return at.error();
  return Url{*at, authority, path};
}

Error failed(const char* what, const std::string& url, const error_code& ec) {
  return Error{Code::system, std::string(what) + ": " + ec.message(), url, ec.value()};
}

using Response = http::response_parser<http::string_body>;

asio::awaitable<Status> exchange(const Url& url, const std::string& text, Response& response) {
  const auto executor = co_await asio::this_coro::executor;
  error_code ec;
  const auto token = [&ec] { return asio::redirect_error(asio::use_awaitable, ec); };
  asio::ip::tcp::resolver resolver(executor);
  const auto to = co_await resolver.async_resolve(url.at.host, url.at.port, token());
  if (ec) co_return failed("cannot resolve", text, ec);
  asio::ip::tcp::socket socket(executor);
  co_await asio::async_connect(socket, to, token());
  if (ec) co_return failed("cannot connect", text, ec);
  http::request<http::empty_body> request(http::verb::get, url.path, 11);
  request.set(http::field::host, url.host_header);
  request.set(http::field::user_agent, "rota");
  request.set(http::field::connection, "close");
  co_await http::async_write(socket, request, token());
  if (ec) co_return failed("cannot send the request", text, ec);
  boost::beast::flat_buffer buffer;
  co_await http::async_read(socket, buffer, response, token());
  if (ec == http::error::body_limit)
    co_return fail(Code::refused,
                   "answered more than " + std::to_string(limits::kHttpBodyBytes) + " bytes (limit http_body_bytes)",
                   text);
  if (ec) co_return failed("cannot read the answer", text, ec);
  co_return Status{};
}

}  // namespace

Coroutine co_http_get(TargetContext& context, const Arguments& arguments) {
  const auto text = arguments.text("url");
  const auto save = arguments.text("save");
  const auto url = parse_url(text);
  if (!url) co_return url.error();
  Response response;
  response.body_limit(limits::kHttpBodyBytes);
  const auto done = co_await exchange(*url, text, response);
  if (!done) co_return context.stop_requested() ? Status{} : done;
  const auto status = response.get().result_int();
  const auto& body = response.get().body();
  context.set_output("status", static_cast<std::int64_t>(status));
  context.set_output("bytes", static_cast<std::int64_t>(body.size()));
  context.err("HTTP " + std::to_string(status) + ", " + std::to_string(body.size()) + " bytes\n");
  if (status < 200 || status > 299)
    co_return fail(Code::refused, "the server answered " + std::to_string(status), text);
  if (save.empty() || save == "none") {
    context.out(body);
    co_return Status{};
  }
  co_return posix::replace_file(context.path(save), body, 0644);
}

Status http_get(TargetContext& c, const Arguments& a) { return run_on_own_loop(co_http_get, c, a); }

}  // namespace rota::worker
