// Drafts of runs.
#include "scheduler/daemon/api/submissions.h"

#include "jobs/model/graph.h"
#include "scheduler/control/frames.h"
#include "scheduler/control/rest.h"
#include "scheduler/core/schedule.h"
#include "scheduler/daemon/api/refusals.h"
#include "scheduler/daemon/api/schedules.h"
#include "scheduler/daemon/api/targets.h"
#include "scheduler/daemon/assign.h"
#include "shared/limits.h"
#include "shared/text/text.h"

namespace rota::daemon {
namespace {

constexpr Duration kNumberAgain = std::chrono::milliseconds(20);
constexpr Duration kNumberWithin = std::chrono::seconds(5);

}  // namespace

std::optional<control::Reply> Submissions::known(const std::string& key) {
  if (key.empty()) return std::nullopt;
  const auto run = desk_.find_key(key);
  if (!run) return std::nullopt;
  control::answer::Submitted out{*run, {}, 0, true};
  if (const auto summary = summary_of(desk_, *run)) {
    out.name = summary->name;
    out.tasks = summary->counts.total;
    if (const auto* plan = desk_.scheduler().plan(*run)) out.jobs = static_cast<std::uint32_t>(jobs::job_count(*plan));
  }
  return out;
}

bool Submissions::goes_along(ClientId client, const std::string& key) {
  if (auto reply = known(key)) return answer_(client, std::move(*reply)), true;
  const auto same = by_key_.find(key);
  if (key.empty() || same == by_key_.end()) return false;
  drafts_.at(same->second).followers.push_back({client, {}, {}});
  return true;
}

Status Submissions::admit(const std::string& key) {
  if (auto s = desk_.check_space(); !s) return s;
  if (key.size() > limits::kIdempotencyKeyBytes)
    return fail(Code::invalid, "an idempotency key has at most " + std::to_string(limits::kIdempotencyKeyBytes) +
                                   " bytes");
  if (desk_.scheduler().runs().size() + by_run_.size() >= limits::kRunsQueued)
    return fail(Code::refused, "the queue is full: " + std::to_string(limits::kRunsQueued) +
                                   " runs are alive; try again when some have ended");
  return {};
}

Result<core::Terms> Submissions::terms_of(const control::ask::Submit& what) {
  if (!what.name.empty()) {
    if (auto name = Name::parse(what.name); !name) return name.error();
  }
  if (what.after.size() > limits::kSelectors)
    return fail(Code::invalid, "a run can come after at most " + std::to_string(limits::kSelectors) + " others");
  for (const RunId run : what.after)
    if (auto summary = summary_of(desk_, run); !summary)
      return summary.error().code != Code::not_found
                 ? summary.error()
                 : fail(Code::not_found, "no such run " + std::to_string(run) +
                                             " in the service, and only its runs can be waited for: `rota ps`");
  core::Terms terms;
  terms.hold = what.hold;
  terms.begin = what.begin;
  terms.after = what.after;
  terms.key = what.key;
  if (what.priority < -100 || what.priority > 100)
    return fail(Code::invalid, "a priority is from -100 to 100, not " + std::to_string(what.priority));
  terms.priority = what.priority;
  return terms;
}

void Submissions::submit(ClientId client, control::ask::Submit what, posix::Fd file) {
  if (!what.dry_run) {
    if (auto reply = known(what.key)) return answer_(client, std::move(*reply));
    if (const auto same = by_key_.find(what.key); !what.key.empty() && same != by_key_.end()) {
      drafts_.at(same->second).followers.push_back({client, std::move(what), std::move(file)});
      return;
    }
    if (auto s = admit(what.key); !s) return answer_(client, refused(s.error()));
  }
  if (!file)
    return answer_(client, refused(fail(Code::invalid, "the job file did not come along with the question")));
  if (auto size = control::check_sealed_file(file.get()); !size) return answer_(client, refused(size.error()));
  auto terms = terms_of(what);
  if (!terms) return answer_(client, refused(terms.error()));
  const Number number = ++last_;
  Draft& draft = drafts_[number];
  draft.client = client;
  draft.key = what.dry_run ? std::string() : what.key;
  draft.dry_run = what.dry_run;
  draft.terms = std::move(*terms);
  draft.env = what.env;
  draft.asked.hold = what.hold, draft.asked.begin = what.begin, draft.asked.after = what.after;
  if (!draft.key.empty()) by_key_[draft.key] = number;
  loader_.load(std::move(what), std::move(file),
               [this, number](Loaded result) { loaded(number, std::move(result)); });
}

Status Submissions::settle_environment(Draft& draft, const jobs::Plan& plan) {
  draft.env = without_secrets(plan, std::move(draft.env));
  return check_environment(base_environment(plan, draft.env));
}

void Submissions::loaded(Number number, Loaded result) {
  const auto found = drafts_.find(number);
  if (found == drafts_.end()) return;  // whoever asked has gone
  if (auto* invalid = std::get_if<control::answer::Invalid>(&result)) return fail_draft(number, std::move(*invalid));
  if (auto* error = std::get_if<Error>(&result)) return fail_draft(number, refused(std::move(*error)));
  auto& plan = std::get<jobs::Plan>(result);
  Draft& draft = found->second;
  draft.name = plan.name.text();
  draft.tasks = static_cast<std::uint32_t>(jobs::task_count(plan));
  draft.jobs = static_cast<std::uint32_t>(jobs::job_count(plan));
  if (auto s = settle_environment(draft, plan); !s) return fail_draft(number, refused(s.error()));
  if (!plan.schedules.empty()) return register_plan(number, std::move(plan));
  if (draft.dry_run)
    return fail_draft(number, control::answer::Submitted{0, draft.name, draft.tasks, false, draft.jobs});
  post(number, std::move(plan));
}

void Submissions::post(Number number, jobs::Plan plan) {
  Draft& draft = drafts_.at(number);
  if (auto s = settle_environment(draft, plan); !s) return fail_draft(number, refused(s.error()));
  const auto& asked = draft.asked;  // of one that is not to begin at once nobody knows yet who will be alive then
  const bool at_once = !asked.hold && asked.begin.ns == 0 && asked.after.empty();
  if (const auto in_the_way = at_once ? refusing_run(plan) : std::nullopt)
    return fail_draft(number, refused(fail(Code::refused, "the concurrency group '" +
                                                              text::escape_terminal(plan.concurrency.group) +
                                                              "' is full: run " + std::to_string(*in_the_way) +
                                                              " of it is alive"),
                                      "`rota wait " + std::to_string(*in_the_way) +
                                          "` and submit again; or let the file say `when_full: queue`"));
  const auto taken = desk_.take_number();
  if (!taken) return fail_draft(number, refused(taken.error()));
  const auto run = *taken;
  if (!run) return post_later(number, std::move(plan));
  auto terms = desk_.open_run(*run, plan, std::move(draft.terms), draft.env);
  if (!terms) return fail_draft(number, refused(terms.error()));
  draft.posted = true;
  by_run_[*run] = number;
  desk_.post(core::event::Submit{*run, std::move(plan), std::move(*terms)});
}

/// With `when_full: fail` the run that is in the way of this one. (Two that come in one moment both pass: the core lets
/// the second one fail.)
std::optional<RunId> Submissions::refusing_run(const jobs::Plan& plan) const {
  if (plan.concurrency.when_full != jobs::Concurrency::WhenFull::fail) return std::nullopt;
  return desk_.scheduler().fills_group(plan);
}

/// The lock of the numbers is another's, for a moment or because that process stands still: nobody waits for it here.
void Submissions::post_later(Number number, jobs::Plan plan) {
  Draft& draft = drafts_.at(number);
  const Instant now = monotonic_now();
  if (draft.give_up.ns == 0) draft.give_up = now + kNumberWithin;
  if (draft.give_up <= now)
    return fail_draft(number, refused(fail(Code::refused, "another process has held the lock of the run numbers for " +
                                                              text::format_duration(kNumberWithin)),
                                      "find a `rota run` or `rota prune` that stands still, and try again"));
  later_(kNumberAgain, [this, number, waiting = std::make_shared<jobs::Plan>(std::move(plan))] {
    if (drafts_.contains(number)) post(number, std::move(*waiting));
  });
}

void Submissions::register_plan(Number number, jobs::Plan plan) {
  Draft& draft = drafts_.at(number);
  if (auto s = check_registration(desk_, plan, draft.asked); !s) return fail_draft(number, refused(s.error()));
  auto about = registration_of(desk_, plan);
  about.dry_run = draft.dry_run;
  if (draft.dry_run) return fail_draft(number, std::move(about));
  draft.posted = true;
  draft.registered = std::move(about);
  by_schedule_.emplace(draft.name, number);
  core::Terms terms;
  terms.env = draft.env;
  terms.priority = draft.terms.priority;
  desk_.post(core::event::Register{std::move(plan), std::move(terms)});
}

void Submissions::answer_registration(const std::string& name) {
  const auto [first, last] = by_schedule_.equal_range(name);
  std::vector<Number> told;
  for (auto it = first; it != last; ++it) told.push_back(it->second);
  by_schedule_.erase(first, last);
  for (const Number number : told) {
    auto reply = std::move(drafts_.at(number).registered);
    reply.next = {};
    for (std::uint32_t i = 0; i < reply.entries; ++i)
      if (const auto next = desk_.next_occurrence(name, i); next && (reply.next.ns == 0 || next->at < reply.next))
        reply.next = next->at;
    fail_draft(number, std::move(reply));
  }
}

void Submissions::trigger(ClientId client, const control::ask::Trigger& what) {
  if (goes_along(client, what.key)) return;
  if (auto s = admit(what.key); !s) return answer_(client, refused(s.error()));
  const auto& files = desk_.scheduler().schedules().files;
  const auto found = files.find(what.name);
  if (found == files.end()) return answer_(client, refused(no_such_schedule(desk_, what.name)));
  auto plan = found->second.plan;
  const Number number = ++last_;
  Draft& draft = drafts_[number];
  draft.client = client;
  draft.key = what.key;
  draft.env = found->second.terms.env;
  draft.terms.key = what.key;
  draft.terms.schedule = what.name;
  draft.terms.priority = found->second.terms.priority;
  draft.name = plan.name.text();
  draft.tasks = static_cast<std::uint32_t>(jobs::task_count(plan));
  draft.jobs = static_cast<std::uint32_t>(jobs::job_count(plan));
  if (!draft.key.empty()) by_key_[draft.key] = number;
  post(number, std::move(plan));
}

void Submissions::fail_draft(Number number, control::Reply why) {
  auto draft = std::move(drafts_.extract(number).mapped());
  if (!draft.key.empty()) by_key_.erase(draft.key);
  if (draft.client) answer_(draft.client, why);
  for (auto& next : draft.followers) {  // the first of them is a draft now, the others follow it
    if (next.file) submit(next.client, std::move(next.what), std::move(next.file));
    else answer_(next.client, why);
  }
}

void Submissions::retry(ClientId client, control::ask::Retry what, posix::Fd file) {
  if (goes_along(client, what.key)) return;
  if (auto s = admit(what.key); !s) return answer_(client, refused(s.error()));
  if (is_alive(desk_.scheduler(), what.run))
    return answer_(client, refused(fail(Code::refused, "run " + std::to_string(what.run) + " is still alive"),
                                   "wait for its end, or `rota cancel` it first"));
  auto run = desk_.recall(what.run);
  if (!run)
    return answer_(client, refused(run.error().code == Code::not_found ? no_such_run(what.run) : run.error()));
  auto done = control::what_is_done({run->plan, run->terms, run->view}, what,
                                    [&](const core::JobView& job) { return all_tasks(what.run, job); });
  if (!done) return answer_(client, refused(done.error()));
  if (what.reload && !control::check_sealed_file(file.get()))
    return answer_(client, refused(fail(Code::invalid, "the job file did not come along with the question")));
  const Number number = ++last_;
  Draft& draft = drafts_[number];
  draft.client = client;
  draft.key = what.key;
  draft.env = run->terms.env;
  draft.terms.retry_of = what.run;
  draft.terms.priority = run->terms.priority;
  draft.terms.key = what.key;
  draft.terms.env = draft.env;
  if (!draft.key.empty()) by_key_[draft.key] = number;
  if (!what.reload) return post_rest(number, std::move(run->plan), *done);
  control::ask::Submit other;
  other.file = what.file;
  other.absolute_path = what.absolute_path;
  other.directory = what.directory;
  other.params = what.params;
  other.env = draft.env;
  other.name = run->plan.name.text();
  loader_.load(std::move(other), std::move(file),
               [this, number, plan = std::move(run->plan), done = std::move(*done)](Loaded result) {
                 if (!drafts_.contains(number)) return;
                 if (auto* invalid = std::get_if<control::answer::Invalid>(&result))
                   return fail_draft(number, std::move(*invalid));
                 if (auto* error = std::get_if<Error>(&result)) return fail_draft(number, refused(std::move(*error)));
                 auto& now = std::get<jobs::Plan>(result);
                 const auto still = control::done_in(now, plan, done);
                 post_rest(number, std::move(now), still);
               });
}

Result<std::vector<core::TaskView>> Submissions::all_tasks(RunId run, const core::JobView& job) {
  auto view = view_of(desk_, run, {{job.index, 0, job.task_count()}});
  if (!view) return view.error();
  return std::move(view->jobs.at(job.index).tasks);
}

void Submissions::post_rest(Number number, jobs::Plan plan, const control::Done& done) {
  Draft& draft = drafts_.at(number);
  draft.name = plan.name.text();
  draft.tasks = control::tasks_left(plan, done);
  draft.jobs = static_cast<std::uint32_t>(jobs::job_count(plan) - done.jobs.size());
  if (draft.tasks == 0)
    return fail_draft(number,
                      refused(fail(Code::refused, "nothing to retry in run " + std::to_string(draft.terms.retry_of) +
                                                      ": all its jobs are done, and the file does not change them")));
  control::put_into(draft.terms, plan, done);
  post(number, std::move(plan));
}

void Submissions::gone(ClientId client) {
  for (auto it = drafts_.begin(); it != drafts_.end();) {
    Draft& draft = it->second;
    if (draft.client == client) draft.client = 0;
    std::erase_if(draft.followers, [&](const Asked& a) { return a.client == client; });
    const bool wanted = draft.posted || draft.client || !draft.followers.empty();
    if (!wanted && !draft.key.empty()) by_key_.erase(draft.key);
    it = wanted ? std::next(it) : drafts_.erase(it);
  }
}

void Submissions::after_turn(std::span<const core::Record> records) {
  if (by_run_.empty() && by_schedule_.empty()) return;
  for (const auto& record : records) {
    if (const auto* registered = std::get_if<core::record::Registered>(&record.fact))
      answer_registration(registered->plan->name.text());
    const auto* submitted = std::get_if<core::record::Submitted>(&record.fact);
    const auto found = submitted ? by_run_.find(submitted->run) : by_run_.end();
    if (found == by_run_.end()) continue;
    auto draft = std::move(drafts_.extract(found->second).mapped());
    by_run_.erase(found);
    if (!draft.key.empty()) by_key_.erase(draft.key);
    control::answer::Submitted reply{submitted->run, draft.name, draft.tasks, false, draft.jobs};
    if (draft.client) answer_(draft.client, reply);
    reply.known = true;
    for (const auto& follower : draft.followers) answer_(follower.client, reply);
  }
}

}  // namespace rota::daemon
