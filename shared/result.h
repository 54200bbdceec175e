// Expected failure as a value: Result<T> holds a T or an Error that says what failed, where, and with which code.
// Exceptions of libraries end in the file that calls the library; none crosses a thread, a process or a C boundary.
#pragma once

#include <boost/system/result.hpp>
#include <stdexcept>
#include <string>
#include <utility>

namespace rota {

/// The class of an error: it decides the exit code of a command and whether trying again can help.
enum class Code : unsigned char {
  invalid,      // the caller's input is wrong: usage, job file, bad frame
  not_found,    // no such run, job, file or target
  refused,      // permission, limit, busy
  unreachable,  // a process that should answer does not
  system,       // a system call failed; `os_errno` says how
  corrupt,      // stored or shared bytes are not what they must be
  internal      // a promise of our own was broken
};

struct Error {
  Code code = Code::internal;
  std::string what;   // one sentence: what happened and, where it helps, what to do
  std::string where;  // file, file:line:col, path or component; may be empty
  int os_errno = 0;
};

/// "where: what", or "what" alone.
std::string to_text(const Error& e);

/// An error from a failed system call: "open: No such file or directory". Reads errno at the call unless given.
Error system_error(std::string what, std::string where = {}, int err = -1);

[[noreturn]] inline void throw_exception_from_error(const Error& e, const boost::source_location&) {
  throw std::runtime_error(to_text(e));
}

template <class T>
using Result = boost::system::result<T, Error>;
using Status = Result<void>;

inline Error fail(Code code, std::string what, std::string where = {}) {
  return Error{code, std::move(what), std::move(where), 0};
}

}  // namespace rota
