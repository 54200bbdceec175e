// The program `rotad`: the scheduler as a service, in the foreground. Wiring only.
#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>

#include "scheduler/control/client.h"
#include "scheduler/daemon/secrets.h"
#include "scheduler/daemon/service.h"
#include "scheduler/daemon/service_log.h"
#include "scheduler/main/rotad_args.h"
#include "scheduler/main/rotad_settings.h"
#include "scheduler/store/instances.h"

namespace rota::rotad {
namespace {

/// What is opened next must never be taken for stdin, stdout or stderr.
void keep_standard_descriptors() {
  for (int fd = 0; fd <= STDERR_FILENO; ++fd) {
    if (::fcntl(fd, F_GETFD) == -1) static_cast<void>(::open("/dev/null", O_RDWR));
  }
}

/// From the first moment on: a stop that comes during the start is heard when the service listens for it.
void hold_signals() {
  sigset_t held;
  sigemptyset(&held);
  for (const int signo : {SIGINT, SIGTERM, SIGHUP}) sigaddset(&held, signo);
  ::pthread_sigmask(SIG_BLOCK, &held, nullptr);
  ::signal(SIGPIPE, SIG_IGN);
}

std::vector<std::string> environment() {
  std::vector<std::string> env;
  for (char** e = environ; e && *e; ++e) env.emplace_back(*e);
  return env;
}

int print(const Answer& answer) {
  std::fputs(answer.text.c_str(), answer.status == 0 ? stdout : stderr);
  return answer.status;
}

int refuse(const Error& error) {
  const auto text = to_text(error);
  const bool rendered = text.ends_with('\n');  // as a compiler says it
  std::fputs((rendered ? text : "rotad: " + text + "\n").c_str(), stderr);
  return kExitUsage;
}

int serve(const Args& args, const std::vector<std::string>& env) {
  control::ServicePlaces places;
  places.config_file = config_path(args.config_file, env);
  const auto config = read_config(places.config_file, !args.config_file.empty());
  if (!config) return refuse(config.error());
  if (!config->found) places.config_file.clear();
  const auto settings = settle(args.given, config->config, places.config_file);
  auto state = store::state_root(args.state_directory, env);
  if (!state) return refuse(state.error());
  places.state_directory = std::move(*state);
  places.socket = control::socket_path(args.socket, env, places.state_directory);

  SystemClock clock;
  daemon::ServiceLog log(STDERR_FILENO, daemon::log_style(STDERR_FILENO, env), clock);
  log.info("rotad " ROTA_VERSION " starts; state in " + places.state_directory);
  if (::geteuid() == 0) log.info("runs as root: only root may connect, and jobs run as root");
  return daemon::run_service(places, settings, log);
}

}  // namespace
}  // namespace rota::rotad

int main(int argc, char** argv) {
  using namespace rota::rotad;
  keep_standard_descriptors();
  hold_signals();
  rota::daemon::keep_memory_private();
  const auto parsed = parse_args({argv + (argc > 0 ? 1 : 0), argv + argc});
  if (const auto* answer = std::get_if<Answer>(&parsed)) return print(*answer);
  return serve(std::get<Args>(parsed), environment());
}
