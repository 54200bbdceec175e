// A value in memory of its own: as a member of what is made by the thousand it takes the room of a pointer. Copies are
// deep. Only what has been moved from is empty: it may be destroyed and assigned to.
#pragma once

#include <memory>
#include <utility>

namespace rota {

template <class T>
class Boxed {
 public:
  Boxed() : value_(std::make_unique<T>()) {}
  Boxed(T value) : value_(std::make_unique<T>(std::move(value))) {}
  Boxed(const Boxed& other) : value_(std::make_unique<T>(*other)) {}
  Boxed(Boxed&&) noexcept = default;
  Boxed& operator=(const Boxed& other) { return *this = Boxed(other); }
  Boxed& operator=(Boxed&&) noexcept = default;

  const T& operator*() const { return *value_; }
  T& operator*() { return *value_; }
  const T* operator->() const { return value_.get(); }
  T* operator->() { return value_.get(); }

 private:
  std::unique_ptr<T> value_;
};

/// As the value itself.
template <class A, class T>
void fields(A& a, Boxed<T>& x) {
  a(*x);
}

}  // namespace rota
