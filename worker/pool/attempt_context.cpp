// Environment lookup and the end of a target.
#include "worker/pool/attempt_context.h"

#include <algorithm>
#include <exception>
#include <ranges>

#include "shared/limits.h"
#include "shared/output/values.h"
#include "worker/pool/loop_meter.h"
#include "worker/pool/run.h"

namespace rota::worker {

namespace {

std::string value_of(const lane::OwnVariable& own, const lane::Member& member) {
  const auto value = own.text.substr(own.text.find('=') + 1);
  switch (own.of) {
    case lane::OwnVariable::Of::task: return value + std::to_string(member.task);
    case lane::OwnVariable::Of::number: return value + std::to_string(member.number);
    case lane::OwnVariable::Of::try_number: return value + std::to_string(member.try_number);
  }
  return value;
}

}  // namespace

const char* AttemptContext::env(std::string_view name) const {
  for (const auto& own : attempt_.common->own) {
    if (!own.text.starts_with(name) || own.text.size() <= name.size() || own.text[name.size()] != '=') continue;
    const auto at = own_.emplace(std::string(name), value_of(own, attempt_.member)).first;
    return at->second.c_str();
  }
  const auto find = [name](const std::vector<std::string>& env) -> const char* {
    for (const auto& entry : env | std::views::reverse)
      if (entry.size() > name.size() && entry[name.size()] == '=' && entry.starts_with(name))
        return entry.c_str() + name.size() + 1;
    return nullptr;
  };
  const auto* own = find(attempt_.assignment.env);
  return own ? own : find(attempt_.run.env);
}

void AttemptContext::on_this_thread(Turn turn) {
  auto* meter = LoopMeter::of_this_thread();
  if (!meter) return;
  const auto entry = *attempt_.ledger_entry;
  if (turn == Turn::begins) return meter->enter(entry);
  if (turn == Turn::ends) return meter->leave();
  attempt_.report.usage = meter->take(entry);
}

std::vector<std::string> environment_of(const Attempt& attempt) {
  std::map<std::string, std::string, std::less<>> by_name;  // the last one counts
  const auto add = [&](std::string entry) {
    auto name = entry.substr(0, entry.find('='));
    by_name.insert_or_assign(std::move(name), std::move(entry));
  };
  for (const auto& entry : attempt.run.env) add(entry);
  for (const auto& entry : attempt.assignment.env) add(entry);
  for (const auto& own : attempt.common->own)
    add(own.text.substr(0, own.text.find('=') + 1) + value_of(own, attempt.member));
  std::vector<std::string> out;
  out.reserve(by_name.size());
  for (auto& [name, entry] : by_name) out.push_back(std::move(entry));
  return out;
}

void AttemptContext::keep_output(const lane::Assignment& assignment, ValueMap& kept, std::string_view name,
                                 Value value) {
  const auto& fields = assignment.outputs.fields;
  if (std::any_of(fields.begin(), fields.end(), [&](const auto& f) { return f.name == name; }))
    output::set_value(kept, name, std::move(value));
}

std::string capped_message(std::string text) {
  if (text.size() > limits::kMessageBytes) text.resize(limits::kMessageBytes);
  return text;
}

void conclude(AttemptReport& report, const Status& result, StopCause stopped_by) {
  report.ending.kind = result ? Ending::Kind::returned : Ending::Kind::threw;
  report.ending.stopped_by = stopped_by;
  if (!result) report.message = capped_message(to_text(result.error()));
}

void conclude_thrown(AttemptReport& report, std::exception_ptr thrown, StopCause stopped_by) {
  report.ending.kind = Ending::Kind::threw;
  report.ending.stopped_by = stopped_by;
  try {
    std::rethrow_exception(thrown);
  } catch (const BadCall& e) {
    report.ending.kind = Ending::Kind::bad_call;
    report.message = capped_message(e.what());
  } catch (const std::exception& e) {
    report.message = capped_message(e.what());
  } catch (...) {
    report.message = "threw something that is not a std::exception";
  }
}

}  // namespace rota::worker
