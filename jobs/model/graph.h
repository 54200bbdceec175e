// What needs what in a plan: its order, its parts. Pure; the loader has refused circles.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "jobs/model/plan.h"
#include "shared/result.h"

namespace rota::jobs {

using JobSet = std::vector<bool>;  // by job

/// For each job those that need it, ascending.
std::vector<std::vector<JobIndex>> consumers_of(const Plan& plan);

/// By its needs: 1 for jobs that need nothing, else one more than the highest need. A hook has 0: it comes after all.
std::vector<std::size_t> levels(const Plan& plan);

/// Adds everything that the members need, and what that needs.
void add_upstream(const Plan& plan, JobSet& set);
/// Adds everything that needs the members, and what needs that.
void add_downstream(const Plan& plan, JobSet& set);

/// The jobs, without the hooks.
std::size_t job_count(const Plan& plan);
/// Their tasks.
std::uint64_t task_count(const Plan& plan);

/// The plan with these jobs and its hooks alone. A need on a job that is left out is dropped; a name in an expression
/// must not speak of one.
Plan part_of(const Plan& plan, const JobSet& keep);

/// The plan of one job and what it needs. Code::not_found with the nearest name.
Result<Plan> only(const Plan& plan, const std::string& job);

}  // namespace rota::jobs
