// One job file being read: its nodes, and typed readers that report what does not fit where it stands. Every reader
// gives nothing after it has reported (or for a node that was reported before); the caller just goes on.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "jobs/read/expression.h"
#include "jobs/read/findings.h"
#include "jobs/read/text_places.h"
#include "jobs/read/tree.h"
#include "shared/clock.h"
#include "shared/machine.h"
#include "shared/value.h"

namespace rota::jobs {

class Plugins;
class Pythons;
struct Pool;
struct UsedFile;

/// What a node holds, in words for "got ...".
std::string shown(const Tree& tree, NodeAt node);

class Reading {
 public:
  Reading(const Tree& t, std::string_view source, std::string directory, Findings& f);
  ~Reading();

  const Tree& tree;
  Findings& findings;
  Scope scope;
  /// Params and the environment are in the scope: until then no expression can stand anywhere.
  bool has_constants = false;
  Plugins* plugins = nullptr;  // null: those are not asked
  std::vector<UsedFile> used;          // by `uses` of its jobs
  std::string_view params_from = "-p";  // how their values were given, for messages
  Pythons* pythons = nullptr;  // null: no more are they
  Machine machine;  // where the file is to run
  const std::vector<Pool>* pools = nullptr;  // that the file declares; null: they are not read yet

  Node::Kind kind(NodeAt n) const { return tree[n].kind; }
  bool is(NodeAt n, Node::Kind k) const { return kind(n) == k; }
  Place place(NodeAt n) const { return tree[n].place; }
  const std::string& directory() const { return directory_; }

  void report(NodeAt at, std::string message, std::string hint = {});
  /// "'field' takes EXPECTED, got ...".
  void wrong(NodeAt at, std::string_view field, std::string_view expected);

  /// Scalars as text, whatever they look like, without NUL. Expressions of params and env are replaced; what only a
  /// task knows is refused ("fixed when the file is read").
  std::optional<std::string> text(NodeAt at, std::string_view field, std::string_view expected = "text");
  /// For texts that take no expressions: reports one, where it stands. True if there was one.
  bool refuse_expression(NodeAt at, std::string message, std::string hint);
  /// Any content, typed, expressions replaced; what only a task knows is refused.
  std::optional<Value> value(NodeAt at, std::string_view field);

  /// The same where what only a task knows may stand: then the first part is the file's own text, and `late` what
  /// becomes of it.
  template <class T>
  struct Late {
    T now;
    std::optional<Formula> late;
  };
  std::optional<Late<std::string>> late_text(NodeAt at, std::string_view field, std::string_view expected = "text");
  std::optional<Late<Value>> late_value(NodeAt at, std::string_view field);
  /// A path that is not late is absolute; a late one becomes so when it is known.
  std::optional<Late<std::string>> late_path(NodeAt at, std::string_view field);
  /// An `if`.
  std::optional<Formula> condition(NodeAt at);
  /// The text of a scalar and where it stands: for readers that look at its expressions one by one.
  TextPlaces places(NodeAt scalar);
  void report_all(const std::vector<ExpressionFault>& faults, NodeAt scalar);
  /// Says of a scalar with a late expression that none can stand there.
  void refuse_late(NodeAt at, std::string_view field);
  /// Turns the offsets of a formula that came from this scalar into places.
  void settle_places(Formula& formula, const TextPlaces& places);

  std::optional<std::int64_t> integer(NodeAt at, std::string_view field, std::int64_t least, std::int64_t most);
  std::optional<double> number(NodeAt at, std::string_view field, double least, double most);
  std::optional<bool> boolean(NodeAt at, std::string_view field);
  std::optional<Duration> duration(NodeAt at, std::string_view field, Duration least);
  std::optional<std::uint64_t> size(NodeAt at, std::string_view field, std::uint64_t least, std::uint64_t most);
  /// Absolute and without "." and ".."; relative ones start at the job file's folder.
  std::optional<std::string> path(NodeAt at, std::string_view field);
  std::optional<std::string> absolute(NodeAt at, std::string_view field, const std::string& path);
  /// A list of words, or one scalar cut at spaces where `text_is_split`.
  std::optional<std::vector<std::string>> words(NodeAt at, std::string_view field, bool text_is_split);

  /// Index of the scalar among `choices`.
  std::optional<std::size_t> choice(NodeAt at, std::string_view field, std::span<const std::string_view> choices);

 private:
  /// The text of a plain scalar of the wanted type; nothing after a report.
  std::optional<std::string> plain(NodeAt at, std::string_view field, std::string_view expected);
  std::optional<Late<Value>> scalar_value(NodeAt at, std::string_view field);
  std::optional<Late<Value>> late_list(NodeAt at, std::string_view field);
  std::optional<Late<Value>> late_map(NodeAt at, std::string_view field);
  /// The scalar has an expression. Its places are in the formula if that is late.
  std::optional<Formula> expression(NodeAt at, std::string_view field);
  std::optional<Value> constant(NodeAt at, std::string_view field);
  bool free_of_nul(NodeAt at, std::string_view field, std::string_view text);

  std::string_view source_;
  std::string directory_;
  std::vector<std::size_t> lines_;  // made when the first place within a scalar is asked for
};

}  // namespace rota::jobs
