// The job file as a tree with positions: what the YAML parser leaves behind and the readers walk. Nodes lie in one
// array and know each other by index; texts lie in one string. 24 bytes a node: a file of 100,000 jobs is small.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace rota::jobs {

/// A place in the source, from 1; the column counts bytes. {0, 0} is no place.
struct Place {
  std::uint32_t line = 0;
  std::uint32_t column = 0;
  auto operator<=>(const Place&) const = default;
};

using NodeAt = std::uint32_t;
inline constexpr NodeAt kNoNode = 0xFFFFFFFF;

struct Node {
  /// `broken` was already reported (a tag, a bad alias): readers pass over it in silence.
  enum class Kind : std::uint8_t { null, scalar, list, map, alias, broken };
  Kind kind = Kind::null;
  bool quoted = false;  // a scalar in quotes, or a block: text whatever it looks like
  Place place;
  std::uint32_t first = kNoNode;  // scalar: offset of its text; list, map: first child; alias: its target
  std::uint32_t count = 0;        // scalar: bytes of its text; list: items; map: entries
  NodeAt next = kNoNode;          // the sibling; a map's children are key, value, key, value
};

class Tree {
 public:
  NodeAt root = kNoNode;

  NodeAt add(const Node& n) { return nodes_.push_back(n), static_cast<NodeAt>(nodes_.size() - 1); }
  Node& raw(NodeAt i) { return nodes_[i]; }
  const Node& raw(NodeAt i) const { return nodes_[i]; }
  std::uint32_t add_text(std::string_view s) {
    return texts_.append(s), static_cast<std::uint32_t>(texts_.size() - s.size());
  }
  std::size_t size() const { return nodes_.size(); }

  /// Past an alias (one never leads to another): the node that holds the content.
  NodeAt resolved(NodeAt i) const { return nodes_[i].kind == Node::Kind::alias ? nodes_[i].first : i; }
  const Node& operator[](NodeAt i) const { return nodes_[resolved(i)]; }

  /// The text of a scalar; empty for anything else. Valid while nothing is added.
  std::string_view text(NodeAt i) const {
    const auto& n = (*this)[i];
    if (n.kind != Node::Kind::scalar) return {};
    return std::string_view(texts_).substr(n.first, n.count);
  }

  struct Entry {
    NodeAt key, value;
  };
  /// Children by value, for range-for; empty for a node of another kind. `value` of an entry is resolved.
  class Entries;
  class Items;
  Entries entries(NodeAt map) const;
  Items items(NodeAt list) const;

 private:
  std::vector<Node> nodes_;
  std::string texts_;
};

class Tree::Entries {
 public:
  class Iterator {
   public:
    Iterator(const Tree* t, NodeAt at) : tree_(t), at_(at) {}
    Entry operator*() const { return {at_, tree_->resolved(tree_->raw(at_).next)}; }
    Iterator& operator++() { return at_ = tree_->raw(tree_->raw(at_).next).next, *this; }
    bool operator==(const Iterator& o) const { return at_ == o.at_; }

   private:
    const Tree* tree_;
    NodeAt at_;
  };
  Entries(const Tree* t, NodeAt first) : tree_(t), first_(first) {}
  Iterator begin() const { return {tree_, first_}; }
  Iterator end() const { return {tree_, kNoNode}; }

 private:
  const Tree* tree_;
  NodeAt first_;
};

class Tree::Items {
 public:
  class Iterator {
   public:
    Iterator(const Tree* t, NodeAt at) : tree_(t), at_(at) {}
    NodeAt operator*() const { return tree_->resolved(at_); }
    Iterator& operator++() { return at_ = tree_->raw(at_).next, *this; }
    bool operator==(const Iterator& o) const { return at_ == o.at_; }

   private:
    const Tree* tree_;
    NodeAt at_;
  };
  Items(const Tree* t, NodeAt first) : tree_(t), first_(first) {}
  Iterator begin() const { return {tree_, first_}; }
  Iterator end() const { return {tree_, kNoNode}; }

 private:
  const Tree* tree_;
  NodeAt first_;
};

inline Tree::Entries Tree::entries(NodeAt map) const {
  const auto& n = (*this)[map];
  return {this, n.kind == Node::Kind::map ? n.first : kNoNode};
}
inline Tree::Items Tree::items(NodeAt list) const {
  const auto& n = (*this)[list];
  return {this, n.kind == Node::Kind::list ? n.first : kNoNode};
}

}  // namespace rota::jobs
