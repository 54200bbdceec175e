// Opening, writing, ending.
#include "worker/python/call.h"

#include "worker/python/task_type.h"
#include "worker/python/values.h"

namespace rota::python {
namespace {
constexpr std::size_t kKeptBytes = 8192;
}

bool Call::open(PyObject* task_type) {
  task = new_task(task_type, *this);
  const auto& positional = arguments.positional();
  args = Object(PyTuple_New(static_cast<Py_ssize_t>(positional.size())));
  for (std::size_t i = 0; args && i < positional.size(); ++i) {
    auto item = to_python(positional[i]);
    if (!item || PyTuple_SetItem(args.get(), static_cast<Py_ssize_t>(i), item.release()) != 0) args = Object();
  }
  kwargs = keywords_of(arguments.named());
  thread = PyThread_get_thread_ident();
  return task && args && kwargs;
}

void Call::close() {
  flush(Stream::out);
  flush(Stream::err);
  if (task) end_task(task.get());
  task = args = kwargs = running = on_stop = Object();
}

void Call::write(Stream stream, std::string_view bytes) {
  auto& kept = kept_[static_cast<std::size_t>(stream)];
  const auto line = bytes.rfind('\n');
  if (line == bytes.npos) {
    kept += bytes;
    if (kept.size() >= kKeptBytes) flush(stream);
    return;
  }
  const auto whole = bytes.substr(0, line + 1);
  if (!kept.empty()) kept += whole;
  const std::string_view now = kept.empty() ? whole : std::string_view(kept);
  stream == Stream::out ? context.out(now) : context.err(now);
  kept.assign(bytes.substr(line + 1));
}

void Call::flush(Stream stream) {
  auto& kept = kept_[static_cast<std::size_t>(stream)];
  if (kept.empty()) return;
  stream == Stream::out ? context.out(kept) : context.err(kept);
  kept.clear();
}

Status Call::result() const {
  switch (how) {
    case How::returned: return {};
    case How::bad_call: throw worker::BadCall(message);
    case How::stopped:
      if (context.stop_requested()) return {};
      break;
    case How::failed: break;
  }
  return fail(Code::refused, message);
}

}  // namespace rota::python
