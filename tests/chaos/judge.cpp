// What became of every run that a client was promised.
#include "tests/chaos/judge.h"

#include <algorithm>
#include <boost/json.hpp>
#include <csignal>
#include <set>
#include <sstream>

#include "tests/chaos/witness.h"

namespace rota::chaos {
namespace {

namespace json = boost::json;

std::string word(const json::object& o, std::string_view key) {
  const auto* v = o.if_contains(key);
  return v != nullptr && v->is_string() ? std::string(v->as_string()) : std::string();
}

/// One run as the service tells it, against its file, the marks and the deeds.
class RunJudge {
 public:
  RunJudge(unsigned run, const JobFile& file, const Marks& marks, const Deeds& deeds, Verdict& out)
      : run_(run), file_(file), marks_(marks), deeds_(deeds), out_(out) {}

  void judge(const json::object& told) {
    for (const auto& value : told.at("jobs").as_array()) {
      const auto& job = value.as_object();
      const auto name = word(job, "job");
      const auto script = file_.jobs.find(name);
      if (script == file_.jobs.end()) {
        wrong(name, "is in no job file");
        continue;
      }
      ++out_.jobs;
      judge_job(name, script->second, job.at("tasks").as_array().at(0).as_object());
    }
    if (told.at("jobs").as_array().size() != file_.jobs.size()) wrong("", "has not as many jobs as its file");
  }

 private:
  /// What a shell says of a command of its that somebody killed.
  bool was_killed(const Try& id, int status) const { return status == 128 + SIGKILL && deeds_.jobs.contains(id); }
  Try try_of(const std::string& name, const json::object& attempt) const {
    return {run_, name, static_cast<unsigned>(attempt.at("attempt").as_int64())};
  }
  static std::string worker_of(const json::object& attempt) {
    const auto* worker = attempt.if_contains("worker");
    if (worker == nullptr || !worker->is_object()) return "?";
    const auto& w = worker->as_object();
    return json::serialize(w.at("seat")) + "." + json::serialize(w.at("generation"));
  }
  void wrong(const std::string& job, const std::string& what) {
    out_.wrong.push_back(std::to_string(run_) + "/" + job + " " + what);
  }

  void judge_job(const std::string& name, const Script& script, const json::object& task) {
    const auto state = word(task, "state"), outcome = word(task, "outcome");
    if (state != "finished") {
      out_.lost.push_back(std::to_string(run_) + "/" + name + " is " + state + " when all is over");
      return;
    }
    outcomes_[name] = outcome;
    const auto& attempts = task.at("attempts").as_array();
    for (const auto& a : attempts) judge_attempt(name, script, a.as_object());
    judge_outcome(name, script, outcome, word(task, "reason"), attempts);
    if (script.marks) judge_marks(name, script, attempts);
    judge_needs(name, script, outcome);
  }

  void judge_attempt(const std::string& name, const Script& script, const json::object& attempt) {
    ++out_.attempts;
    const Try id = try_of(name, attempt);
    const auto outcome = word(attempt, "outcome"), reason = word(attempt, "reason");
    if (outcome == "lost") judge_loss(id, script, worker_of(attempt));
    if (outcome == "crashed") judge_crash(id, script, reason, worker_of(attempt));
    if (!script.marks) return;
    const auto seen = marks_.tries.find(id);
    const bool begun = seen != marks_.tries.end();
    if (outcome == "revoked") return;  // never became a try: that it ran all the same shows in the marks
    if (outcome != "succeeded" && !reason.starts_with("exit:")) return;
    const int status = outcome == "succeeded" ? 0 : std::stoi(reason.substr(5));
    const bool ended_so =
        begun && std::find(seen->second.ended.begin(), seen->second.ended.end(), status) != seen->second.ended.end();
    if (!ended_so && !was_killed(id, status))
      out_.wrong.push_back(to_text(id) + " is told as " + outcome + " " + reason + "; no mark says so");
  }

  /// Only with its worker is an attempt lost.
  void judge_loss(const Try& id, const Script& script, const std::string& worker) {
    const bool process = script.mode == Script::Mode::process;
    if (!(process ? deeds_.launchers : deeds_.pools).contains(worker))
      out_.wrong.push_back(to_text(id) + " is told as lost with " + (process ? "launcher " : "pool worker ") + worker +
                           ", which nobody killed");
  }

  /// Killed are: one of its own processes, or the pool worker in which it ran.
  void judge_crash(const Try& id, const Script& script, const std::string& reason, const std::string& worker) {
    const bool killed = deeds_.jobs.contains(id) ||
                        (script.mode != Script::Mode::process && deeds_.pools.contains(worker));
    if (reason != "signal:9" || !killed)
      out_.wrong.push_back(to_text(id) + " is told as crashed (" + reason + "), and nobody killed it");
  }

  void judge_outcome(const std::string& name, const Script& script, const std::string& outcome,
                     const std::string& reason, const json::array& attempts) {
    if (outcome == "succeeded") {
      if (script.exit != 0) wrong(name, "succeeded, and was to exit " + std::to_string(script.exit));
    } else if (outcome == "failed" && reason.starts_with("exit:")) {
      judge_failure(name, script, std::stoi(reason.substr(5)), attempts);
    } else if (outcome == "crashed" || outcome == "lost") {
      const auto last = attempts.empty() ? std::string() : word(attempts.back().as_object(), "outcome");
      if (last != outcome) wrong(name, "is told as " + outcome + ", and its last try as '" + last + "'");
    } else if (outcome != "upstream_failed") {
      wrong(name, "ended as " + outcome + " (" + reason + "), which nothing explains");
    }
  }

  void judge_failure(const std::string& name, const Script& script, int status, const json::array& attempts) {
    const bool early = status == kExitOfEarlyTries && script.fails_before > 0;
    const bool killed = !attempts.empty() && was_killed(try_of(name, attempts.back().as_object()), status);
    if (status != script.exit && !early && !killed) wrong(name, "failed with " + std::to_string(status));
    const auto charged = std::count_if(attempts.begin(), attempts.end(), [](const json::value& a) {
      const auto outcome = word(a.as_object(), "outcome");
      return outcome != "revoked" && outcome != "interrupted";
    });
    if (charged != script.retries + 1)
      wrong(name, "failed after " + std::to_string(charged) + " tries of " + std::to_string(script.retries + 1));
  }

  /// Process mode: at most once, and nothing that the journal does not know.
  void judge_marks(const std::string& name, const Script& script, const json::array& attempts) {
    std::set<unsigned> known;
    for (const auto& a : attempts) {
      if (word(a.as_object(), "outcome") != "revoked")
        known.insert(static_cast<unsigned>(a.as_object().at("attempt").as_int64()));
    }
    const auto from = marks_.tries.lower_bound({run_, name, 0});
    for (auto at = from; at != marks_.tries.end() && std::get<0>(at->first) == run_ && std::get<1>(at->first) == name;
         ++at) {
      if (script.mode != Script::Mode::process) continue;
      if (at->second.begun > 1 || at->second.ended.size() > 1)
        out_.twice.push_back(to_text(at->first) + " ran " + std::to_string(at->second.begun) + " times");
      if (!known.contains(std::get<2>(at->first))) wrong(name, "ran as " + to_text(at->first) + ", which is not told");
    }
  }

  /// A job starts only after its needs have succeeded, and is told so only then.
  void judge_needs(const std::string& name, const Script& script, const std::string& outcome) {
    bool all_good = true;
    for (const auto& need : script.needs) {
      const auto other = outcomes_.find(need);  // jobs are told in the file's order: needs come before
      all_good = all_good && other != outcomes_.end() && other->second == "succeeded";
      judge_order(name, script, need);
    }
    if (outcome == "upstream_failed" && all_good) wrong(name, "is upstream_failed, and all of its needs succeeded");
    if (outcome != "upstream_failed" && !all_good) wrong(name, "is " + outcome + ", and a need of it did not succeed");
  }

  void judge_order(const std::string& name, const Script& script, const std::string& need) {
    if (!script.marks || !file_.jobs.at(need).marks) return;
    std::size_t begin = 0, end = 0;
    for (auto at = marks_.tries.lower_bound({run_, name, 0});
         at != marks_.tries.end() && std::get<0>(at->first) == run_ && std::get<1>(at->first) == name; ++at)
      if (begin == 0 || (at->second.first_begin != 0 && at->second.first_begin < begin)) begin = at->second.first_begin;
    for (auto at = marks_.tries.lower_bound({run_, need, 0});
         at != marks_.tries.end() && std::get<0>(at->first) == run_ && std::get<1>(at->first) == need; ++at)
      if (std::count(at->second.ended.begin(), at->second.ended.end(), 0) > 0 &&
          (end == 0 || at->second.last_end < end))
        end = at->second.last_end;
    if (begin != 0 && (end == 0 || begin < end)) wrong(name, "began before " + need + " had succeeded");
  }

  const unsigned run_;
  const JobFile& file_;
  const Marks& marks_;
  const Deeds& deeds_;
  Verdict& out_;
  std::map<std::string, std::string> outcomes_;
};

void list(std::ostream& out, const char* what, const std::vector<std::string>& found) {
  out << "  " << what << ": " << found.size() << '\n';
  for (std::size_t i = 0; i < std::min<std::size_t>(found.size(), 20); ++i) out << "    " << found[i] << '\n';
}

}  // namespace

void judge_run(unsigned run, const JobFile& file, const Marks& marks, const Deeds& deeds, const std::string& told,
               Verdict& out) {
  ++out.runs;
  RunJudge(run, file, marks, deeds, out).judge(json::parse(told).as_object().at("run").as_object());
}

void judge_runs(const World& world, const ClientStory& story, const Deeds& deeds, Verdict& out) {
  const auto marks = read_marks(world.marks());
  out.marks = static_cast<int>(marks.lines);
  for (const auto& line : marks.unreadable) out.others.push_back("mark: " + line);
  for (const auto& c : story.complaints) out.others.push_back(c);
  for (const auto& [run, file] : story.acknowledged) {
    const auto e = world.rota({"show", std::to_string(run), "--json"}).run();
    if (e.status != 0) {
      out.lost.push_back("run " + std::to_string(run) + ": rota show: status " + std::to_string(e.status) + ": " +
                         e.err);
      continue;
    }
    judge_run(run, file, marks, deeds, e.out, out);
  }
  const auto all = world.rota({"ps", "-a", "-q"}).run().out;
  const auto there = static_cast<std::size_t>(std::count(all.begin(), all.end(), '\n'));
  if (there != story.acknowledged.size())
    out.twice.push_back(std::to_string(there) + " runs are there, of " + std::to_string(story.acknowledged.size()) +
                        " submissions");
}

std::string to_text(const Verdict& v) {
  std::ostringstream out;
  out << v.runs << " runs, " << v.jobs << " jobs, " << v.attempts << " attempts, " << v.marks << " marks\n";
  list(out, "lost", v.lost);
  list(out, "twice", v.twice);
  list(out, "wrong status", v.wrong);
  list(out, "orphans", v.orphans);
  list(out, "residue", v.residue);
  list(out, "others", v.others);
  return out.str();
}

}  // namespace rota::chaos
