// Builds a Tree from parse events in order, within the limits. Knows the rules of a job file's YAML, not the parser.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "jobs/read/findings.h"
#include "jobs/read/tree.h"

namespace rota::jobs {

class TreeBuilder {
 public:
  /// Why reading must end here: the place and what to say.
  struct Refusal {
    Place at;
    std::string message;
  };
  using Verdict = std::optional<Refusal>;
  using Anchor = std::size_t;  // the parser's number of an anchor, from 1; 0 is none

  explicit TreeBuilder(Findings& findings) : findings_(findings) {}

  Verdict null(Place at, Anchor a);
  Verdict scalar(Place at, Anchor a, std::string_view text, bool quoted);
  Verdict broken(Place at, Anchor a);  // reported by the caller
  Verdict alias(Place at, Anchor target);
  Verdict open(Place at, Anchor a, Node::Kind kind);
  void close();
  Verdict finish();

  /// Where the innermost list or map that is still open began; no place if none is.
  Place innermost_open() const { return open_.empty() ? Place{} : tree_.raw(open_.back().node).place; }
  Tree take() && { return std::move(tree_); }

 private:
  struct OpenNode {
    NodeAt node;
    NodeAt last_child = kNoNode;
    std::uint32_t children = 0;
    std::uint32_t height = 1;  // levels of content below and with this node
    std::uint64_t weight_before = 0;
    Anchor anchor = 0;
    bool merges = false;  // has a plain `<<` key
  };
  struct Anchored {
    NodeAt node = kNoNode;
    std::uint64_t weight = 1;  // nodes with aliases followed
    std::uint32_t height = 0;
    bool open = false;
  };

  Verdict add(Node n, Anchor a, std::uint32_t height);
  bool expects_key() const;
  void link(NodeAt child);
  void check_keys(OpenNode& map);
  void merge(OpenNode& map);

  Findings& findings_;
  Tree tree_;
  std::vector<OpenNode> open_;
  std::vector<Anchored> anchors_;
  std::uint64_t weight_ = 0;  // nodes so far, aliases followed
  std::uint64_t added_ = 0;   // by aliases
  std::uint64_t greatest_alias_ = 0;
  Place greatest_at_;
};

}  // namespace rota::jobs
