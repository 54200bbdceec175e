// yaml-cpp's events into a TreeBuilder. The only file that includes yaml-cpp; its exceptions end here.
#include "jobs/read/yaml_tree.h"

#include <fmt/format.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/mark.h>
#include <yaml-cpp/parser.h>

#include <istream>
#include <string>

#include "jobs/read/bytes.h"
#include "jobs/read/guarded_stream.h"
#include "jobs/read/quotes.h"
#include "jobs/read/tree_builder.h"
#include "jobs/read/yaml_words.h"

namespace rota::jobs {

const DocumentWords kJobFileWords{
    "the file is empty; it needs 'jobs:' at least",
    "a job file is a map: it begins with a field such as 'jobs:'",
    "a second document (or stray text) begins here; a job file is one map",
    "tags ('!...') are not used in job files: types follow from the field",
};
const DocumentWords kConfigWords{
    "",
    "a configuration file is a map: it has lines such as 'process_slots: 8'",
    "a second document (or stray text) begins here; a configuration file is one map",
    "tags ('!...') are not used in configuration files: types follow from the field",
};

namespace {

Place place_of(const YAML::Mark& m) {
  return {static_cast<std::uint32_t>(m.line) + 1, static_cast<std::uint32_t>(m.column) + 1};
}

// A TreeBuilder::Refusal is thrown through the parser to end it: it has no other way to be told.

class Events final : public YAML::EventHandler {
 public:
  Events(std::string_view bytes, GuardedStream& stream, Findings& findings, std::string_view tagged)
      : bytes_(bytes),
        stream_(stream),
        findings_(findings),
        tagged_(tagged),
        builder_(findings),
        tabs_(tabs_in_indentation(bytes)) {}

  void OnDocumentStart(const YAML::Mark&) override {}
  void OnDocumentEnd() override { judge_tabs({0xFFFFFFFF, 0}); }

  void OnNull(const YAML::Mark& m, YAML::anchor_t a) override {
    see(m, false);
    obey(builder_.null(place_of(m), a));
  }
  void OnAlias(const YAML::Mark& m, YAML::anchor_t a) override {
    see(m, false);
    obey(builder_.alias(place_of(m), a));
  }
  void OnScalar(const YAML::Mark& m, const std::string& tag, YAML::anchor_t a, const std::string& text) override {
    const bool quoted = tag != "?";
    see(m, quoted);
    if (has_tag(m, tag)) return obey(builder_.broken(place_of(m), a));
    obey(builder_.scalar(place_of(m), a, text, quoted));
  }
  void OnSequenceStart(const YAML::Mark& m, const std::string& tag, YAML::anchor_t a,
                       YAML::EmitterStyle::value) override {
    see(m, false);
    has_tag(m, tag);
    obey(builder_.open(place_of(m), a, Node::Kind::list));
  }
  void OnSequenceEnd() override { builder_.close(); }
  void OnMapStart(const YAML::Mark& m, const std::string& tag, YAML::anchor_t a, YAML::EmitterStyle::value) override {
    see(m, false);
    has_tag(m, tag);
    obey(builder_.open(place_of(m), a, Node::Kind::map));
  }
  void OnMapEnd() override { builder_.close(); }

  TreeBuilder& builder() { return builder_; }
  /// A tab in the indentation near `line` explains most of what the parser then stumbles over.
  const Place* tab_near(std::uint32_t line) const {
    for (const auto& t : tabs_) {
      if (t.line == line || t.line + 1 == line) return &t;
    }
    return nullptr;
  }

 private:
  static void obey(TreeBuilder::Verdict v) {
    if (v) throw std::move(*v);
  }

  /// Before each event: quotes must end (the parser takes the end of the file for one), tabs must not lead a line.
  void see(const YAML::Mark& m, bool quoted) {
    stream_.told(static_cast<std::size_t>(m.pos));
    judge_tabs(place_of(m));
    if (!quoted) {
      forgiven_ = {};
      return;
    }
    const auto end = end_of_quotes(bytes_, static_cast<std::size_t>(m.pos));
    if (end.open) throw TreeBuilder::Refusal{place_of(m), "this quote is never closed"};
    forgiven_ = end.block ? Place{0xFFFFFFFF, 0} : Place{place_of(m).line + end.lines, 0xFFFFFFFF};
  }

  /// Tabs before `now` are wrong unless they are part of the quoted or block text that came last.
  void judge_tabs(Place now) {
    for (; next_tab_ < tabs_.size() && tabs_[next_tab_] < now; ++next_tab_) {
      if (tabs_[next_tab_] < forgiven_) continue;
      findings_.add(tabs_[next_tab_], "a tab in the indentation; YAML takes spaces there");
    }
  }

  bool has_tag(const YAML::Mark& m, const std::string& tag) {
    const bool explicit_tag =
        (tag != "?" && tag != "!") || (tag == "!" && is_tagged(bytes_, static_cast<std::size_t>(m.pos)));
    if (explicit_tag) findings_.add(place_of(m), std::string(tagged_), "leave the tag out");
    return explicit_tag;
  }

  std::string_view bytes_;
  GuardedStream& stream_;
  Findings& findings_;
  std::string_view tagged_;
  TreeBuilder builder_;
  std::vector<Place> tabs_;
  std::size_t next_tab_ = 0;
  Place forgiven_;
};

/// Looks at what follows the first document: nothing may.
class Rest final : public YAML::EventHandler {
 public:
  explicit Rest(std::string_view second) : second_(second) {}
  void OnDocumentStart(const YAML::Mark& m) override {
    throw TreeBuilder::Refusal{place_of(m), std::string(second_)};
  }
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark&, YAML::anchor_t) override {}
  void OnAlias(const YAML::Mark&, YAML::anchor_t) override {}
  void OnScalar(const YAML::Mark&, const std::string&, YAML::anchor_t, const std::string&) override {}
  void OnSequenceStart(const YAML::Mark&, const std::string&, YAML::anchor_t, YAML::EmitterStyle::value) override {}
  void OnSequenceEnd() override {}
  void OnMapStart(const YAML::Mark&, const std::string&, YAML::anchor_t, YAML::EmitterStyle::value) override {}
  void OnMapEnd() override {}

 private:
  std::string_view second_;
};

void report(const YAML::Exception& e, Events& events, Findings& findings) {
  const auto at = e.mark.line < 0 ? Place{} : place_of(e.mark);
  if (const auto* tab = events.tab_near(at.line)) {
    findings.add(*tab, "a tab in the indentation; YAML takes spaces there");
    return;
  }
  auto words = words_for(e.msg);
  if (const auto open = events.builder().innermost_open(); words.names_open && open.line != 0)
    words.message += fmt::format(" (opened at {}:{})", open.line, open.column);
  findings.add(at, std::move(words.message), std::move(words.hint));
}

enum class Seen { nothing, document, fault };

Seen run(std::istream& in, Events& events, Findings& findings, const DocumentWords& words) {
  try {
    YAML::Parser parser(in);
    if (!parser.HandleNextDocument(events)) return Seen::nothing;
    if (auto refused = events.builder().finish()) throw std::move(*refused);
    // Once only: on a stray ',' the parser gives empty documents for ever.
    Rest rest(words.second);
    parser.HandleNextDocument(rest);
    return Seen::document;
  } catch (const TreeBuilder::Refusal& r) {
    findings.add(r.at, r.message);
  } catch (const YAML::Exception& e) {
    report(e, events, findings);
  } catch (const std::exception& e) {
    findings.add({}, fmt::format("the YAML parser failed: {}", e.what()));
  }
  return Seen::fault;
}

/// What a file without a document reads as, where it may be one.
std::optional<Tree> nothing(Findings& findings, const DocumentWords& words) {
  if (!words.empty.empty()) {
    findings.add({}, std::string(words.empty));
    return {};
  }
  Tree tree;
  tree.root = tree.add({.kind = Node::Kind::map});
  return tree;
}

}  // namespace

std::optional<Tree> parse_yaml(std::string_view bytes, Findings& findings, const DocumentWords& words,
                               const std::atomic<bool>* give_up) {
  if (give_up && *give_up) {
    findings.add(Place{1, 1}, "reading it was given up");
    return {};
  }
  GuardedStream stream(bytes, give_up);
  std::istream in(&stream);
  Events events(bytes, stream, findings, words.tagged);
  const auto seen = run(in, events, findings, words);
  if (seen == Seen::nothing) return nothing(findings, words);
  if (seen == Seen::fault) return {};
  auto tree = std::move(events.builder()).take();
  const auto& root = tree[tree.root];
  if (root.kind == Node::Kind::map) return tree;
  findings.add(root.place, std::string(words.not_a_map));
  return {};
}

}  // namespace rota::jobs
