// Text of errors.
#include "shared/result.h"

#include <cerrno>
#include <system_error>

namespace rota {

std::string to_text(const Error& e) { return e.where.empty() ? e.what : e.where + ": " + e.what; }

Error system_error(std::string what, std::string where, int err) {
  const int code = err >= 0 ? err : errno;
  return Error{Code::system, std::move(what) + ": " + std::generic_category().message(code), std::move(where), code};
}

}  // namespace rota
