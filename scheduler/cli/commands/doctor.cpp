// rota doctor: whether everything that Rota stands on is there.
#include <fmt/format.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstring>
#include <filesystem>

#include "scheduler/cli/commands/commands.h"
#include "scheduler/cli/commands/holder.h"
#include "scheduler/cli/commands/select.h"
#include "scheduler/cli/exit_code.h"
#include "scheduler/cli/view/service.h"
#include "scheduler/cli/words.h"
#include "scheduler/control/answers_json.h"
#include "scheduler/control/client.h"
#include "scheduler/store/instances.h"
#include "shared/limits.h"
#include "shared/process/tree.h"
#include "shared/text/text.h"

namespace rota::cli {
namespace {

using control::Finding;
using Grade = control::Finding::Grade;

constexpr std::uint64_t kSpaceLow = 1ull << 30;
constexpr std::uint64_t kFilesLow = 1024;
constexpr Duration kLookWithin = std::chrono::seconds(10);

std::string mode_text(mode_t mode) { return fmt::format("{:04o}", mode & 07777u); }

class Doctor {
 public:
  Doctor(const Invocation& call, const Surroundings& world) : call_(call), world_(world) {}

  std::vector<Finding> examine() {
    add(Grade::ok, "version", fmt::format("rota " ROTA_VERSION ", protocol {}", control::kControlProtocol));
    state_directory();
    if (!root_.empty()) {
      space();
      socket();
      service();
    }
    worker_program();
    process_trees();
    memory_limits();
    open_files();
    settings();
    return std::move(findings_);
  }

 private:
  void add(Grade grade, std::string about, std::string what) {
    findings_.push_back({grade, std::move(about), std::move(what)});
  }

  void state_directory() {
    const auto root = store::state_root(call_.state_dir, world_.env);
    if (!root) return add(Grade::fail, "state directory", to_text(root.error()));
    root_ = *root;
    struct stat st {};
    if (::stat(root_.c_str(), &st))
      return add(Grade::fail, "state directory", fmt::format("{}: {}", root_, std::strerror(errno)));
    if (::access(root_.c_str(), W_OK))
      return add(Grade::fail, "state directory", fmt::format("{}: cannot be written: {}", root_, std::strerror(errno)));
    add(Grade::ok, "state directory", fmt::format("{}, mode {}, of user {}", root_, mode_text(st.st_mode), st.st_uid));
  }

  void space() {
    struct statvfs fs {};
    if (::statvfs(root_.c_str(), &fs))
      return add(Grade::warn, "free space", fmt::format("cannot be told: {}", std::strerror(errno)));
    const auto bytes = std::uint64_t{fs.f_bavail} * fs.f_frsize;
    const auto what = fmt::format("{} in {}", text::format_size(bytes), root_);
    if (bytes < limits::kFreeSpaceBytes)
      return add(Grade::fail, "free space",
                 what + fmt::format(": below {} nothing new can be recorded safely; make room",
                                    text::format_size(limits::kFreeSpaceBytes)));
    add(bytes < kSpaceLow ? Grade::warn : Grade::ok, "free space",
        bytes < kSpaceLow ? what + ": `rota prune --older-than 7d` makes room" : what);
  }

  void socket() {
    path_ = control::socket_path(call_.socket, world_.env, root_);
    struct stat st {};
    if (::lstat(path_.c_str(), &st))
      return add(Grade::ok, "socket", fmt::format("{}: not there, as no service listens", path_));
    if (!S_ISSOCK(st.st_mode))
      return add(Grade::fail, "socket",
                 fmt::format("{}: is no socket: remove it, or choose another (--socket)", path_));
    if (st.st_uid != ::getuid())
      return add(Grade::fail, "socket", fmt::format("{}: belongs to user {}, not to you", path_, st.st_uid));
    if (st.st_mode & 0077)
      return add(Grade::fail, "socket",
                 fmt::format("{}: mode {}: others may connect; it should be 0600", path_, mode_text(st.st_mode)));
    add(Grade::ok, "socket", fmt::format("{}, mode {}", path_, mode_text(st.st_mode)));
  }

  void service() {
    const auto holder = holder_of(store::service_directory(root_));
    const auto contact = world_.dial(path_);
    if (!contact && holder)
      return add(Grade::fail, "service",
                 fmt::format("{} does not answer: {}", to_text(*holder), to_text(contact.error())));
    if (!contact && contact.error().code != Code::unreachable)
      return add(Grade::fail, "service", to_text(contact.error()));
    if (!contact) return add(Grade::ok, "service", "is not running: `rota run` needs none; `rotad` starts it");
    auto status = expect<control::answer::Status>((*contact)->ask(control::ask::Status{}, std::nullopt, kLookWithin));
    if (!status) return add(Grade::fail, "service", "does not tell its status: " + to_text(status.error()));
    status_ = std::move(*status);
    add(Grade::ok, "service", fmt::format("rotad pid {} since {}", status_->pid, text::format_local(status_->since)));
    if (status_->version != ROTA_VERSION)
      add(Grade::warn, "service",
          fmt::format("is version {}, this is " ROTA_VERSION ": start the new one", status_->version));
    if (auto note = recovery_note(status_->recovery); !note.empty()) add(Grade::warn, "service", std::move(note));
    if (auto note = closed_note(status_->closed, same_call(call_)); !note.empty())
      add(Grade::warn, "service", std::move(note));
    launchers(**contact);
  }

  // Each launcher found out for itself what it can do.
  void launchers(Contact& contact) {
    const auto workers =
        expect<control::answer::Workers>(contact.ask(control::ask::Workers{}, std::nullopt, kLookWithin));
    if (!workers) return;
    for (const auto& w : workers->workers)
      if (w.kind == "launcher" && !w.tree_level.empty()) levels_ = w.tree_level;
  }

  void worker_program() {
    const auto program = world_.worker_program();
    if (program)
      add(Grade::ok, "worker program", *program);
    else
      add(Grade::fail, "worker program", to_text(program.error()));
  }

  // Without control groups a process that hides well may outlive its job: worth a word, and no failure.
  void process_trees() {
    if (!levels_.empty())
      return add(Grade::ok, "process trees", "level " + levels_ + ", as the service's launchers say");
    const auto home = process::cgroup_home();
    if (variable(world_.env, "ROTA_TREE") == "none")
      return add(Grade::warn, "process trees", "level proc, as ROTA_TREE=none asks");
    if (home) return add(Grade::ok, "process trees", "level cgroup, in " + *home);
    add(Grade::warn, "process trees",
        fmt::format("level proc: {}; what a job leaves behind is then found by a walk of /proc",
                    to_text(home.error())));
  }

  void memory_limits() {
    if (process::memory_can_be_limited())
      return add(Grade::ok, "memory limits", "by the kernel's groups, of all processes of an attempt together");
    add(Grade::warn, "memory limits",
        "no memory controller of control groups is ours: each process gets so much address space, and nothing is "
        "told as oom");
  }

  void open_files() {
    struct rlimit limit {};
    if (::getrlimit(RLIMIT_NOFILE, &limit)) return add(Grade::warn, "open files", "the limit cannot be told");
    const auto text = [](rlim_t n) { return n == RLIM_INFINITY ? std::string("unlimited") : number(n); };
    const auto what = fmt::format("{} (at most {})", text(limit.rlim_cur), text(limit.rlim_max));
    if (limit.rlim_cur >= kFilesLow) return add(Grade::ok, "open files", what);
    add(Grade::warn, "open files", what + ": few for many jobs at once; raise it with `ulimit -n`");
  }

  void settings() {
    if (!status_) return add(Grade::ok, "settings", "the service's are shown when it runs");
    for (const auto& [name, value] : status_->settings) add(Grade::ok, name, value);
  }

  const Invocation& call_;
  const Surroundings& world_;
  std::string root_, path_, levels_;
  std::optional<control::answer::Status> status_;
  std::vector<Finding> findings_;
};

}  // namespace

Exit doctor(const Invocation& call, const verb::Doctor& v, const Surroundings& world) {
  const auto findings = Doctor(call, world).examine();
  world.out.write(v.json ? control::findings_json(findings) + "\n" : findings_text(findings, look_of(world.out)));
  for (const auto& finding : findings)
    if (finding.grade == Grade::fail) return {kExitFailed};
  return {};
}

}  // namespace rota::cli
