// Events into nodes. A breach of a limit ends the reading; anything else is reported and passed over.
#include "jobs/read/tree_builder.h"

#include <fmt/format.h>

#include <algorithm>

#include "jobs/read/key_index.h"
#include "shared/limits.h"
#include "shared/text/text.h"

namespace rota::jobs {
namespace {

/// Small files may repeat themselves at will; the factor is there against bombs.
bool is_bomb(std::uint64_t added, std::uint64_t source) {
  return added > limits::kAliasFree && added > limits::kAliasFactor * source;
}

}  // namespace

bool TreeBuilder::expects_key() const {
  return !open_.empty() && tree_.raw(open_.back().node).kind == Node::Kind::map && open_.back().children % 2 == 0;
}

void TreeBuilder::link(NodeAt child) {
  if (open_.empty()) {
    tree_.root = child;
    return;
  }
  auto& parent = open_.back();
  (parent.last_child == kNoNode ? tree_.raw(parent.node).first : tree_.raw(parent.last_child).next) = child;
  parent.last_child = child;
  ++parent.children;
}

TreeBuilder::Verdict TreeBuilder::add(Node n, Anchor a, std::uint32_t height) {
  if (tree_.size() >= limits::kJobFileNodes)
    return Refusal{n.place, fmt::format("more than {} nodes (job_file_nodes); split the file", limits::kJobFileNodes)};
  if (expects_key() && n.kind != Node::Kind::scalar && n.kind != Node::Kind::broken) {
    findings_.add(n.place, n.kind == Node::Kind::null ? "a key is missing here: a key is text, followed by ':'"
                                                      : "a key must be text");
    n.kind = n.kind == Node::Kind::list || n.kind == Node::Kind::map ? n.kind : Node::Kind::broken;
  }
  if (!open_.empty()) open_.back().height = std::max(open_.back().height, height + 1);
  ++weight_;
  const auto at = tree_.add(n);
  link(at);
  if (a != 0) {
    if (anchors_.size() <= a) anchors_.resize(a + 1);
    anchors_[a] = {at, 1, height, false};
  }
  return {};
}

TreeBuilder::Verdict TreeBuilder::null(Place at, Anchor a) { return add({Node::Kind::null, false, at}, a, 0); }
TreeBuilder::Verdict TreeBuilder::broken(Place at, Anchor a) { return add({Node::Kind::broken, false, at}, a, 0); }

TreeBuilder::Verdict TreeBuilder::scalar(Place at, Anchor a, std::string_view text, bool quoted) {
  if (!quoted && text == "<<" && expects_key()) open_.back().merges = true;
  return add({Node::Kind::scalar, quoted, at, tree_.add_text(text), static_cast<std::uint32_t>(text.size())}, a, 0);
}

TreeBuilder::Verdict TreeBuilder::alias(Place at, Anchor target) {
  const bool known = target < anchors_.size() && anchors_[target].node != kNoNode;
  if (expects_key()) {
    findings_.add(at, "a key must be text, not an alias");
    return broken(at, 0);
  }
  if (!known || anchors_[target].open) {
    findings_.add(at, "this alias lies inside the node that it names: it would have no end");
    return broken(at, 0);
  }
  const auto& named = anchors_[target];
  if (open_.size() + named.height > limits::kJobFileDepth)
    return Refusal{at, fmt::format("with this alias the nesting is deeper than {} levels (job_file_depth)",
                                   limits::kJobFileDepth)};
  added_ += named.weight;
  weight_ += named.weight;
  if (named.weight > greatest_alias_) {
    greatest_alias_ = named.weight;
    greatest_at_ = at;
  }
  if (added_ > limits::kAliasNodes)
    return Refusal{at, fmt::format("aliases add more than {} nodes (alias_nodes)", limits::kAliasNodes)};
  return add({Node::Kind::alias, false, at, named.node}, 0, named.height);
}

TreeBuilder::Verdict TreeBuilder::open(Place at, Anchor a, Node::Kind kind) {
  if (open_.size() >= limits::kJobFileDepth)
    return Refusal{at, fmt::format("nesting deeper than {} levels (job_file_depth)", limits::kJobFileDepth)};
  OpenNode o{};
  o.weight_before = weight_;
  o.anchor = a;
  if (auto refused = add({kind, false, at}, a, 1)) return refused;
  if (a != 0) anchors_[a].open = true;
  o.node = static_cast<NodeAt>(tree_.size() - 1);
  open_.push_back(o);
  return {};
}

void TreeBuilder::close() {
  auto done = open_.back();
  auto& node = tree_.raw(done.node);
  node.count = node.kind == Node::Kind::map ? done.children / 2 : done.children;
  if (node.kind == Node::Kind::map) {
    check_keys(done);
    if (done.merges) merge(done);
  }
  open_.pop_back();
  if (!open_.empty()) open_.back().height = std::max(open_.back().height, done.height + 1);
  if (done.anchor != 0) anchors_[done.anchor] = {done.node, weight_ - done.weight_before, done.height, false};
  // A list or map as a key was reported when it opened; its entry must not be read.
  if (!open_.empty() && tree_.raw(open_.back().node).kind == Node::Kind::map && open_.back().children % 2 == 1)
    tree_.raw(done.node).kind = Node::Kind::broken;
}

/// Unlinks broken keys and later doubles, the latter with a word on both lines.
void TreeBuilder::check_keys(OpenNode& map) {
  KeyIndex keys(tree_);
  NodeAt last_value = kNoNode;
  std::uint32_t kept = 0;
  for (auto key = tree_.raw(map.node).first; key != kNoNode;) {
    const auto value = tree_.raw(key).next;
    const auto next = tree_.raw(value).next;
    const bool sound = tree_.raw(key).kind == Node::Kind::scalar;
    const auto first = sound ? keys.earlier_or_add(key) : kNoNode;
    if (first != kNoNode)
      findings_.add(tree_.raw(key).place,
                    fmt::format("'{}' is given twice; it stands on line {} already",
                                text::escape_terminal(tree_.text(key)), tree_.raw(first).place.line));
    if (sound && first == kNoNode) {
      (last_value == kNoNode ? tree_.raw(map.node).first : tree_.raw(last_value).next) = key;
      last_value = value;
      ++kept;
    }
    key = next;
  }
  (last_value == kNoNode ? tree_.raw(map.node).first : tree_.raw(last_value).next) = kNoNode;
  map.last_child = last_value;
  tree_.raw(map.node).count = kept;
}

/// Puts the entries of the maps behind `<<` after the map's own, as far as the keys are new; the first map wins.
void TreeBuilder::merge(OpenNode& map) {
  std::vector<Tree::Entry> own;
  std::vector<NodeAt> from;
  for (const auto e : tree_.entries(map.node)) {
    if (tree_.raw(e.key).quoted || tree_.text(e.key) != "<<") {
      own.push_back({e.key, tree_.raw(e.key).next});
      continue;
    }
    if (tree_[e.value].kind == Node::Kind::list) {
      for (const auto item : tree_.items(e.value)) from.push_back(item);
    } else {
      from.push_back(e.value);
    }
  }
  KeyIndex keys(tree_);
  for (const auto& e : own) keys.earlier_or_add(e.key);
  for (const auto source : from) {
    const auto kind = tree_[source].kind;
    if (kind != Node::Kind::map && kind != Node::Kind::broken)
      findings_.add(tree_[source].place, "'<<' takes a map, or a list of maps");
    for (const auto e : tree_.entries(source)) {
      if (keys.earlier_or_add(e.key) == kNoNode) own.push_back({e.key, kNoNode});
    }
  }
  NodeAt last = kNoNode;
  for (const auto& e : own) {
    auto key = e.key, value = e.value;
    if (value == kNoNode) {  // of another map: that one keeps its nodes, this one gets a key and an alias
      const auto target = tree_.resolved(tree_.raw(key).next);
      value = tree_.add({Node::Kind::alias, false, tree_.raw(target).place, target});
      key = tree_.add(tree_.raw(key));
    }
    (last == kNoNode ? tree_.raw(map.node).first : tree_.raw(last).next) = key;
    tree_.raw(key).next = value;
    last = value;
  }
  (last == kNoNode ? tree_.raw(map.node).first : tree_.raw(last).next) = kNoNode;
  tree_.raw(map.node).count = static_cast<std::uint32_t>(own.size());
}

TreeBuilder::Verdict TreeBuilder::finish() {
  if (is_bomb(added_, weight_ - added_))
    return Refusal{greatest_at_, fmt::format("aliases make the file more than {} times as large (alias_factor)",
                                             limits::kAliasFactor)};
  return {};
}

}  // namespace rota::jobs
