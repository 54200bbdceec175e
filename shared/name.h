// The one type of names: runs, jobs. `[A-Za-z0-9][A-Za-z0-9._-]{0,63}`, not all digits, not ending in `.digits` (that
// is a task), not `last` or `all` (those are selectors). A Name can only be made through `parse`, so holding one is
// proof.
#pragma once

#include <string>
#include <string_view>

#include "shared/result.h"

namespace rota {

class Name {
 public:
  Name() = default;  // empty: not yet named
  /// Code::invalid with a sentence that says which rule is broken.
  static Result<Name> parse(std::string_view text);
  const std::string& text() const { return text_; }
  bool empty() const { return text_.empty(); }
  auto operator<=>(const Name&) const = default;

  /// The codec's door. Bytes from a journal are trusted to hold a name that `parse` made.
  template <class Archive>
  friend void fields(Archive& a, Name& x) {
    a(x.text_);
  }

 private:
  std::string text_;
};

}  // namespace rota
