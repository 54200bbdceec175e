// Values across the C interface, the host's functions, and calls of plain functions.
#include "worker/targets/foreign.h"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include "shared/limits.h"
#include "shared/text/text.h"
#include "worker/targets/functions.h"

namespace rota::worker {
namespace {

constexpr int kDepthMost = 64;
constexpr std::size_t kCheckBytes = 1024;

std::string_view view(rota_text t) { return t.bytes ? std::string_view(t.bytes, t.size) : std::string_view(); }

Value value_of(const rota_value& v, int depth = 0) {
  switch (v.kind) {
    case ROTA_BOOL: return v.boolean != 0;
    case ROTA_INT: return v.as.integer;
    case ROTA_FLOAT: return v.as.number;
    case ROTA_STRING: return v.as.text ? std::string(v.as.text, v.size) : std::string();
    default: break;
  }
  if (depth >= kDepthMost) return {};
  if (v.kind == ROTA_LIST) {
    ValueList out;
    for (std::uint64_t i = 0; v.as.items && i < v.size; ++i) out.push_back(value_of(v.as.items[i], depth + 1));
    return out;
  }
  if (v.kind == ROTA_MAP) {
    ValueMap out;
    for (std::uint64_t i = 0; v.as.entries && i < v.size; ++i)
      out.emplace_back(view(v.as.entries[i].key), value_of(v.as.entries[i].value, depth + 1));
    return out;
  }
  return {};
}

}  // namespace

const rota_host& foreign_host() {
  using C = rota_context;
  static constexpr rota_host host{
      sizeof(rota_host),
      [](C* c, rota_text t) { c->to.out(view(t)); },
      [](C* c, rota_text t) { c->to.err(view(t)); },
      [](C* c) { return c->to.stop_requested() ? 1 : 0; },
      [](C* c, std::int64_t ns) { return c->to.sleep_for(Duration(ns)) ? 1 : 0; },
      [](C* c, rota_text name, const rota_value* v) {
        if (v) c->to.set_output(view(name), value_of(*v));
      },
      [](C* c, rota_text name) { return c->to.env(view(name)); },
      [](C* c, rota_text t) { return (c->path = c->to.path(std::string(view(t)))).c_str(); },
      [](C* c, double done) { c->to.progress(done); },
      [](C* c, rota_text t) { c->message = view(t).substr(0, limits::kMessageBytes); },
      [](C* c, const rota_wait* w) {
        c->waits = w && w->size >= sizeof(rota_wait);
        if (c->waits) c->wait = *w;
      },
  };
  return host;
}

ForeignArguments::ForeignArguments(const Arguments& from) {
  const auto& parameters = from.signature().parameters;
  values_.resize(parameters.size());
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    const auto& p = parameters[i];
    const auto* given = p.variadic ? nullptr : from.find(p.name);
    if (given) fill_typed(values_[i], *given, p.type);
    if (p.variadic) fill_rest(values_[i], from, i);
    places_.push_back(given || p.variadic ? &values_[i] : nullptr);
  }
}

void ForeignArguments::fill_rest(rota_value& to, const Arguments& from, std::size_t first) {
  const auto& given = from.positional();
  const auto n = given.size() > first ? given.size() - first : 0;
  auto& items = lists_.emplace_back(n);
  for (std::size_t i = 0; i < n; ++i) fill_typed(items[i], given[first + i], from.signature().parameters[first].type);
  to.kind = ROTA_LIST;
  to.size = n;
  to.as.items = items.data();
}

void ForeignArguments::fill_typed(rota_value& to, const Value& v, jobs::ParameterType type) {
  using T = jobs::ParameterType;
  if (type == T::string) {
    const auto& text = texts_.emplace_back(to_text(v));
    to.kind = ROTA_STRING;
    to.size = text.size();
    to.as.text = text.data();
  } else if (type == T::duration) {
    const auto d = text::parse_duration(to_text(v));
    to.kind = ROTA_INT;
    to.as.integer = d ? d->count() : 0;
  } else if (const auto* i = v.as<std::int64_t>(); i && type == T::number) {
    to.kind = ROTA_FLOAT;
    to.as.number = static_cast<double>(*i);
  } else {
    fill(to, v);
  }
}

void ForeignArguments::fill(rota_value& to, const Value& v) {
  to.kind = static_cast<std::uint32_t>(v.data.index());
  if (const auto* b = v.as<bool>()) to.boolean = *b ? 1 : 0;
  if (const auto* i = v.as<std::int64_t>()) to.as.integer = *i;
  if (const auto* d = v.as<double>()) to.as.number = *d;
  if (const auto* s = v.as<std::string>()) {
    to.as.text = s->data();
    to.size = s->size();
  }
  if (const auto* list = v.as<ValueList>()) {
    auto& items = lists_.emplace_back(list->size());
    for (std::size_t n = 0; n < list->size(); ++n) fill(items[n], (*list)[n]);
    to.as.items = items.data();
    to.size = items.size();
  }
  if (const auto* map = v.as<ValueMap>()) {
    auto& entries = maps_.emplace_back(map->size());
    for (std::size_t n = 0; n < map->size(); ++n) {
      entries[n].key = {(*map)[n].first.data(), (*map)[n].first.size()};
      fill(entries[n].value, (*map)[n].second);
    }
    to.as.entries = entries.data();
    to.size = entries.size();
  }
}

Status check_foreign(const rota_target& target, const Arguments& arguments) {
  if (!target.check) return {};
  const ForeignArguments given(arguments);
  char message[kCheckBytes] = "";
  if (target.check(given.data(), message, sizeof message) == 0) return {};
  message[sizeof message - 1] = '\0';
  return fail(Code::invalid,
              "target '" + std::string(target.name) + "': " + (*message ? message : "refuses its arguments"));
}

Status foreign_end(int result, const rota_context& context) {
  if (result == ROTA_DONE || (result == ROTA_STOPPED && context.to.stop_requested())) return {};
  if (result == ROTA_STOPPED)
    return fail(Code::refused, "gave up as if it had been cancelled; nobody asked it to stop");
  if (!context.message.empty()) return fail(Code::refused, context.message);
  return fail(Code::refused, "failed without a message (it gave " + std::to_string(result) + ")");
}

Status run_foreign(const rota_target& target, TargetContext& context, const Arguments& arguments) {
  if (!target.run) return run_on_own_loop([&] { return begin_foreign(target, context, arguments); }, context);
  rota_context to(context);
  const ForeignArguments given(arguments);
  return foreign_end(target.run(&foreign_host(), &to, given.data()), to);
}

}  // namespace rota::worker
