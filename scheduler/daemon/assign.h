// From a job of a plan to what a worker needs to carry it out. Pure.
#pragma once

#include <string>
#include <vector>

#include "jobs/model/plan.h"
#include "shared/lane/message.h"
#include "shared/result.h"

namespace rota::daemon {

/// What an attempt is called outside: the environment variables that every attempt sees.
///   ROTA_RUN_ID "12"  ROTA_JOB_ID "12/render"  ROTA_JOB "render"  ROTA_ATTEMPT "1"
///   of one task among many ROTA_JOB_ID "12/render.17", of an array ROTA_ARRAY_INDEX "17"  ROTA_ARRAY_COUNT "100"
///   ROTA_KEY  the same over the attempts of a task and different everywhere else: an idempotency key
/// `try_number`: what users call the attempt (core::Scheduler::try_number).
std::vector<std::string> attempt_variables(const jobs::Job& job, TaskId task, std::uint32_t try_number,
                                           const std::string& run_key);

/// The entry of it that names a task: nothing else on any machine has it in its environment.
std::string task_entry(TaskId task, const std::string& run_key);

/// `run_key` is unique to the run among all runs of all machines (random).
lane::Assignment make_assignment(const jobs::Plan& plan, AttemptId attempt, std::uint32_t try_number,
                                 const std::string& run_key);

/// Whether tasks of the job differ in nothing but their numbers, and can be started by one word to a pool worker.
bool may_start_many(const jobs::Plan& plan, const jobs::Job& job);
/// How many of them at most: the job's `chunk`, within what is well below limits::kLaneMessageBytes.
std::size_t most_at_once(const jobs::Job& job);
/// That word, without members. What it tells each of them is what make_assignment would.
lane::down::StartMany make_crowd(const jobs::Plan& plan, AttemptId first, const std::string& run_key);
lane::Member make_member(const jobs::Job& job, AttemptId attempt, std::uint32_t try_number);

/// The caller's environment with the plan's `env` over it, "K=V", no key twice.
std::vector<std::string> base_environment(const jobs::Plan& plan, const std::vector<std::string>& caller);

/// Code::refused: an environment that no worker could be told, with its bytes and the limit.
Status check_environment(const std::vector<std::string>& environment);
/// Without the variables that the plan's secrets come from: they stand in no record. They are looked up where the
/// coordinator runs.
std::vector<std::string> without_secrets(const jobs::Plan& plan, std::vector<std::string> environment);

}  // namespace rota::daemon
