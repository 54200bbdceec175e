// Loading of plugins, and the check of what they say of themselves.
#include "worker/targets/plugin.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <map>
#include <memory>
#include <mutex>
#include <tuple>

#include "jobs/catalogue/plugin_table.h"
#include "jobs/sdk/include/rota/rota.h"
#include "shared/limits_of_plugins.h"
#include "shared/posix/fd.h"
#include "shared/text/text.h"

namespace rota::worker {
namespace {

Error bad(const std::string& path, const std::string& what) { return fail(Code::invalid, what, path); }

/// Reads one target's table into a signature, or says what is wrong with it.
class TargetReader {
 public:
  TargetReader(const rota_target& from, jobs::Signature& to) : from_(from), to_(to) {}

  std::string read() {
    if (from_.size < sizeof(rota_target)) return "a target's table is too short";
    if (!jobs::is_plugin_word(text(from_.name))) return "a target has no name, or one that is no word";
    to_.name = from_.name;
    to_.summary = text(from_.summary);
    to_.thread = to_.process = from_.run || from_.start;
    to_.async = from_.start != nullptr;
    if (!to_.thread) return about("has no function");
    if (from_.start && (!from_.resume || !from_.destroy)) return about("has 'start' without 'resume' and 'destroy'");
    if (from_.parameter_count > limits::kPluginParameters) return about("has too many parameters");
    if (from_.parameter_count > 0 && !from_.parameters) return about("has no table of its parameters");
    for (std::uint32_t i = 0; i < from_.parameter_count; ++i)
      if (auto wrong = parameter(from_.parameters[i], i + 1 == from_.parameter_count); !wrong.empty()) return wrong;
    return {};
  }

 private:
  static std::string_view text(const char* s) { return s ? std::string_view(s) : std::string_view(); }
  std::string about(const std::string& what) const { return "target '" + std::string(to_.name) + "' " + what; }

  std::string parameter(const rota_parameter* p, bool last) {
    if (!p || p->size < sizeof(rota_parameter)) return about("has a parameter whose table is too short");
    if (!jobs::is_plugin_word(text(p->name))) return about("has a parameter without a name, or one that is no word");
    if (p->takes > ROTA_TAKES_ANY) return about("has a parameter of an unknown type");
    const bool rest = p->flags & ROTA_REST;
    if (rest && !last) return about("takes all further arguments before its last parameter");
    for (const auto& other : to_.parameters)
      if (other.name == p->name) return about("has two parameters named '" + std::string(p->name) + "'");
    to_.parameters.push_back({p->name, static_cast<jobs::ParameterType>(p->takes), (p->flags & ROTA_REQUIRED) && !rest,
                              text(p->default_text), rest});
    return {};
  }
  const rota_target& from_;
  jobs::Signature& to_;
};

static_assert(static_cast<int>(jobs::ParameterType::any) == ROTA_TAKES_ANY &&
              static_cast<int>(jobs::ParameterType::map) == ROTA_TAKES_MAP &&
              static_cast<int>(jobs::ParameterType::duration) == ROTA_TAKES_DURATION);

std::string load_error() {
  const char* text = ::dlerror();
  return text ? text::escape_terminal(text) : "for no reason that is told";
}

/// The same path may name another file by now: then the loader, which knows libraries by their path, is given another
/// path to it. (The first time it is the real one, for the sake of $ORIGIN.)
Result<void*> open_library(const std::string& path, bool again) {
  std::string at = path;
  posix::Fd fd;
  if (again) {
    auto opened = posix::open_file(path, O_RDONLY);
    if (!opened) return opened.error();
    fd = std::move(*opened);
    at = "/proc/self/fd/" + std::to_string(fd.get());
  }
  void* handle = ::dlopen(at.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (handle) fd.release();  // its number stays taken: a path is never used twice
  if (!handle) return bad(path, "cannot be loaded: " + load_error());
  return handle;
}

}  // namespace

Result<const Plugin*> Plugin::read(const std::string& path, const void* entry) {
  const auto* table = reinterpret_cast<rota_plugin_entry*>(const_cast<void*>(entry))();
  if (!table || table->size < sizeof(rota_plugin)) return bad(path, "gives no table of targets");
  if (table->abi != ROTA_ABI)
    return bad(path, "was made for version " + std::to_string(table->abi) +
                         " of the plugin interface; this Rota takes " + std::to_string(ROTA_ABI) +
                         ": compile it against this Rota's <rota/rota.h>");
  if (table->error) return bad(path, text::escape_terminal(table->error));
  if (table->target_count > limits::kPluginTargets || (table->target_count > 0 && !table->targets))
    return bad(path,
               "gives a table of more than " + std::to_string(limits::kPluginTargets) + " targets, or none at all");
  auto plugin = std::make_unique<Plugin>();
  plugin->path_ = path;
  for (std::uint32_t i = 0; i < table->target_count; ++i) {
    const auto* one = table->targets[i];
    auto& signature = plugin->signatures_.emplace_back();
    if (auto wrong = one ? TargetReader(*one, signature).read() : "has a target without a table"; !wrong.empty())
      return bad(path, wrong);
    for (const auto& other : plugin->targets_)
      if (other.name == signature.name) return bad(path, "has two targets named '" + std::string(other.name) + "'");
    plugin->targets_.push_back({signature.name, nullptr, nullptr, &signature, one});
  }
  return plugin.release();  // for as long as the process lives, as the library
}

void (*Plugin::after_load)() = nullptr;

Result<const Plugin*> Plugin::load(const std::string& path) {
  using Key = std::tuple<std::string, dev_t, ino_t>;
  static std::mutex mutex;
  static std::map<Key, const Plugin*> loaded;
  const std::lock_guard lock(mutex);
  struct stat s {};
  if (::stat(path.c_str(), &s) != 0) return system_error("cannot be loaded", path);
  if (!S_ISREG(s.st_mode)) return bad(path, "is no file");
  const Key key{path, s.st_dev, s.st_ino};
  if (const auto found = loaded.find(key); found != loaded.end()) return found->second;
  const bool again =
      std::any_of(loaded.begin(), loaded.end(), [&](const auto& l) { return std::get<0>(l.first) == path; });
  const auto handle = open_library(path, again);
  if (!handle) return handle.error();
  const void* entry = ::dlsym(*handle, "rota_plugin_v1");
  if (!entry)
    return bad(path, "is no plugin of Rota: it has no rota_plugin_v1 (a library gets one from <rota/rota.hpp>)");
  if (after_load) after_load();
  auto plugin = read(path, entry);
  if (plugin) loaded.emplace(key, *plugin);
  return plugin;
}

Result<const Target*> Plugin::find(std::string_view function) const {
  std::vector<std::string_view> names;
  for (const auto& t : targets_) {
    if (t.name == function) return &t;
    names.push_back(t.name);
  }
  return fail(Code::not_found, jobs::no_such_function(function, names), path_);
}

}  // namespace rota::worker
