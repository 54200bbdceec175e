// The keys of one map while it is checked: which node had this text first? Small maps are looked through, large hashed.
#pragma once

#include <string_view>
#include <unordered_map>
#include <vector>

#include "jobs/read/tree.h"

namespace rota::jobs {

/// Holds while the tree's texts do not grow.
class KeyIndex {
 public:
  explicit KeyIndex(const Tree& tree) : tree_(tree) {}

  /// The node that was added with this key's text before; kNoNode if there was none: then `key` is added.
  NodeAt earlier_or_add(NodeAt key) {
    const auto text = tree_.text(key);
    if (few_.size() < kFew) {
      for (const auto k : few_) {
        if (tree_.text(k) == text) return k;
      }
      few_.push_back(key);
      if (few_.size() == kFew) {
        for (const auto k : few_) many_.emplace(tree_.text(k), k);
      }
      return kNoNode;
    }
    const auto [it, added] = many_.emplace(text, key);
    return added ? kNoNode : it->second;
  }

 private:
  static constexpr std::size_t kFew = 16;
  const Tree& tree_;
  std::vector<NodeAt> few_;
  std::unordered_map<std::string_view, NodeAt> many_;
};

}  // namespace rota::jobs
