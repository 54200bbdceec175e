// Precedence and origins.
#include "scheduler/main/rotad_settings.h"

#include <fmt/format.h>

#include <cerrno>
#include <filesystem>

namespace rota::rotad {
namespace {

std::string_view value_of(const std::vector<std::string>& env, std::string_view name) {
  for (const auto& entry : env) {
    if (entry.size() > name.size() && entry.starts_with(name) && entry[name.size()] == '=')
      return std::string_view(entry).substr(name.size() + 1);
  }
  return {};
}

/// One setting after the other, from the same two sources.
class Settling {
 public:
  Settling(const jobs::ServiceConfig& flags, const jobs::ServiceConfig& file, const std::string& path)
      : flags_(flags), file_(file), path_(path) {}

  template <class T>
  void take(control::Setting<T>& out, jobs::Given<T> jobs::ServiceConfig::*member, std::string_view flag) const {
    if (const auto& given = flags_.*member) {
      out = {given->value, std::string(flag)};
    } else if (const auto& placed = file_.*member) {
      out = {placed->value, fmt::format("{}:{}", path_, placed->line)};
    }
  }

 private:
  const jobs::ServiceConfig& flags_;
  const jobs::ServiceConfig& file_;
  const std::string& path_;
};

}  // namespace

std::string config_path(const std::string& flag, const std::vector<std::string>& env) {
  if (!flag.empty()) return std::filesystem::absolute(flag).lexically_normal().string();
  // A relative XDG path is invalid by its standard, and passed over.
  if (const auto xdg = value_of(env, "XDG_CONFIG_HOME"); xdg.starts_with('/'))
    return std::string(xdg) + "/rota/config.yaml";
  if (const auto home = value_of(env, "HOME"); home.starts_with('/'))
    return std::string(home) + "/.config/rota/config.yaml";
  return {};
}

Result<ConfigFile> read_config(const std::string& path, bool must_exist) {
  if (path.empty()) return ConfigFile{};
  const auto source = jobs::read_config_file(path);
  if (!source) {
    const bool missing = source.error().os_errno == ENOENT || source.error().os_errno == ENOTDIR;
    if (missing && !must_exist) return ConfigFile{};
    return fail(Code::invalid, to_text(source.error()));
  }
  auto loaded = jobs::load_config(*source);
  if (const auto* found = std::get_if<std::vector<jobs::Diagnostic>>(&loaded))
    return fail(Code::invalid, jobs::render(*found, *source));
  return ConfigFile{true, std::get<jobs::ServiceConfig>(std::move(loaded))};
}

control::ServiceSettings settle(const jobs::ServiceConfig& flags, const jobs::ServiceConfig& file,
                                const std::string& file_path) {
  using C = jobs::ServiceConfig;
  const Settling from(flags, file, file_path);
  control::ServiceSettings out;
  from.take(out.pool, &C::pool, "--pool");
  from.take(out.threads, &C::threads, "--threads");
  from.take(out.process_slots, &C::process_slots, "--process-slots");
  from.take(out.launchers, &C::launchers, "--launchers");
  from.take(out.command_slots, &C::command_slots, "--command-slots");
  from.take(out.async_slots, &C::async_slots, "--async-slots");
  from.take(out.keep_runs, &C::keep_runs, "--history");
  from.take(out.keep_for, &C::keep_for, "--history");
  from.take(out.max_log_bytes, &C::max_log_bytes, "--history");
  from.take(out.log_max_bytes, &C::log_max_bytes, "--log-max-bytes");
  from.take(out.stop_grace, &C::stop_grace, "--stop-grace");
  from.take(out.python, &C::python, "--python");
  return out;
}

}  // namespace rota::rotad
