// Sizes, times and counts, each within what a kernel takes.
#include "jobs/read/resources_reader.h"

#include <fmt/format.h>

#include <cmath>

#include "shared/text/text.h"

namespace rota::jobs {
namespace {

using namespace std::chrono_literals;

constexpr std::uint64_t kLeastMemory = 1u << 20;
constexpr std::uint64_t kMostBytes = 1ull << 60;
constexpr double kMostCpus = 4096;
constexpr std::int64_t kLeastFiles = 8;  // with less no program starts
constexpr std::int64_t kMostFiles = 1 << 20;

struct ResourcesReader {
  Reading& in;
  Resources& out;
  NodeAt of_process = kNoNode;  // the first that is for a process of its own alone
  std::string_view name;

  void note(NodeAt n, std::string_view field) {
    if (of_process == kNoNode) of_process = n, name = field;
  }
};

constexpr const char* kNever = "it could never start; ask for less, or run the file on a larger machine";

void read_cpus(ResourcesReader& r, NodeAt n) {
  const auto cpus = r.in.number(n, "resources.cpus", 0, kMostCpus);
  if (!cpus) return;
  r.out.cpus_milli = static_cast<std::uint32_t>(std::lround(*cpus * 1000));
  const auto most = r.in.machine.cpus_milli;
  if (r.out.cpus_milli > most)
    r.in.report(n, fmt::format("'resources.cpus' wants {}, and this machine has {}", *cpus,
                               static_cast<double>(most) / 1000),
                kNever);
}

void read_memory(ResourcesReader& r, NodeAt n) {
  const auto bytes = r.in.size(n, "resources.memory", kLeastMemory, kMostBytes);
  if (!bytes) return;
  r.out.memory = *bytes;
  if (*bytes > r.in.machine.memory)
    r.in.report(n, fmt::format("'resources.memory' wants {}, and this machine has {}", text::format_size(*bytes),
                               text::format_size(r.in.machine.memory)),
                kNever);
}

const Field<ResourcesReader> kFields[] = {
    {"cpus", read_cpus},
    {"memory", read_memory},
    {"nice",
     [](ResourcesReader& r, NodeAt n) {
       r.note(n, "nice");
       if (const auto nice = r.in.integer(n, "resources.nice", -20, 19)) r.out.nice = static_cast<std::int32_t>(*nice);
     }},
    {"open_files",
     [](ResourcesReader& r, NodeAt n) {
       r.note(n, "open_files");
       if (const auto files = r.in.integer(n, "resources.open_files", kLeastFiles, kMostFiles))
         r.out.open_files = static_cast<std::uint32_t>(*files);
     }},
    {"cpu_time",
     [](ResourcesReader& r, NodeAt n) {
       r.note(n, "cpu_time");
       if (const auto time = r.in.duration(n, "resources.cpu_time", 1s)) r.out.cpu_time = *time;
     }},
    {"file_size",
     [](ResourcesReader& r, NodeAt n) {
       r.note(n, "file_size");
       if (const auto bytes = r.in.size(n, "resources.file_size", 1, kMostBytes)) r.out.file_size = *bytes;
     }},
};
constexpr Synonym kSynonyms[] = {{"cpu", "cpus"}, {"mem", "memory"}, {"nofile", "open_files"}, {"fsize", "file_size"}};

}  // namespace

void read_resources(Reading& in, NodeAt at, Settings& out, Draft& draft) {
  out.resources = {};
  draft.process_limit = kNoNode;
  if (!in.is(at, Node::Kind::map))
    return in.wrong(at, "resources", "a map such as {cpus: 2, memory: 1GiB, open_files: 1024}");
  ResourcesReader r{in, out.resources};
  read_fields(in, at, kFields, {.inside = "resources", .synonyms = kSynonyms}, r);
  draft.process_limit = r.of_process;
  draft.process_limit_name = r.name;
}

void settle_resources(Reading& in, const Draft& defaults, const Draft& draft) {
  if (!draft.job.runs_in_pool() || draft.process_limit == defaults.process_limit) return;
  const auto why = draft.job.mode == Mode::process
                       ? std::string("a warm process, which serves one task after the other")
                       : fmt::format("a job under {}: it shares its process with others", to_text(draft.job.mode));
  in.report(draft.process_limit, fmt::format("'resources.{}' is not for {}", draft.process_limit_name, why),
            draft.job.mode == Mode::process ? "use fresh: true" : "use mode: process");
}

}  // namespace rota::jobs
