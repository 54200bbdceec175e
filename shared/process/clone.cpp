// clone and clone3 with shared memory. glibc has no wrapper for clone3, and a child on a stack of its own cannot return
// from syscall(): so the few instructions around it are written by hand.
#include "shared/process/clone.h"

#include <linux/sched.h>
#include <pthread.h>
#include <sched.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstddef>
#include <cstdint>
#include <memory>

namespace rota::process {
namespace {

constexpr std::size_t kStackBytes = 128 * 1024;
constexpr std::uint64_t kFlags = CLONE_VM | CLONE_VFORK | CLONE_PIDFD;

// The kernel's struct clone_args up to version 2 (Linux 5.7), which has the cgroup.
struct CloneArguments {
  std::uint64_t flags, pidfd, child_tid, parent_tid, exit_signal, stack, stack_size, tls, set_tid, set_tid_size, cgroup;
};

/// One stack per thread that spawns; the thread is suspended for as long as its child uses it.
char* child_stack() {
  static thread_local const std::unique_ptr<char[]> stack(new char[kStackBytes]);
  const auto top = reinterpret_cast<std::uintptr_t>(stack.get() + kStackBytes) & ~std::uintptr_t{15};
  return reinterpret_cast<char*>(top);
}

#if defined(__x86_64__)
ROTA_CHILD_SIDE long clone3_and_call(CloneArguments* args, int (*body)(void*), void* argument) {
  long ret = SYS_clone3;
  register void* r12 asm("r12") = reinterpret_cast<void*>(body);
  register void* r13 asm("r13") = argument;
  asm volatile(
      "syscall\n\t"
      "test %%rax, %%rax\n\t"
      "jnz 1f\n\t"
      "xor %%ebp, %%ebp\n\t"
      "mov %%r13, %%rdi\n\t"
      "call *%%r12\n\t"
      "mov %%eax, %%edi\n\t"
      "mov %[sys_exit], %%eax\n\t"
      "syscall\n\t"
      "hlt\n"
      "1:"
      : "+a"(ret)
      : "D"(args), "S"(sizeof *args), "r"(r12), "r"(r13), [sys_exit] "i"(SYS_exit)
      : "rcx", "r11", "memory", "cc");
  return ret;
}
#elif defined(__aarch64__)
ROTA_CHILD_SIDE long clone3_and_call(CloneArguments* args, int (*body)(void*), void* argument) {
  register long x8 asm("x8") = SYS_clone3;
  register long x0 asm("x0") = reinterpret_cast<long>(args);
  register long x1 asm("x1") = sizeof *args;
  register void* x20 asm("x20") = reinterpret_cast<void*>(body);
  register void* x21 asm("x21") = argument;
  asm volatile(
      "svc #0\n\t"
      "cbnz x0, 1f\n\t"
      "mov x29, xzr\n\t"
      "mov x0, x21\n\t"
      "blr x20\n\t"
      "mov x8, %[sys_exit]\n\t"
      "svc #0\n\t"
      "brk #0\n"
      "1:"
      : "+r"(x0)
      : "r"(x8), "r"(x1), "r"(x20), "r"(x21), [sys_exit] "i"(SYS_exit)
      : "x30", "memory", "cc");
  return x0;
}
#else
long clone3_and_call(CloneArguments*, int (*)(void*), void*) { return -ENOSYS; }
#endif

Cloned by_clone3(int (*body)(void*), void* argument, int cgroup_fd) {
  Cloned out;
  CloneArguments args{};
  args.flags = kFlags;
  args.pidfd = reinterpret_cast<std::uintptr_t>(&out.pidfd);
  args.exit_signal = SIGCHLD;
  args.stack = reinterpret_cast<std::uintptr_t>(child_stack() - kStackBytes + 64);
  args.stack_size = kStackBytes - 64;  // the aligned top stays where it is
  if (cgroup_fd >= 0) {
    args.flags |= CLONE_INTO_CGROUP;
    args.cgroup = static_cast<std::uint64_t>(cgroup_fd);
  }
  const long ret = clone3_and_call(&args, body, argument);
  if (ret < 0) return {-1, -1, static_cast<int>(-ret)};
  out.pid = static_cast<int>(ret);
  return out;
}

Cloned by_clone(int (*body)(void*), void* argument) {
  Cloned out;
  out.pid = ::clone(body, child_stack(), static_cast<int>(kFlags) | SIGCHLD, argument, &out.pidfd);
  if (out.pid < 0) return {-1, -1, errno};
  return out;
}

}  // namespace

Cloned clone_sharing_memory(int (*body)(void*), void* argument, int cgroup_fd) {
  // First by our own door: ThreadSanitizer takes glibc's clone() for a fork and would refuse threads from then on.
  const auto out = by_clone3(body, argument, cgroup_fd);
  const bool forbidden =
      out.pid < 0 && (out.error == ENOSYS || out.error == EPERM);  // filters of containers say either
  return forbidden && cgroup_fd < 0 ? by_clone(body, argument) : out;
}

int try_clone_into(int cgroup_fd) {
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_BLOCK, &all, &before);
  const auto child = clone_sharing_memory([](void*) ROTA_CHILD_SIDE -> int { return 0; }, nullptr, cgroup_fd);
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  if (child.pid < 0) return child.error;
  ::close(child.pidfd);
  while (::waitpid(child.pid, nullptr, 0) < 0 && errno == EINTR) {
  }
  return 0;
}

}  // namespace rota::process
