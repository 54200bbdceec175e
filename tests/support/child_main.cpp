// rota-test-child: a child process scripted by its arguments, so that tests need no shell tricks. Steps run in order:
//   print TEXT | error TEXT | flood BYTES | exit N | crash SIGNAL | pause | stop-self | self
//   ignore SIGNAL | on-signal SIGNAL EXIT | write-file PATH TEXT | append-file PATH TEXT | close-stdout | close-all
//   daemon FILE (setsid, double fork, forget the environment; writes its pid to FILE) | daemon-keep-env FILE
//   grandchild-holds-output FILE | orphans N | wait-file PATH | spin MILLISECONDS | env NAME | cwd | read-fd N
//   fill MEGABYTES (of memory, kept) | write-hex FD DIGITS | listen PORT (on the loopback address; who connects waits)
#include <arpa/inet.h>
#include <dirent.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <functional>
#include <map>
#include <string>
#include <vector>

namespace {

int exit_on_signal = 0;

void say(int fd, const std::string& text) {
  for (std::size_t at = 0; at < text.size();) {
    const auto n = ::write(fd, text.data() + at, text.size() - at);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) _exit(99);
    at += static_cast<std::size_t>(n);
  }
}

void put_file(const std::string& path, const std::string& text, int flags) {
  const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC | flags, 0600);
  if (fd < 0) _exit(98);
  say(fd, text);
  ::close(fd);
}

/// Written elsewhere and renamed, so that a reader never sees half of it.
void announce(const std::string& path) {
  put_file(path + ".new", std::to_string(::getpid()), O_TRUNC);
  if (::rename((path + ".new").c_str(), path.c_str())) _exit(97);
}

[[noreturn]] void wait_for_ever() {
  for (;;) ::pause();
}

void flood(unsigned long bytes) {
  std::string block;
  while (block.size() < 65536) block += "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcd\n";
  for (; bytes > 0; bytes -= std::min(bytes, static_cast<unsigned long>(block.size()))) {
    say(1, block.substr(0, std::min(bytes, static_cast<unsigned long>(block.size()))));
  }
}

/// What a job inherits: signal masks, umask, descriptors, session.
void print_self() {
  if (std::FILE* f = std::fopen("/proc/self/status", "re")) {
    char line[256];
    while (std::fgets(line, sizeof line, f)) {
      if (std::strncmp(line, "Sig", 3) == 0) say(1, line);
    }
    std::fclose(f);
  }
  char text[64];
  const mode_t mask = ::umask(0);
  std::snprintf(text, sizeof text, "umask %04o\nsession %d\n", mask, ::getsid(0) == ::getpid());
  say(1, text);
  std::string fds = "fds";
  DIR* d = ::opendir("/proc/self/fd");
  while (const auto* e = ::readdir(d)) {
    if (e->d_name[0] != '.' && std::atoi(e->d_name) != ::dirfd(d)) fds += std::string(" ") + e->d_name;
  }
  ::closedir(d);
  say(1, fds + "\n");
}

/// A process that has left by every door it has: new session, parent gone, and perhaps no environment.
void become_daemon(const std::string& file, bool forget) {
  if (::fork() != 0) {
    while (::access(file.c_str(), F_OK)) ::usleep(1000);
    return;
  }
  ::setsid();
  if (::fork() != 0) _exit(0);
  for (int fd = 0; fd < 3; ++fd) ::close(fd);
  if (forget) {
    // The kernel shows the environment of the exec: only another exec makes it forget.
    char* const argv[] = {const_cast<char*>("rota-test-child"), const_cast<char*>("announce"),
                          const_cast<char*>(file.c_str()), const_cast<char*>("pause"), nullptr};
    char* const env[] = {nullptr};
    ::execve("/proc/self/exe", argv, env);
    _exit(96);
  }
  announce(file);
  wait_for_ever();
}

/// In a group of its own a process that the kernel holds up (vfork) until a file is there.
void hold_up(const std::string& file) {
  const int held = ::fork();
  if (held == 0) {
    ::setpgid(0, 0);
    if (::vfork() == 0) {
      say(1, "held\n");
      while (::access(file.c_str(), F_OK)) ::usleep(1000);
      _exit(0);
    }
    _exit(0);
  }
  int status = 0;
  if (::waitpid(held, &status, 0) != held || status != 0) _exit(97);
}

void grandchild_holding_output(const std::string& file) {
  if (::fork() == 0) {
    announce(file);
    wait_for_ever();
  }
  while (::access(file.c_str(), F_OK)) ::usleep(1000);
}

/// Children whose parent is gone at once and who end a moment later: whoever takes orphans in must bury them.
void make_orphans(int count) {
  for (int i = 0; i < count; ++i) {
    const int parent = ::fork();
    if (parent == 0) {
      const int before = ::getpid();
      if (::fork() != 0) _exit(0);
      while (::getppid() == before) ::usleep(100);
      _exit(0);
    }
    ::waitpid(parent, nullptr, 0);
  }
}

void handle(int signo, int status) {
  exit_on_signal = status;
  struct sigaction action {};
  action.sa_handler = [](int) { _exit(exit_on_signal); };
  ::sigaction(signo, &action, nullptr);
}

/// Bytes that an argument cannot hold, two digits each.
std::string from_hex(const std::string& hex) {
  std::string out;
  for (std::size_t i = 0; i + 1 < hex.size(); i += 2) {
    out.push_back(static_cast<char>(std::stoi(hex.substr(i, 2), nullptr, 16)));
  }
  return out;
}

void spin(long ms) {
  timespec t{};
  do ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
  while (t.tv_sec * 1000 + t.tv_nsec / 1'000'000 < ms);
}

/// Memory that was written to: a process that has much of it takes a while to die.
void fill(std::size_t megabytes) {
  static std::vector<char> kept;
  kept.assign(megabytes << 20, 'x');
}

void listen_on(int port) {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const int yes = 1;
  ::setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::bind(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) || ::listen(fd, 8)) _exit(96);
}

void close_all() {
  for (int fd = 0; fd < 64; ++fd) ::close(fd);
}

using Words = const std::vector<std::string>&;
struct Step {
  std::size_t words;
  std::function<void(Words, std::size_t)> act;
};

const std::map<std::string, Step>& steps() {
  static const std::map<std::string, Step> all = {
      {"print", {1, [](Words w, std::size_t i) { say(1, w[i]); }}},
      {"error", {1, [](Words w, std::size_t i) { say(2, w[i]); }}},
      {"flood", {1, [](Words w, std::size_t i) { flood(std::strtoul(w[i].c_str(), nullptr, 10)); }}},
      {"exit", {1, [](Words w, std::size_t i) { _exit(std::stoi(w[i])); }}},
      {"crash",
       {1,
        [](Words w, std::size_t i) {
          ::signal(std::stoi(w[i]), SIG_DFL);
          ::raise(std::stoi(w[i]));
        }}},
      {"pause", {0, [](Words, std::size_t) { wait_for_ever(); }}},
      {"stop-self", {0, [](Words, std::size_t) { ::raise(SIGSTOP); }}},
      {"ignore", {1, [](Words w, std::size_t i) { ::signal(std::stoi(w[i]), SIG_IGN); }}},
      {"on-signal", {2, [](Words w, std::size_t i) { handle(std::stoi(w[i]), std::stoi(w[i + 1])); }}},
      {"write-file", {2, [](Words w, std::size_t i) { put_file(w[i], w[i + 1], O_TRUNC); }}},
      {"append-file", {2, [](Words w, std::size_t i) { put_file(w[i], w[i + 1], O_APPEND); }}},
      {"announce", {1, [](Words w, std::size_t i) { announce(w[i]); }}},
      {"listen", {1, [](Words w, std::size_t i) { listen_on(std::stoi(w[i])); }}},
      {"close-stdout", {0, [](Words, std::size_t) { ::close(1); }}},
      {"close-all", {0, [](Words, std::size_t) { close_all(); }}},
      {"daemon", {1, [](Words w, std::size_t i) { become_daemon(w[i], true); }}},
      {"daemon-keep-env", {1, [](Words w, std::size_t i) { become_daemon(w[i], false); }}},
      {"grandchild-holds-output", {1, [](Words w, std::size_t i) { grandchild_holding_output(w[i]); }}},
      {"wait-file",
       {1,
        [](Words w, std::size_t i) {
          while (::access(w[i].c_str(), F_OK)) ::usleep(1000);
        }}},
      {"env",
       {1,
        [](Words w, std::size_t i) {
          const char* v = ::getenv(w[i].c_str());
          say(1, v ? v : "(none)");
        }}},
      {"cwd",
       {0,
        [](Words, std::size_t) {
          char b[4096];
          say(1, ::getcwd(b, sizeof b) ? b : "?");
        }}},
      {"self", {0, [](Words, std::size_t) { print_self(); }}},
      {"hold-up", {1, [](Words w, std::size_t i) { hold_up(w[i]); }}},
      {"orphans", {1, [](Words w, std::size_t i) { make_orphans(std::stoi(w[i])); }}},
      {"write-hex", {2, [](Words w, std::size_t i) { say(std::stoi(w[i]), from_hex(w[i + 1])); }}},
      {"spin", {1, [](Words w, std::size_t i) { spin(std::stol(w[i])); }}},
      {"fill", {1, [](Words w, std::size_t i) { fill(std::stoul(w[i])); }}},
      {"read-fd",
       {1,
        [](Words w, std::size_t i) {
          char b[4096];
          for (ssize_t n; (n = ::read(std::stoi(w[i]), b, sizeof b)) > 0;)
            say(1, std::string(b, static_cast<std::size_t>(n)));
        }}},
  };
  return all;
}

}  // namespace

int main(int argc, char** argv) {
  const std::vector<std::string> words(argv + 1, argv + argc);
  for (std::size_t i = 0; i < words.size();) {
    const auto step = steps().find(words[i]);
    if (step == steps().end() || i + step->second.words >= words.size() + (step->second.words == 0)) return 100;
    step->second.act(words, i + 1);
    i += 1 + step->second.words;
  }
  return 0;
}
