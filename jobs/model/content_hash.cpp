// FNV-1a over the encoded parts of a job: tells changed work from unchanged work, proves nothing.
#include "jobs/model/content_hash.h"

#include "shared/wire/codec.h"

namespace rota::jobs {
namespace {

class Hash {
 public:
  void bytes(std::string_view s) {
    for (const char c : s) value_ = (value_ ^ static_cast<unsigned char>(c)) * 0x100000001b3ull;
  }
  template <class T>
  void part(const T& x) {
    bytes(wire::encoded(x));
  }
  std::uint64_t value() const { return value_ == 0 ? 1 : value_; }

 private:
  std::uint64_t value_ = 0xcbf29ce484222325ull;
};

/// Jobs by name and no places: what is moved about in the file stays the same.
void add(Hash& hash, const Plan& plan, const Formula& f) {
  const bool of_job = f.name.of == LateName::Of::need_output || f.name.of == LateName::Of::need_outcome;
  const auto job = of_job && f.name.job < plan.jobs.size() ? plan.jobs[f.name.job].id.text() : std::string();
  hash.part(f.kind);
  hash.part(f.constant);
  hash.part(f.name.of);
  hash.part(job);
  hash.part(f.name.key);
  hash.part(f.operation);
  hash.part(f.keys);
  hash.part(f.parts.size());
  for (const auto& part : f.parts) add(hash, plan, part);
}

std::uint64_t hash_of(const Plan& plan, const Job& job, std::uint64_t file_env) {
  Hash hash;
  const auto& s = plan.settings_of(job);
  hash.part(job.action);
  hash.part(job.args);
  hash.part(job.kwargs);
  hash.part(file_env);
  hash.part(s.env);
  hash.part(s.secrets);
  hash.part(s.working_dir);
  if (std::holds_alternative<RunText>(job.action)) hash.part(s.shell);
  hash.part(s.stdin_plan);
  hash.part(job.shape);
  for (const auto& late : job.late) {
    hash.part(late.place);
    hash.part(late.index);
    hash.part(late.variable);
    add(hash, plan, late.value);
  }
  return hash.value();
}

}  // namespace

void hash_contents(Plan& plan) {
  Hash env;
  env.part(plan.env);
  for (auto& job : plan.jobs) job.content_hash = hash_of(plan, job, env.value());
}

}  // namespace rota::jobs
