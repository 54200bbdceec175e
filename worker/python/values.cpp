// bool, int, float, str, list and dict with texts as keys; also tuples, and whatever counts as a number.
#include "worker/python/values.h"

#include <cmath>

#include "shared/limits.h"
#include "shared/limits_of_plugins.h"

namespace rota::python {
namespace {

Object list_of(const ValueList& items) {
  Object list(PyList_New(0));
  for (const auto& item : items) {
    const auto object = to_python(item);
    if (!list || !object || PyList_Append(list.get(), object.get()) != 0) return Object();
  }
  return list;
}

Object dict_of(const ValueMap& entries) {
  Object dict(PyDict_New());
  for (const auto& [key, value] : entries) {
    const auto name = to_str(key);
    const auto object = to_python(value);
    if (!dict || !name || !object || PyDict_SetItem(dict.get(), name.get(), object.get()) != 0) return Object();
  }
  return dict;
}

std::string type_of(PyObject* object) {
  const Object name(PyObject_GetAttrString(reinterpret_cast<PyObject*>(Py_TYPE(object)), "__name__"));
  return text_of(name.get());
}

class Taking {
 public:
  Result<Value> take(PyObject* o, std::size_t depth = 0) {
    if (depth > limits::kJobFileDepth) return bad("has lists within lists more than 64 levels deep (job_file_depth)");
    if (auto s = count(sizeof(Value)); !s) return s.error();
    if (o == Py_None) return Value();
    if (PyBool_Check(o)) return Value(o == Py_True);
    if (PyFloat_Check(o)) return number(PyFloat_AsDouble(o));
    if (PyUnicode_Check(o)) return text(o);
    if (PyList_Check(o) || PyTuple_Check(o)) return list(o, depth);
    if (PyDict_Check(o)) return map(o, depth);
    return other(o);
  }

 private:
  static Error bad(std::string what) { return fail(Code::invalid, std::move(what)); }

  Status count(std::size_t bytes) {
    bytes_ += bytes;
    if (bytes_ <= limits::kPythonResultBytes) return {};
    return bad("takes more than " + std::to_string(limits::kPythonResultBytes) +
               " bytes (python_result_bytes): leave large data in a file");
  }

  static Result<Value> number(double d) {
    if (std::isfinite(d)) return Value(d);
    return bad("is a float that is not finite");
  }

  Result<Value> text(PyObject* o) {
    if (auto s = count(static_cast<std::size_t>(PyUnicode_GetLength(o))); !s) return s.error();
    return Value(text_of(o));
  }

  Result<Value> list(PyObject* o, std::size_t depth) {
    ValueList out;
    const bool is_list = PyList_Check(o);
    for (Py_ssize_t i = 0; i < (is_list ? PyList_Size(o) : PyTuple_Size(o)); ++i) {
      auto item = take(is_list ? PyList_GetItem(o, i) : PyTuple_GetItem(o, i), depth + 1);
      if (!item) return item;
      out.push_back(std::move(*item));
    }
    return Value(std::move(out));
  }

  Result<Value> map(PyObject* o, std::size_t depth) {
    ValueMap out;
    PyObject *key = nullptr, *value = nullptr;
    for (Py_ssize_t at = 0; PyDict_Next(o, &at, &key, &value);) {
      if (!PyUnicode_Check(key)) return bad("is a dict with a key that is no str but of type '" + type_of(key) + "'");
      auto name = text(key);
      if (!name) return name;
      auto item = take(value, depth + 1);
      if (!item) return item;
      out.emplace_back(*name->as<std::string>(), std::move(*item));
    }
    return Value(std::move(out));
  }

  /// int, and what numeric libraries have in its place and float's.
  static Result<Value> other(PyObject* o) {
    const Object whole(PyNumber_Index(o));
    if (whole) {
      int overflow = 0;
      const auto i = PyLong_AsLongLongAndOverflow(whole.get(), &overflow);
      if (!overflow && !PyErr_Occurred()) return Value(std::int64_t{i});
      PyErr_Clear();
      return bad("is an int beyond 64 bits");
    }
    PyErr_Clear();
    const auto d = PyObject_HasAttrString(o, "__float__") ? PyFloat_AsDouble(o) : -1;
    if (PyErr_Occurred() || !PyObject_HasAttrString(o, "__float__")) {
      PyErr_Clear();
      return bad("is of type '" + type_of(o) + "', which is none of bool, int, float, str, list, dict and None");
    }
    return number(d);
  }

  std::size_t bytes_ = 0;
};

}  // namespace

Object keywords_of(const ValueMap& entries) {
  static PyObject* const none = PyDict_New();  // for as long as the process lives
  return entries.empty() ? Object::share(none) : dict_of(entries);
}

Object to_python(const Value& value) {
  if (const auto* b = value.as<bool>()) return Object(PyBool_FromLong(*b));
  if (const auto* i = value.as<std::int64_t>()) return Object(PyLong_FromLongLong(*i));
  if (const auto* d = value.as<double>()) return Object(PyFloat_FromDouble(*d));
  if (const auto* s = value.as<std::string>()) return to_str(*s);
  if (const auto* list = value.as<ValueList>()) return list_of(*list);
  if (const auto* map = value.as<ValueMap>()) return dict_of(*map);
  return Object::share(Py_None);
}

Result<Value> from_python(PyObject* object) { return Taking().take(object); }

}  // namespace rota::python
