// The union of files and the service that answers.
#include "scheduler/cli/commands/horizon.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <set>

#include "scheduler/cli/commands/holder.h"
#include "scheduler/control/client.h"
#include "scheduler/store/instances.h"
#include "shared/text/text.h"

namespace rota::cli {
namespace {

constexpr Duration kLookWithin = std::chrono::seconds(10);  // for what a coordinator answers from memory

Error no_runs() {
  return fail(Code::not_found,
              "there are no runs yet: `rota run FILE` makes the first, or `rota submit FILE` with a service");
}

bool matches(const core::RunSummary& run, const store::HistoryFilter& filter) {
  if (filter.ended_only && !run.outcome) return false;
  return !filter.ended_since || !run.outcome || run.wall(run.ended) >= *filter.ended_since;
}

// Live runs into those of the files. One that is in both was folded between the two looks: the file has its end.
void merge(std::vector<core::RunSummary>& runs, const std::vector<core::RunSummary>& live,
           const store::HistoryFilter& filter) {
  std::set<RunId> there;
  for (const auto& run : runs) there.insert(run.run);
  for (const auto& run : live)
    if (!there.contains(run.run) && matches(run, filter)) runs.push_back(run);
  std::sort(runs.begin(), runs.end(), [](const auto& a, const auto& b) { return a.run > b.run; });
  if (filter.limit && runs.size() > filter.limit) runs.resize(filter.limit);
}

}  // namespace

Error no_such_run(RunId run) {
  return fail(Code::not_found, fmt::format("no such run {}: `rota ps -a` lists them", run));
}

Result<Horizon> Horizon::look(const Invocation& call, const Surroundings& world) {
  Horizon horizon(world);
  auto root = store::state_root(call.state_dir, world.env);
  if (!root) return root.error();
  horizon.root_ = std::move(*root);
  horizon.socket_ = control::socket_path(call.socket, world.env, horizon.root_);
  horizon.service_directory_ = store::service_directory(horizon.root_);
  horizon.connect();
  if (!horizon.service_) return horizon;
  const auto& theirs = horizon.service_->coordinator().instance_directory;
  if (theirs.empty() || theirs == horizon.service_directory_) return horizon;
  const auto elsewhere = std::filesystem::path(theirs).parent_path().string();
  if (!call.state_dir.empty() || !variable(world.env, "ROTA_STATE_DIR").empty())
    return fail(Code::invalid, fmt::format("the service at {} keeps its runs in {}, not in {}: leave the state "
                                           "directory out, or give the socket of its own service",
                                           horizon.socket_, elsewhere, horizon.root_));
  horizon.root_ = elsewhere;
  horizon.service_directory_ = theirs;
  return horizon;
}

void Horizon::connect() {
  auto contact = world_->dial(socket_);
  if (contact) {
    service_ = std::move(*contact);
    return;
  }
  absence_ = contact.error();
  const auto holder = holder_of(service_directory_);
  if (absence_.code != Code::unreachable || !holder) return;
  absence_.what = fmt::format("the service ({}) does not answer at {}: {}; `rota doctor` looks closer",
                              to_text(*holder),
                              socket_,
                              timed_out(absence_) ? "it is stopped or has too much to do"
                                                  : "is it another one's socket (--socket)");
}

bool Horizon::runs_here() const { return holder_of(service_directory_).has_value(); }

Status Horizon::redial() {
  service_.reset();
  connect();
  if (!service_) return absence_;
  return {};
}

Result<Contact*> Horizon::need_service() const {
  if (service_) return service_.get();
  return absence_;
}

std::string Horizon::silence() const {
  if (service_ || (absence_.code == Code::unreachable && !runs_here())) return {};
  return to_text(absence_) + "; what follows is from its files";
}

Result<Seen> Horizon::ask_for(RunId run, const core::Wanted& wanted) const {
  auto answer =
      expect<control::answer::View>(service_->ask(control::ask::View{run, wanted}, std::nullopt, kLookWithin));
  if (!answer) return answer.error();
  Seen seen{{std::move(answer->view), service_->coordinator().instance_directory, true}, true, answer->recovery};
  if (seen.sight.directory.empty()) seen.sight.directory = service_directory_;
  seen.sight.live = !seen.ended();
  return seen;
}

Result<Seen> Horizon::see(RunId run, const core::Wanted& wanted) const {
  if (service_) {
    auto seen = ask_for(run, wanted);
    if (seen || (seen.error().code != Code::not_found && seen.error().code != Code::unreachable)) return seen;
  }
  auto sight = store::view(root_, run, wanted);
  if (!sight) return sight.error().code == Code::not_found ? no_such_run(run) : sight.error();
  const bool of_service = sight->directory == service_directory_;
  Seen seen{std::move(*sight), of_service, {}};
  seen.sight.live = seen.sight.live && !seen.ended();
  return seen;
}

Result<Vista> Horizon::survey(store::HistoryFilter filter) const {
  Vista vista;
  if (service_) {
    auto live = expect<control::answer::Runs>(service_->ask(control::ask::List{}, std::nullopt, kLookWithin));
    if (live)
      vista.service = std::move(*live);
    else
      vista.warnings.push_back("the service did not say what it has in hand: " + to_text(live.error()));
  }
  filter.service_folded_only = vista.service.has_value();
  auto listing = store::summaries(root_, filter);
  if (!listing) return listing.error();
  vista.runs = std::move(listing->runs);
  vista.stopped = std::move(listing->stopped);
  vista.warnings.insert(vista.warnings.end(), listing->warnings.begin(), listing->warnings.end());
  if (vista.service) merge(vista.runs, vista.service->runs, filter);
  return vista;
}

Result<RunId> Horizon::last() const {
  RunId newest = 0;
  bool told = false;
  if (service_) {
    const auto live = expect<control::answer::Runs>(service_->ask(control::ask::List{}, std::nullopt, kLookWithin));
    told = live.has_value();
    if (live)
      for (const auto& run : live->runs) newest = std::max(newest, run.run);
  }
  // One that goes just now says nothing: then its file knows which runs it has in hand.
  const auto filed = store::last_run(root_, told);
  if (filed) return std::max(newest, *filed);
  if (newest) return newest;
  return filed.error().code == Code::not_found ? no_runs() : filed.error();
}

Result<std::vector<RunId>> Horizon::runs_of(const control::Selector& selector, bool active_only) const {
  using Which = control::Selector::Which;
  if (selector.which == Which::number) return std::vector{selector.run};
  if (selector.which == Which::last) {
    auto newest = last();
    if (!newest) return newest.error();
    return std::vector{*newest};
  }
  auto all = survey({});
  if (!all) return all.error();
  std::vector<RunId> out;
  for (const auto& run : all->runs)
    if (!active_only || !run.outcome) out.push_back(run.run);
  if (out.empty() && !active_only) return no_runs();
  std::reverse(out.begin(), out.end());
  return out;
}

}  // namespace rota::cli
